package dev.assay.protocol;

/**
 * A session key agrees, for the Stake, to sign for one owner, so that nobody claims another's key.
 * Signed by the key; submitted by the owner.
 *
 * @param deadline seconds since 1970, after which the owner cannot submit it
 */
public record SessionKeyConsent(WalletAddress owner, WalletAddress key, long deadline)
    implements Signable {
  public static final String TYPE = "SessionKey(address owner,address key,uint256 deadline)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a deadline out of its range or the zero address
   */
  public SessionKeyConsent {
    Check.someone("owner", owner);
    Check.someone("key", key);
    Check.uint53("deadline", deadline);
  }

  @Override
  public Digest structHash() {
    return new Words(4).digest(TYPE_HASH).address(owner).address(key).number(deadline).keccak256();
  }
}
