package dev.assay.protocol;

/**
 * A requester's permission, for the Escrow: what may ever be spent from its account, not what may
 * be spent from now on. So a replay raises nothing.
 *
 * @param deadline seconds since 1970, after which nobody can submit it
 */
public record Ceiling(AccountId account, TokenAmount ceiling, long deadline) implements Signable {
  public static final String TYPE = "Ceiling(uint32 account,uint64 ceiling,uint256 deadline)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a deadline out of its range
   */
  public Ceiling {
    Check.uint53("deadline", deadline);
  }

  @Override
  public Digest structHash() {
    return new Words(4)
        .digest(TYPE_HASH)
        .number(account.number())
        .amount(ceiling)
        .number(deadline)
        .keccak256();
  }
}
