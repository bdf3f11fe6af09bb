package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Attested;
import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.job.Quorums;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.AuditRate;
import dev.assay.protocol.audit.TrackRecord;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;

/** Gathers what {@link AuditRate} asks: what is known of each worker when the epoch is sealed. */
@Service
class AuditRates {
  private final Standings standings;
  private final Quorums quorums;
  private final Stakes stakes;
  private final BasisPoints penalty;
  private final Optional<WalletAddress> purse;

  AuditRates(Standings standings, Quorums quorums, Stakes stakes, AuditSettings settings) {
    this.standings = standings;
    this.quorums = quorums;
    this.stakes = stakes;
    this.penalty = settings.penalty();
    this.purse = settings.buyer();
  }

  /**
   * @param passes k, when the epoch was sealed
   */
  record Rate(BasisPoints value, int passes) {}

  /** For some results, read together. */
  Function<Attested, Rate> of(Collection<Attested> results) {
    Set<Subject> subjects = results.stream().map(Subject::of).collect(Collectors.toSet());
    Map<Subject, TrackRecord> records = standings.of(subjects);
    Set<JobId> unshared =
        quorums.unshared(results.stream().map(Attested::job).collect(Collectors.toSet()));
    return result -> {
      int passes = records.getOrDefault(Subject.of(result), TrackRecord.NEW).passes();
      boolean isOwn = purse.filter(result.requester()::equals).isPresent();
      if (unshared.contains(result.job())) {
        return new Rate(AuditRate.OF_DISSENT, passes);
      }
      return new Rate(isOwn ? AuditRate.OF_CHECKS : rate(result, passes), passes);
    };
  }

  /**
   * A cheat is taken to save the whole price, since what a worker's work costs nobody here knows,
   * and to lose only what a judged case takes of its bond.
   */
  private BasisPoints rate(Attested result, int passes) {
    TokenAmount loss = stakes.freeStakeOf(result.worker()).share(penalty);
    return new AuditRate(result.price(), result.price(), loss, passes).value();
  }
}
