package dev.assay.agent.work;

import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.SignOnceTable.Claim;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.agent.work.VerdictCheck.Decision;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Signer;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.VerdictRequests;
import dev.assay.protocol.wire.VerdictRequests.VerdictRequest;
import dev.assay.protocol.wire.VerdictVote;
import java.io.IOException;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Asks the market which verdicts it wants of this worker, and signs those that the worker's own
 * results bear out. Two verdicts of one worker on one result would contradict each other, so each
 * is in the {@link SignOnceTable} before it is signed: the attestation's digest and the committee's
 * round stand there where an attempt's job and number do.
 */
final class VerdictPost {
  private final Signer sessionKey;
  private final SignOnceTable table;
  private final Clock clock;

  /** What was declined, for as long as the market asks for it again. */
  private final Set<AttemptRef> declined = new HashSet<>();

  /**
   * @param signed and taken
   * @param declined why, of those that were not declined before
   * @param isMore whether as much was asked for as comes at once, and there is progress
   * @param isSignedOut whether the market does not know the session any more
   */
  record Judged(List<Verdict> signed, List<String> declined, boolean isMore, boolean isSignedOut) {
    Judged {
      signed = List.copyOf(signed);
      declined = List.copyOf(declined);
    }
  }

  VerdictPost(Signer sessionKey, SignOnceTable table, Clock clock) {
    this.sessionKey = sessionKey;
    this.table = table;
    this.clock = clock;
  }

  /**
   * Asks once and answers all that is asked for. What the market does not take now is asked for
   * again.
   *
   * @throws IOException if the table cannot be read or written; then nothing was signed
   */
  Judged judge(WalletAddress worker, Domain court, String token, Market market)
      throws IOException, InterruptedException {
    List<Verdict> signed = new ArrayList<>();
    List<String> whys = new ArrayList<>();
    boolean isFull = false;
    switch (market.verdicts(token)) {
      case Answered<VerdictRequests>(VerdictRequests(List<VerdictRequest> requests), _) -> {
        isFull = requests.size() == VerdictRequests.MAX_REQUESTS;
        declined.retainAll(requests.stream().map(request -> subject(request, court)).toList());
        for (VerdictRequest request : requests) {
          switch (decide(request, worker, court)) {
            case Decision.Decline(String why) -> {
              if (declined.add(subject(request, court))) {
                whys.add(why);
              }
            }
            case Decision.Sign(Verdict verdict) -> {
              var vote = new VerdictVote(verdict, sessionKey.sign(verdict, court));
              switch (market.vote(token, vote)) {
                case Answered<Object> taken -> signed.add(verdict);
                case Deferred<Object> away -> {}
                case Refused<Object> refused -> {
                  if (declined.add(subject(request, court))) {
                    whys.add(refused.why());
                  }
                }
                case SignedOut<Object> out -> {
                  return new Judged(signed, whys, false, true);
                }
              }
            }
          }
        }
      }
      // The poll tells of a market that is away, or that takes no agents of this version.
      case Deferred<VerdictRequests> away -> {}
      case Refused<VerdictRequests> refused -> {}
      case SignedOut<VerdictRequests> out -> {
        return new Judged(signed, whys, false, true);
      }
    }
    return new Judged(signed, whys, isFull && !signed.isEmpty(), false);
  }

  private Decision decide(VerdictRequest request, WalletAddress worker, Domain court)
      throws IOException {
    Decision decision = VerdictCheck.of(request, worker, table, court);
    if (!(decision instanceof Decision.Sign(Verdict verdict))) {
      return decision;
    }
    Digest digest = verdict.digest(court);
    var claim = new Claim(subject(request, court), digest, digest);
    return table.admit(List.of(claim), clock.instant()).isEmpty()
        ? new Decision.Decline("Another verdict on this result was signed before.")
        : decision;
  }

  private static AttemptRef subject(VerdictRequest request, Domain court) {
    return new AttemptRef(request.accused().attestation().digest(court), request.round());
  }
}
