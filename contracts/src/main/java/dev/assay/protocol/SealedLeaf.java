package dev.assay.protocol;

/** One leaf of a sealed epoch with its way to the root. */
public record SealedLeaf(EpochSeal epochSeal, SealLeaf leaf, MerkleProof proof) {}
