package dev.assay.quickstart.economics;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.AuditRate;
import dev.assay.protocol.audit.TrackRecord;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.VerificationMethod;
import java.math.BigInteger;
import java.util.List;
import java.util.random.RandomGenerator;

/** One identity of a worker, from its first job to its conviction or the end of the time. */
final class Life {
  static final long PRICE = 1_000;
  static final long COST = 700;

  /** What a cheat's job costs it: a smaller model, or nothing but the call. */
  static final long CHEATING_COST = 50;

  static final long STAKE = 1_000 * PRICE;

  /** What a first conviction takes of the stake. */
  static final long SLASH = STAKE / 5;

  /** So many of the last jobs are not paid yet, and never will be after a conviction. */
  static final int UNSETTLED = 50;

  /** The most jobs of one worker in an epoch. */
  private static final int EPOCH = 20;

  /** Whether the next job is cheated in; the worker knows its record, not the beacon. */
  interface Strategy {
    boolean cheats(TrackRecord record, int job, RandomGenerator chance);
  }

  /** How a cheat's answer comes about. */
  enum Means {
    SUBSTITUTED,
    MADE,
    /** Another worker's commitment, which does not open for this one. */
    COPIED
  }

  /** Where all lives take place. */
  record Place(
      Verifiers verifiers, VerificationMethod method, Answers answers, RandomGenerator chance) {}

  private final Place place;
  private final WalletAddress worker;
  private final Strategy strategy;
  private final Means means;
  private final boolean isOfRing;

  TrackRecord record;
  int jobs;
  int audits;
  int committees;
  int mistrials;
  int cheats;
  int paidCheats;
  boolean isConvicted;

  /** Number of the job, from 1, for which it was convicted. */
  int convictedAt;

  private long earned;

  Life(
      Place place,
      WalletAddress worker,
      TrackRecord record,
      Strategy strategy,
      Means means,
      boolean isOfRing) {
    this.place = place;
    this.worker = worker;
    this.record = record;
    this.strategy = strategy;
    this.means = means;
    this.isOfRing = isOfRing;
  }

  /** What it has made of the time: pay, costs, and the loss by a conviction. */
  long profit() {
    return earned;
  }

  /** What an honest worker makes of as many jobs. */
  long honestProfit() {
    return jobs * (PRICE - COST);
  }

  Life live(int horizon) {
    boolean[] isCheat = new boolean[horizon];
    while (jobs < horizon && !isConvicted) {
      epoch(Math.min(horizon - jobs, Math.min(EPOCH, mostUnsettled())), isCheat);
    }
    int unpaid = isConvicted ? UNSETTLED : 0;
    for (int job = 0; job < jobs; job++) {
      cheats += isCheat[job] ? 1 : 0;
      paidCheats += isCheat[job] && job < jobs - unpaid ? 1 : 0;
    }
    earned -= isConvicted ? SLASH + PRICE * Math.min(jobs, UNSETTLED) : 0;
    return this;
  }

  private int mostUnsettled() {
    return record
        .mostUnsettled(TokenAmount.of(STAKE))
        .toBigInteger()
        .divide(BigInteger.valueOf(PRICE))
        .intValueExact();
  }

  /** Jobs are attested and sealed with their rate; only then there is a beacon. */
  private void epoch(int count, boolean[] isCheat) {
    BasisPoints rate =
        new AuditRate(
                TokenAmount.of(PRICE),
                TokenAmount.of(COST - CHEATING_COST),
                TokenAmount.of(SLASH + UNSETTLED * PRICE),
                record.passes())
            .value();
    int from = jobs;
    for (int i = 0; i < count; i++) {
      isCheat[jobs] = strategy.cheats(record, jobs, place.chance);
      earned += PRICE - (isCheat[jobs] ? CHEATING_COST : COST);
      jobs++;
    }
    var beacon = new Beacon(place.answers.digest());
    for (int job = from; job < jobs && !isConvicted; job++) {
      Digest leaf = place.answers.digest();
      if (beacon.selects(1, leaf, rate)) {
        convictedAt = job + 1; // if it is
        audit(leaf, beacon, isCheat[job]);
      }
    }
  }

  private void audit(Digest leaf, Beacon beacon, boolean isCheat) {
    audits++;
    float[] truth = place.answers.truth();
    Evidence claim =
        isCheat ? cheat(truth) : Evidence.ofVectors(List.of(place.answers.honest(truth)));
    var seen = new Verifiers.Case(leaf, claim, truth, isOfRing);
    Verifiers.Audit audit = place.verifiers.audit(seen, worker, beacon, false);
    committees += audit.committees();
    switch (audit.ruling()) {
      case CLEARED -> record = record.after(Outcome.VALID);
      case UNSCORED -> record = record.after(Outcome.INCONCLUSIVE);
      case REJECTED -> {
        // Whoever is sure of its answer appeals, and the arbiter computes it again.
        boolean isRight =
            place.method.assess(leaf, claim, Evidence.ofVectors(List.of(truth)))
                instanceof Assessment.Pass;
        record = record.after(isRight ? Outcome.VALID : Outcome.INVALID);
        mistrials += isRight ? 1 : 0;
        isConvicted = !isRight;
      }
      case AGAIN, TO_COMMITTEE ->
          throw new IllegalStateException("an audit ended without a ruling");
    }
  }

  private Evidence cheat(float[] truth) {
    return switch (means) {
      case SUBSTITUTED -> Evidence.ofVectors(List.of(place.answers.substituted(truth)));
      case MADE -> Evidence.ofVectors(List.of(place.answers.made()));
      case COPIED -> new Evidence.Malformed("The commitment does not open.");
    };
  }
}
