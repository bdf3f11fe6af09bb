package dev.assay.protocol;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.List;

/**
 * The way from a leaf of a {@link MerkleTree} to its root.
 *
 * @param siblings from the leaf upwards; none if the leaf is the root; at most {@value #MAX_DEPTH}
 */
public record MerkleProof(List<Digest> siblings) {
  /** More than a tree of 2³² leaves needs. */
  public static final int MAX_DEPTH = 40;

  /**
   * @throws IllegalArgumentException if it is longer than any tree is deep
   */
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public MerkleProof {
    Check.range("The length of a Merkle proof", siblings.size(), 0, MAX_DEPTH);
    siblings = List.copyOf(siblings);
  }

  @JsonValue
  @Override
  public List<Digest> siblings() {
    return siblings;
  }

  /** Whether {@code leaf} is in the tree with {@code root}. */
  public boolean proves(Digest leaf, Digest root) {
    Digest node = leaf;
    for (Digest sibling : siblings) {
      node = parent(node, sibling);
    }
    return node.equals(root);
  }

  static Digest parent(Digest a, Digest b) {
    byte[] pair = Arrays.copyOf((a.compareTo(b) < 0 ? a : b).toBytes(), 2 * Digest.SIZE);
    System.arraycopy((a.compareTo(b) < 0 ? b : a).toBytes(), 0, pair, Digest.SIZE, Digest.SIZE);
    return Digest.keccak256(pair);
  }
}
