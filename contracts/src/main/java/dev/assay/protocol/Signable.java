package dev.assay.protocol;

import java.nio.ByteBuffer;

/**
 * What somebody signs by EIP-712. The components of each record are the members of its EIP-712
 * type, in the order of {@code types/Types.sol}; in JSON they have the same names, times are
 * seconds since 1970, amounts are decimal strings.
 */
public sealed interface Signable
    permits Assignment,
        AuditNotice,
        Ceiling,
        EpochSeal,
        JobSpec,
        ResultAttestation,
        SessionKeyConsent,
        Verdict {
  /** The EIP-712 {@code hashStruct}: the same in every domain. */
  Digest structHash();

  /** What a wallet signs and the contracts recover from. */
  default Digest digest(Domain domain) {
    return Digest.keccak256(preimage(domain));
  }

  /**
   * The 66 bytes of which {@link #digest} is the Keccak-256; signers that hash by themselves take
   * them.
   */
  default byte[] preimage(Domain domain) {
    return ByteBuffer.allocate(2 + 2 * Digest.SIZE)
        .put((byte) 0x19)
        .put((byte) 0x01)
        .put(domain.separator().toBytes())
        .put(structHash().toBytes())
        .array();
  }
}
