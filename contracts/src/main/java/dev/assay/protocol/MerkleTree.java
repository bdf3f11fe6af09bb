package dev.assay.protocol;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A Merkle tree with the layout of OpenZeppelin's {@code StandardMerkleTree}: leaves sorted by
 * their hash, a complete binary tree in one array with the root first, pairs hashed in sorted
 * order. So the root does not depend on the order in which the leaves came.
 */
public final class MerkleTree {
  /** Bounds the memory: 2²⁴ leaves take about a gigabyte and a half. */
  public static final int MAX_LEAVES = 1 << 24;

  private final Digest[] nodes;
  private final int leaves;

  private MerkleTree(Digest[] nodes, int leaves) {
    this.nodes = nodes;
    this.leaves = leaves;
  }

  /**
   * @param leaves hashes of the leaves, such as {@link SealLeaf#hash}; 1 to {@value #MAX_LEAVES}
   * @throws IllegalArgumentException for none or too many
   */
  public static MerkleTree of(List<Digest> leaves) {
    Check.range("The number of a Merkle tree's leaves", leaves.size(), 1, MAX_LEAVES);
    Digest[] sorted = leaves.toArray(Digest[]::new);
    Arrays.sort(sorted);
    Digest[] nodes = new Digest[2 * sorted.length - 1];
    for (int i = 0; i < sorted.length; i++) {
      nodes[nodes.length - 1 - i] = sorted[i];
    }
    for (int i = sorted.length - 2; i >= 0; i--) {
      nodes[i] = MerkleProof.parent(nodes[2 * i + 1], nodes[2 * i + 2]);
    }
    return new MerkleTree(nodes, sorted.length);
  }

  public Digest root() {
    return nodes[0];
  }

  public int size() {
    return leaves;
  }

  /**
   * @throws IllegalArgumentException if {@code leaf} is not in the tree
   */
  public MerkleProof proof(Digest leaf) {
    List<Digest> siblings = new ArrayList<>();
    for (int i = indexOf(leaf); i > 0; i = (i - 1) / 2) {
      siblings.add(nodes[i % 2 == 0 ? i - 1 : i + 1]);
    }
    return new MerkleProof(siblings);
  }

  /** The leaves lie at the end, the greatest first. */
  private int indexOf(Digest leaf) {
    int low = 0;
    int high = leaves - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int index = nodes.length - 1 - middle;
      int order = nodes[index].compareTo(leaf);
      if (order == 0) {
        return index;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    throw new IllegalArgumentException("The tree has no leaf " + leaf + ".");
  }
}
