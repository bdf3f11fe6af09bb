package dev.assay.marketplace.audit;

import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;

/**
 * Who may be drawn to check an epoch's results: an entry for each unit of bond, so that the draw is
 * weighted by what a verifier has to lose. The same stakes make the same set, whoever makes it.
 *
 * @param entries in the order of their indexes
 */
record VerifierSet(List<VerifierEntry> entries) {
  /** Bounds the tree; with more stake than that, the unit doubles until it fits. */
  static final int MOST = 1 << 16;

  VerifierSet {
    entries = List.copyOf(entries);
  }

  /**
   * A worker that is ready to verify.
   *
   * @param freeStake neither thawing nor frozen
   * @param profiles classes of runtime that it serves; what it has at stake is shared out among
   *     them
   */
  record Candidate(WalletAddress worker, TokenAmount freeStake, SortedSet<ProfileClass> profiles) {}

  private record Seat(WalletAddress verifier, ProfileClass profile) {}

  /** Those without a whole unit at stake, and those that serve nothing, have no entry. */
  static VerifierSet of(List<Candidate> candidates, TokenAmount unit) {
    List<Candidate> able =
        candidates.stream()
            .filter(candidate -> !candidate.profiles().isEmpty())
            .filter(candidate -> candidate.freeStake().compareTo(unit) >= 0)
            .sorted(Comparator.comparing(candidate -> candidate.worker().hex()))
            .toList();
    BigInteger width = unit.toBigInteger();
    while (count(able, width).compareTo(BigInteger.valueOf(Math.max(MOST, able.size()))) > 0) {
      width = width.shiftLeft(1);
    }
    List<Seat> seats = new ArrayList<>();
    for (Candidate candidate : able) {
      List<ProfileClass> profiles = List.copyOf(candidate.profiles());
      int units = units(candidate, width).intValueExact();
      for (int i = 0; i < units; i++) {
        seats.add(new Seat(candidate.worker(), profiles.get(i % profiles.size())));
      }
    }
    return new VerifierSet(numbered(seats));
  }

  private static List<VerifierEntry> numbered(List<Seat> seats) {
    Map<ProfileClass, Long> ofProfile = new HashMap<>();
    seats.forEach(seat -> ofProfile.merge(seat.profile(), 1L, Long::sum));
    Map<ProfileClass, Long> ranks = new HashMap<>();
    List<VerifierEntry> entries = new ArrayList<>();
    for (Seat seat : seats) {
      long rank = ranks.merge(seat.profile(), 1L, Long::sum) - 1;
      entries.add(
          new VerifierEntry(
              entries.size(),
              seat.verifier(),
              seat.profile().digest(),
              rank,
              ofProfile.getOrDefault(seat.profile(), 0L)));
    }
    return entries;
  }

  private static BigInteger count(List<Candidate> able, BigInteger width) {
    return able.stream()
        .map(candidate -> units(candidate, width))
        .reduce(BigInteger.ZERO, BigInteger::add);
  }

  /** At least one: who has the bond is not left out because others have more. */
  private static BigInteger units(Candidate candidate, BigInteger width) {
    return candidate.freeStake().toBigInteger().divide(width).max(BigInteger.ONE);
  }

  /** Zero for nobody. */
  Digest root() {
    return entries.isEmpty()
        ? Digest.ZERO
        : MerkleTree.of(entries.stream().map(VerifierEntry::hash).toList()).root();
  }
}
