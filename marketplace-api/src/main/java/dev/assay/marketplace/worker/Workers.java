package dev.assay.marketplace.worker;

import static java.time.ZoneOffset.UTC;

import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The wallets that have asked this market for work. */
@Component
class Workers {
  private final JdbcClient jdbc;

  Workers(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  boolean has(WalletAddress worker) {
    return jdbc.sql("select exists (select from worker where address = :address)")
        .param("address", worker.hex())
        .query(Boolean.class)
        .single();
  }

  long count() {
    return jdbc.sql("select count(*) from worker").query(Long.class).single();
  }

  /**
   * Enrols a worker once, however many of its first polls arrive together.
   *
   * @return whether this call enrolled it
   */
  boolean enrolIfAbsent(WalletAddress worker, String agentVersion, Instant enrolledAt) {
    return jdbc.sql(
                """
                insert into worker (address, agent_version, enrolled_at)
                values (:address, :agentVersion, :enrolledAt)
                on conflict (address) do nothing
                """)
            .param("address", worker.hex())
            .param("agentVersion", agentVersion)
            .param("enrolledAt", enrolledAt.atOffset(UTC))
            .update()
        == 1;
  }
}
