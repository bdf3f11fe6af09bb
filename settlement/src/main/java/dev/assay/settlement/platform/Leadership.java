package dev.assay.settlement.platform;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.sql.Connection;
import java.sql.SQLException;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.stereotype.Component;

/**
 * Of several processes on one database, one works on the chain and the others wait. A lock that
 * PostgreSQL frees when its holder's connection ends says who; each new holder raises the term, and
 * what is signed is written only under the present term, so that a holder that lost the lock
 * without knowing writes nothing more.
 */
@Component
public class Leadership implements DisposableBean {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  /** Any number, the same for all processes: "assay" in ASCII. */
  private static final long LOCK = 0x6173736179L;

  private static final int ANSWER_WITHIN_SECONDS = 2;
  private static final long NONE = -1;

  private final DataSource database;
  private @Nullable Connection holding;
  private volatile long term = NONE;

  Leadership(DataSource database, MeterRegistry meters) {
    this.database = database;
    Gauge.builder("settlement.leader", this, it -> it.term() == NONE ? 0 : 1)
        .description("Whether this process is the one that works on the chain")
        .register(meters);
  }

  /** Whether this process is the one that works now; takes the office if it is vacant. */
  public synchronized boolean isOurs() {
    try {
      Connection held = holding;
      if (held != null && held.isValid(ANSWER_WITHIN_SECONDS)) {
        return true;
      }
      resign();
      return take();
    } catch (SQLException e) {
      LOG.atWarn().addKeyValue("cause", e.getMessage()).log("PostgreSQL is away; nothing is sent");
      resign();
      return false;
    }
  }

  /** The term under which this process works. */
  public long term() {
    return term;
  }

  private boolean take() throws SQLException {
    Connection connection = database.getConnection();
    boolean taken = false;
    try (var statement = connection.createStatement()) {
      try (var answer = statement.executeQuery("select pg_try_advisory_lock(%d)".formatted(LOCK))) {
        taken = answer.next() && answer.getBoolean(1);
      }
      if (taken) {
        holding = connection; // so that it is given up if the term cannot be raised
        try (var answer =
            statement.executeQuery("update sender_term set term = term + 1 returning term")) {
          answer.next();
          term = answer.getLong(1);
        }
        LOG.atInfo().addKeyValue("term", term).log("This process works on the chain");
      }
      return taken;
    } finally {
      if (!taken) {
        connection.close();
      }
    }
  }

  /** The connection goes back to the pool, so the lock must not be left on it. */
  private void resign() {
    Connection held = holding;
    holding = null;
    term = NONE;
    if (held == null) {
      return;
    }
    try (held;
        var statement = held.createStatement()) {
      statement.execute("select pg_advisory_unlock_all()");
    } catch (SQLException e) { // broken: the pool throws it away, and PostgreSQL frees the lock
      LOG.atDebug().setCause(e).log("The connection was gone already");
    }
  }

  @Override
  public synchronized void destroy() {
    resign();
  }
}
