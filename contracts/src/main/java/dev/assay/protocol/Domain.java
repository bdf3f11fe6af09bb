package dev.assay.protocol;

import java.nio.charset.StandardCharsets;

/**
 * The EIP-712 domain of one of our contracts, whose name is {@value #NAME} and version {@value
 * #VERSION}: what is signed for one chain and one deployment is worth nothing on another.
 *
 * @param chainId of EIP-155, 1 to 2⁵³ − 1
 * @param verifyingContract the contract that will read the signature
 */
public record Domain(long chainId, WalletAddress verifyingContract) {
  public static final String NAME = "Assay";
  public static final String VERSION = "1";

  private static final Digest TYPE =
      hash("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
  private static final Digest NAME_HASH = hash(NAME);
  private static final Digest VERSION_HASH = hash(VERSION);

  /**
   * @throws IllegalArgumentException for a chain id out of range or the zero address
   */
  public Domain {
    Check.range("chainId", chainId, 1, Check.MAX_SAFE);
    Check.someone("verifyingContract", verifyingContract);
  }

  public Digest separator() {
    return new Words(5)
        .digest(TYPE)
        .digest(NAME_HASH)
        .digest(VERSION_HASH)
        .number(chainId)
        .address(verifyingContract)
        .keccak256();
  }

  static Digest hash(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }
}
