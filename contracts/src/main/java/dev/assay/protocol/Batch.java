package dev.assay.protocol;

import java.nio.ByteBuffer;
import java.util.List;

/**
 * What one settlement transaction moves: the net of many jobs, one debit per requester and one
 * credit per worker. What is debited and not credited is the operator's fee.
 *
 * @param root of the {@link ReceiptLeaf}s
 * @param debits at least one, accounts strictly ascending
 * @param credits accounts strictly ascending
 */
public record Batch(Digest root, List<Entry> debits, List<Entry> credits) {
  /** 2,700 parties fit the 16,777,216 gas that EIP-7825 leaves one transaction. */
  public static final int MAX_PARTIES = 2_800;

  public static final BasisPoints MAX_FEE = new BasisPoints(2_000);

  /**
   * @throws IllegalArgumentException for what the Escrow would refuse in any state: no debit, too
   *     many parties, accounts not ascending, more given than taken, too high a fee
   */
  public Batch {
    debits = List.copyOf(debits);
    credits = List.copyOf(credits);
    Check.range("The number of debits", debits.size(), 1, MAX_PARTIES);
    Check.range("The number of parties", debits.size() + credits.size(), 1, MAX_PARTIES);
    checkAscending("debits", debits);
    checkAscending("credits", credits);
    TokenAmount taken = sum(debits);
    TokenAmount given = sum(credits);
    if (given.compareTo(taken) > 0) {
      throw new IllegalArgumentException(
          "credits are at most the debits, %s, not %s.".formatted(taken, given));
    }
    TokenAmount most = taken.share(MAX_FEE);
    TokenAmount fee = taken.minus(given);
    if (fee.compareTo(most) > 0) {
      throw new IllegalArgumentException(
          "The fee is at most %s of %s, not %s.".formatted(most, taken, fee));
    }
  }

  /** The head of a new Escrow, before any batch: every deployment starts another chain of them. */
  public static Digest firstHead(Domain escrow) {
    return new Words(3)
        .digest(Domain.hash("Assay Escrow"))
        .number(escrow.chainId())
        .address(escrow.verifyingContract())
        .keccak256();
  }

  /**
   * The head that the Escrow shows when it has applied this batch after {@code parent}.
   *
   * @param parent the head before
   */
  public Digest head(Digest parent) {
    return new Words(4)
        .digest(parent)
        .digest(root)
        .digest(packedDebits().keccak256())
        .digest(packedCredits().keccak256())
        .keccak256();
  }

  /** As {@code settle} takes them: 12 bytes an entry. */
  public Bytes packedDebits() {
    return pack(debits);
  }

  public Bytes packedCredits() {
    return pack(credits);
  }

  public TokenAmount taken() {
    return sum(debits);
  }

  public TokenAmount given() {
    return sum(credits);
  }

  private static Bytes pack(List<Entry> run) {
    ByteBuffer packed = ByteBuffer.allocate(run.size() * Entry.SIZE);
    for (Entry entry : run) {
      packed.putInt((int) entry.account().number()).putLong(entry.amount().bits());
    }
    return Bytes.of(packed.array());
  }

  private static TokenAmount sum(List<Entry> run) {
    return run.stream().map(Entry::amount).reduce(TokenAmount.ZERO, TokenAmount::plus);
  }

  /** The treasury, 0, is nobody's purse and gets its fee by itself. */
  private static void checkAscending(String name, List<Entry> run) {
    AccountId previous = AccountId.TREASURY;
    for (Entry entry : run) {
      if (entry.account().compareTo(previous) <= 0) {
        throw new IllegalArgumentException(
            "The accounts of %s ascend: %s cannot follow %s."
                .formatted(name, entry.account(), previous));
      }
      previous = entry.account();
    }
  }
}
