package dev.assay.settlement.platform;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** Works on the chain, or waits, without a database that says so. */
public final class OfficeHolder extends Leadership {
  private volatile boolean holds = true;

  public OfficeHolder() {
    super(new DriverManagerDataSource(), new SimpleMeterRegistry());
  }

  public void holds(boolean holds) {
    this.holds = holds;
  }

  @Override
  public synchronized boolean isOurs() {
    return holds;
  }
}
