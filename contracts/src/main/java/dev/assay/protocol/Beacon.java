package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The chance of an epoch, and the lottery of audits as a function of it and the seal alone. The
 * same rules as {@code libraries/Draw.sol}, bit for bit.
 */
public record Beacon(Digest value) {
  /** Seats of the committee drawn from all verifiers. */
  public static final int GENERAL_SEATS = 4;

  /** Seats drawn from the verifiers of the worker's own profile. */
  public static final int PROFILE_SEATS = 3;

  private static final BigInteger STEP =
      BigInteger.TWO
          .pow(256)
          .subtract(BigInteger.ONE)
          .divide(BigInteger.valueOf(BasisPoints.WHOLE.value()));

  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Beacon {}

  /**
   * The operator does not know the block hash when it seals, a block's proposer does not know the
   * preimage, and the worker knows neither.
   *
   * @param blockHash of the block that the seal named
   * @param root of the sealed epoch
   */
  public static Beacon of(Digest preimage, Digest blockHash, Digest root) {
    return new Beacon(new Words(3).digest(preimage).digest(blockHash).digest(root).keccak256());
  }

  /**
   * Whether a leaf of this epoch is audited: keccak256("AUDIT", beacon, epoch, leaf) < rate · 2²⁵⁶.
   *
   * @param leaf {@link SealLeaf#hash}
   * @param rate as the leaf says; the whole is always drawn, nothing never
   */
  public boolean selects(long epoch, Digest leaf, BasisPoints rate) {
    Check.uint53("epoch", epoch);
    if (rate.compareTo(BasisPoints.WHOLE) >= 0) {
      return true;
    }
    byte[] ticket =
        ByteBuffer.allocate(5 + Digest.SIZE + Long.BYTES + Digest.SIZE)
            .put("AUDIT".getBytes(StandardCharsets.US_ASCII))
            .put(value.toBytes())
            .putLong(epoch)
            .put(leaf.toBytes())
            .array();
    BigInteger threshold = STEP.multiply(BigInteger.valueOf(rate.value()));
    return number(Digest.keccak256(ticket)).compareTo(threshold) < 0;
  }

  /**
   * Who may judge an audited leaf.
   *
   * @param round 0 for the first committee; an inconclusive one is drawn again, {@code uint8}
   * @param verifierCount entries of the sealed verifier set
   * @param ofProfile how many of them have the worker's profile
   */
  public Committee committee(Digest leaf, int round, long verifierCount, long ofProfile) {
    Check.range("round", round, 0, Check.MAX_UINT8);
    return new Committee(
        seats(seed(leaf, round, "ALL"), verifierCount, GENERAL_SEATS),
        seats(seed(leaf, round, "OWN"), ofProfile, PROFILE_SEATS));
  }

  /**
   * The seats of a committee; a verifier that holds several of them still has one vote.
   *
   * @param general {@link VerifierEntry#index}es
   * @param own {@link VerifierEntry#rank}s within the worker's profile
   */
  public record Committee(List<Long> general, List<Long> own) {
    public Committee {
      general = List.copyOf(general);
      own = List.copyOf(own);
    }

    public boolean seats(VerifierEntry entry, Digest profileOfWorker) {
      return general.contains(entry.index())
          || entry.profileDigest().equals(profileOfWorker) && own.contains(entry.rank());
    }
  }

  /**
   * Which items of an audited result are computed again: enough to find who cheats in all of them,
   * and a share s with probability 1 − (1 − s)ᵐ, at m/n of the price.
   *
   * @param count n, of the items
   * @param most m, of those that are looked at
   * @return ascending, from 0
   */
  public List<Integer> items(Digest leaf, int count, int most) {
    return seats(seed(leaf, 0, "ITEMS"), count, most).stream()
        .map(Math::toIntExact)
        .sorted()
        .toList();
  }

  private Digest seed(Digest leaf, int round, String part) {
    byte[] label = ("COMMITTEE" + part).getBytes(StandardCharsets.US_ASCII);
    return Digest.keccak256(
        ByteBuffer.allocate(label.length + 2 * Digest.SIZE + 1)
            .put(label)
            .put(value.toBytes())
            .put(leaf.toBytes())
            .put((byte) round)
            .array());
  }

  /** The first {@code k} of a Fisher–Yates shuffle of 0 … n − 1, or all of them when n ≤ k. */
  static List<Long> seats(Digest seed, long n, int k) {
    Check.uint32("The number of entries", n);
    List<Long> drawn = new ArrayList<>();
    Map<Long, Long> moved = new HashMap<>();
    for (long i = 0; i < Math.min(n, k); i++) {
      BigInteger chance = number(new Words(2).digest(seed).number(i).keccak256());
      long place = i + chance.mod(BigInteger.valueOf(n - i)).longValue();
      drawn.add(moved.getOrDefault(place, place));
      moved.put(place, moved.getOrDefault(i, i));
    }
    return drawn;
  }

  private static BigInteger number(Digest digest) {
    return new BigInteger(1, digest.toBytes());
  }

  @JsonValue
  @Override
  public Digest value() {
    return value;
  }
}
