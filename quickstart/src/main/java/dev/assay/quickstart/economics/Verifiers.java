package dev.assay.quickstart.economics;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Beacon.Committee;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Ballot;
import dev.assay.protocol.audit.Judge;
import dev.assay.protocol.audit.Ruling;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.VerificationMethod;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/** All who may be drawn to look at a result. The first of them have the workers' profile. */
final class Verifiers {
  /** What a verifier is like. */
  enum Kind {
    HONEST,
    /** On a platform with a fault: what it computes is wrong, always in the same way. */
    FAULTY,
    /** Says that what its ring's workers answer is right. */
    FRIEND,
    /** Says that what others answer is wrong. */
    HOSTILE
  }

  /** A result that is looked at. */
  record Case(Digest leaf, Evidence claim, float[] truth, boolean isOfRing) {}

  /**
   * @param draws of committees
   */
  record Audit(Ruling ruling, int committees) {}

  private final List<Kind> kinds;
  private final int ofProfile;
  private final VerificationMethod method;
  private final Answers answers;

  private Verifiers(List<Kind> kinds, int ofProfile, VerificationMethod method, Answers answers) {
    this.kinds = List.copyOf(kinds);
    this.ofProfile = ofProfile;
    this.method = method;
    this.answers = answers;
  }

  /**
   * @param kind what a part of them, by chance, is instead of honest
   */
  static Verifiers of(
      int count,
      int ofProfile,
      Kind kind,
      double part,
      VerificationMethod method,
      Answers answers,
      RandomGenerator chance) {
    List<Kind> kinds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      kinds.add(chance.nextDouble() < part ? kind : Kind.HONEST);
    }
    return new Verifiers(kinds, ofProfile, method, answers);
  }

  /** A fault of one platform, which is a profile of its own. */
  static Verifiers withFaultyProfile(
      int count, int ofProfile, VerificationMethod method, Answers answers) {
    List<Kind> kinds = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      kinds.add(i < ofProfile ? Kind.FAULTY : Kind.HONEST);
    }
    return new Verifiers(kinds, ofProfile, method, answers);
  }

  /** One verifier looks; if it flags, committees do, until they rule. */
  Audit audit(Case seen, WalletAddress worker, Beacon beacon, boolean isQuarantined) {
    Ruling ruling = Ruling.AGAIN;
    for (int draw = 0; ruling == Ruling.AGAIN; draw++) {
      long first =
          beacon
              .committee(seen.leaf, Judge.DRAWS + draw, kinds.size(), ofProfile)
              .general()
              .getFirst();
      ruling = Judge.afterLook(look(kinds.get((int) first), seen), draw);
    }
    if (ruling != Ruling.TO_COMMITTEE) {
      return new Audit(ruling, 0);
    }
    int draw = 0;
    do {
      ruling = Judge.afterCommittee(worker, ballots(seen, beacon, draw), draw, isQuarantined);
      draw++;
    } while (ruling == Ruling.AGAIN);
    return new Audit(ruling, draw);
  }

  Ruling firstCommittee(Case seen, WalletAddress worker, Beacon beacon) {
    return Judge.afterCommittee(worker, ballots(seen, beacon, 0), 0, false);
  }

  private List<Ballot> ballots(Case seen, Beacon beacon, int draw) {
    Committee committee = beacon.committee(seen.leaf, draw, kinds.size(), ofProfile);
    Map<Long, Boolean> seats = new LinkedHashMap<>();
    committee.general().forEach(index -> seats.put(index, index < ofProfile));
    committee.own().forEach(rank -> seats.put(rank, true));
    List<Ballot> ballots = new ArrayList<>();
    seats.forEach((index, isOfProfile) ->
        ballots.add(
            new Ballot(
                Answers.wallet(1_000_000 + index),
                isOfProfile,
                look(kinds.get(Math.toIntExact(index)), seen))));
    return ballots;
  }

  private Outcome look(Kind kind, Case seen) {
    return switch (kind) {
      case HONEST -> assess(seen, answers.honest(seen.truth));
      case FAULTY -> assess(seen, answers.faulty(seen.truth));
      case FRIEND -> seen.isOfRing ? Outcome.VALID : assess(seen, answers.honest(seen.truth));
      case HOSTILE -> Outcome.INVALID;
    };
  }

  private Outcome assess(Case seen, float[] own) {
    return method.assess(seen.leaf, seen.claim, Evidence.ofVectors(List.of(own))).outcome();
  }
}
