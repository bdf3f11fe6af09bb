package dev.assay.protocol;

/**
 * What a requester asked for. Method and thresholds are inside, so that nobody changes the rule
 * after the result.
 *
 * @param uuid {@link JobId#word}. A worker sees this spec's digest, and what it has been asked for;
 *     only what it cannot guess keeps it from trying who has asked
 * @param modelDigest of weights, tokenizer, configuration, template and quantisation
 * @param inputDigest of the canonical input
 * @param method of verification, {@code uint16}
 * @param thresholdsDigest of that method's thresholds
 * @param redundancy how many workers compute it, {@code uint8}
 * @param privacyClass {@code uint8}
 * @param deadline seconds since 1970
 */
public record JobSpec(
    Digest uuid,
    WalletAddress requester,
    Digest modelDigest,
    Digest inputDigest,
    int method,
    Digest thresholdsDigest,
    int redundancy,
    int privacyClass,
    TokenAmount maxPrice,
    long deadline)
    implements Signable {
  public static final String TYPE =
      "JobSpec(bytes32 uuid,address requester,bytes32 modelDigest,bytes32 inputDigest,"
          + "uint16 method,bytes32 thresholdsDigest,uint8 redundancy,uint8 privacyClass,"
          + "uint64 maxPrice,uint64 deadline)";

  private static final Digest TYPE_HASH = Domain.hash(TYPE);

  /**
   * @throws IllegalArgumentException for a number out of its range or the zero address
   */
  public JobSpec {
    Check.someone("requester", requester);
    Check.uint16("method", method);
    Check.range("redundancy", redundancy, 0, Check.MAX_UINT8);
    Check.range("privacyClass", privacyClass, 0, Check.MAX_UINT8);
    Check.uint53("deadline", deadline);
  }

  @Override
  public Digest structHash() {
    return new Words(11)
        .digest(TYPE_HASH)
        .digest(uuid)
        .address(requester)
        .digest(modelDigest)
        .digest(inputDigest)
        .number(method)
        .digest(thresholdsDigest)
        .number(redundancy)
        .number(privacyClass)
        .amount(maxPrice)
        .number(deadline)
        .keccak256();
  }
}
