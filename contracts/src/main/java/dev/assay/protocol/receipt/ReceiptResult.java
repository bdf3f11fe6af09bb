package dev.assay.protocol.receipt;

import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signature;
import dev.assay.protocol.WalletAddress;

/**
 * What a worker was asked for, and what it has signed.
 *
 * @param assignment named by the attestation, and itself naming the request
 * @param sessionKey that signed the attestation
 * @param outputDigest of the canonical output
 * @param outputSalt opens the commitment, with {@code outputDigest}
 */
public record ReceiptResult(
    Assignment assignment,
    ResultAttestation attestation,
    Signature signature,
    WalletAddress sessionKey,
    Digest outputDigest,
    Digest outputSalt) {}
