package dev.assay.protocol;

/**
 * An attestation as the Court takes it for evidence.
 *
 * @param signature of the worker's session key
 */
public record SignedAttestation(ResultAttestation attestation, Signature signature) {}
