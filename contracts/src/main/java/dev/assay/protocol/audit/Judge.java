package dev.assay.protocol.audit;

import dev.assay.protocol.Outcome;
import dev.assay.protocol.WalletAddress;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Decides what follows from what verifiers have found. Nothing that one verifier says costs a
 * worker anything, and doubt is never counted against it.
 */
public final class Judge {
  /** Members of a committee who must agree, to convict as to acquit. */
  public static final int NEEDED = 5;

  /** Of them, so many must have the worker's own profile: else a platform's quirk could convict. */
  public static final int NEEDED_OF_PROFILE = 2;

  /** How often verifiers are drawn for one result before it is left undecided. */
  public static final int DRAWS = 3;

  /**
   * Workers of different owners who must have come to an answer, without knowing of each other,
   * before it is held to be known.
   */
  public static final int KNOWN = 3;

  /**
   * How many items of a large result the first verifier computes again; a committee all of them.
   */
  public static final int ITEMS = 4;

  private Judge() {}

  /**
   * After the first verifier has looked.
   *
   * @param draw which draw of a first verifier this was, from 0
   */
  public static Ruling afterLook(Outcome found, int draw) {
    return switch (found) {
      case VALID -> Ruling.CLEARED;
      case INVALID -> Ruling.TO_COMMITTEE;
      case INCONCLUSIVE -> again(draw);
    };
  }

  /**
   * After a committee has revealed.
   *
   * @param worker who is judged; a ballot of its own does not count, nor do two of one verifier
   * @param draw which draw of a committee this was, from 0
   * @param isQuarantined whether reference nodes disagree about the model and profile
   */
  public static Ruling afterCommittee(
      WalletAddress worker, Collection<Ballot> ballots, int draw, boolean isQuarantined) {
    if (agree(worker, ballots, Outcome.INVALID)) {
      return isQuarantined ? Ruling.UNSCORED : Ruling.REJECTED;
    }
    return agree(worker, ballots, Outcome.VALID) ? Ruling.CLEARED : again(draw);
  }

  private static Ruling again(int draw) {
    return draw + 1 < DRAWS ? Ruling.AGAIN : Ruling.UNSCORED;
  }

  private static boolean agree(WalletAddress worker, Collection<Ballot> ballots, Outcome outcome) {
    Set<WalletAddress> all = new HashSet<>();
    Set<WalletAddress> ofProfile = new HashSet<>();
    for (Ballot ballot : ballots) {
      if (ballot.outcome() == outcome && !ballot.verifier().equals(worker)) {
        all.add(ballot.verifier());
        if (ballot.isOfProfile()) {
          ofProfile.add(ballot.verifier());
        }
      }
    }
    return all.size() >= NEEDED && ofProfile.size() >= NEEDED_OF_PROFILE;
  }
}
