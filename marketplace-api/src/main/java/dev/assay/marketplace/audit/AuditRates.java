package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Attested;
import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.AuditRate;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;

/**
 * At which rate each result is audited, by what is known of its worker when the epoch is sealed.
 */
@Service
class AuditRates {
  /** Of what the market itself has bought: those who check are checked. */
  static final BasisPoints OF_AUDITS = new BasisPoints(500);

  private final Standings standings;
  private final Optional<WalletAddress> purse;

  AuditRates(Standings standings, AuditSettings settings) {
    this.standings = standings;
    this.purse = settings.buyer();
  }

  /** For some results, read together. */
  Function<Attested, BasisPoints> of(Collection<Attested> results) {
    Map<Subject, Long> passes =
        standings.passes(results.stream().map(Subject::of).collect(Collectors.toSet()));
    return result -> {
      if (purse.filter(result.requester()::equals).isPresent()) {
        return OF_AUDITS;
      }
      long k = Math.max(1, passes.getOrDefault(Subject.of(result), 0L));
      long byNovelty = (long) AuditRate.ENTRY * BasisPoints.WHOLE.value() / k;
      return new BasisPoints(
          (int) Math.min(BasisPoints.WHOLE.value(), Math.max(AuditRate.FLOOR.value(), byNovelty)));
    };
  }
}
