package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.audit.Audits.Seat;
import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/**
 * Verifiers that have not done their work, as rows. A lapse costs the record, so that all that the
 * verifier does is audited again, and for a while its seat in the draw. It costs no bond: a slash
 * asks for evidence that a contract can judge, and there is none of what nobody looked at.
 */
@Repository
class VerifierLapses {
  private static final Logger LOG = LoggerFactory.getLogger(VerifierLapses.class);

  private final JdbcClient jdbc;
  private final AttestedResults results;
  private final Standings standings;
  private final AuditSettings settings;
  private final Clock clock;

  VerifierLapses(
      JdbcClient jdbc,
      AttestedResults results,
      Standings standings,
      AuditSettings settings,
      Clock clock) {
    this.jdbc = jdbc;
    this.results = results;
    this.standings = standings;
    this.settings = settings;
    this.clock = clock;
  }

  private enum Reason {
    SIGNED_BLIND,
    CONTRADICTED;

    String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** It has signed a verdict that its own answer contradicts. In the caller's transaction. */
  void signedBlind(Seat seat) {
    add(seat, Reason.SIGNED_BLIND);
  }

  /** A committee's majority contradicts what they answered. In the caller's transaction. */
  void contradicted(Collection<Seat> seats) {
    seats.forEach(seat -> add(seat, Reason.CONTRADICTED));
  }

  private void add(Seat seat, Reason reason) {
    int added =
        jdbc.sql(
                """
                insert into verifier_lapse (verifier, audit, reason, at) values (:verifier, :audit, :reason, :now)
                on conflict do nothing
                """)
            .param("verifier", seat.verifier().hex())
            .param("audit", seat.audit().uuid())
            .param("reason", reason.label())
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .update();
    if (added == 1) {
      results
          .of(seat.work())
          .ifPresent(own -> standings.record(Subject.of(own.attested()), Outcome.INVALID));
      LOG.atWarn()
          .addKeyValue("verifier", seat.verifier())
          .addKeyValue("audit", seat.audit())
          .addKeyValue("reason", reason.label())
          .log("A verifier has not done its work; it is not drawn for a while");
    }
  }

  /** Those that are not drawn now. */
  Set<WalletAddress> suspended() {
    Instant since = clock.instant().minus(settings.suspension());
    return new HashSet<>(
        jdbc.sql("select distinct verifier from verifier_lapse where at > :since")
            .param("since", since.atOffset(ZoneOffset.UTC))
            .query((row, _) -> new WalletAddress(row.getString("verifier")))
            .list());
  }
}
