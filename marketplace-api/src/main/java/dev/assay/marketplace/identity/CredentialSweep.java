package dev.assay.marketplace.identity;

import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/** Deletes what is over, so that the tables of this module stay as large as what is alive. */
@Component
class CredentialSweep {
  private static final Logger LOG = LoggerFactory.getLogger(CredentialSweep.class);

  private final Nonces nonces;
  private final Sessions sessions;
  private final ApiKeys keys;
  private final JdbcClient jdbc;

  CredentialSweep(Nonces nonces, Sessions sessions, ApiKeys keys, JdbcClient jdbc) {
    this.nonces = nonces;
    this.sessions = sessions;
    this.keys = keys;
    this.jdbc = jdbc;
  }

  @Scheduled(fixedDelay = 60, timeUnit = TimeUnit.SECONDS)
  void sweep() {
    try {
      nonces.sweep();
      sessions.sweep();
      keys.sweep();
      jdbc.sql(
              """
              delete from ended_credential
              where ended_at < clock_timestamp() - interval '1 minute'\
              """)
          .update();
    } catch (DataAccessException e) {
      LOG.atWarn().setCause(e).log("Lapsed credentials are not deleted; tried again in a minute");
    }
  }
}
