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
  /** Bounds the memory: 64 bytes a leaf, a gibibyte for 2²⁴ leaves. */
  public static final int MAX_LEAVES = 1 << 24;

  /** All nodes, one after the other: 2 · leaves − 1 of them. */
  private final byte[] nodes;

  private MerkleTree(byte[] nodes) {
    this.nodes = nodes;
  }

  /**
   * @param leaves hashes of the leaves, such as {@link SealLeaf#hash}; 1 to {@value #MAX_LEAVES}
   * @throws IllegalArgumentException for none or too many
   */
  public static MerkleTree of(List<Digest> leaves) {
    Digest[] sorted = leaves.toArray(Digest[]::new);
    Arrays.sort(sorted);
    var sequence = new Ascending(sorted.length);
    for (Digest leaf : sorted) {
      sequence.add(leaf);
    }
    return sequence.tree();
  }

  /** Takes leaves one by one that come sorted, so that nobody has to hold them all as objects. */
  public static final class Ascending {
    private final byte[] nodes;
    private final int leaves;
    private Digest last = Digest.ZERO;
    private int count;

    /**
     * @param leaves how many will come, 1 to {@value MerkleTree#MAX_LEAVES}
     * @throws IllegalArgumentException for none or too many
     */
    public Ascending(int leaves) {
      Check.range("The number of a Merkle tree's leaves", leaves, 1, MAX_LEAVES);
      this.leaves = leaves;
      this.nodes = new byte[(2 * leaves - 1) * Digest.SIZE];
    }

    /**
     * @throws IllegalArgumentException for a leaf below the one before, or one too many
     */
    public void add(Digest leaf) {
      if (count == leaves || last.compareTo(leaf) > 0) {
        throw new IllegalArgumentException(
            "%d leaves come in ascending order; leaf %s is not one of them."
                .formatted(leaves, leaf));
      }
      last = leaf;
      count++;
      put(nodes, 2 * leaves - 1 - count, leaf);
    }

    /**
     * @throws IllegalStateException if leaves are missing
     */
    public MerkleTree tree() {
      if (count < leaves) {
        throw new IllegalStateException("%d of %d leaves came.".formatted(count, leaves));
      }
      for (int i = leaves - 2; i >= 0; i--) {
        put(nodes, i, MerkleProof.parent(get(nodes, 2 * i + 1), get(nodes, 2 * i + 2)));
      }
      return new MerkleTree(nodes);
    }
  }

  public Digest root() {
    return node(0);
  }

  /** How many leaves. */
  public int size() {
    return (nodes.length / Digest.SIZE + 1) / 2;
  }

  /**
   * @throws IllegalArgumentException if {@code leaf} is not in the tree
   */
  public MerkleProof proof(Digest leaf) {
    return new MerkleProof(siblings(rankOf(leaf), size()).stream().map(this::node).toList());
  }

  /**
   * Where the nodes of a leaf's proof are, from the leaf upwards.
   *
   * @param rank of the leaf among all in ascending order, from 0
   * @param leaves how many the tree has
   * @throws IllegalArgumentException if there is no such leaf
   */
  public static List<Integer> siblings(int rank, int leaves) {
    Check.range("The rank of a leaf", rank, 0, leaves - 1L);
    List<Integer> siblings = new ArrayList<>();
    for (int i = 2 * leaves - 2 - rank; i > 0; i = (i - 1) / 2) {
      siblings.add(i % 2 == 0 ? i - 1 : i + 1);
    }
    return siblings;
  }

  /**
   * Nodes as they lie, {@value Digest#SIZE} bytes each, to be kept outside of this process.
   *
   * @param from the first of them; the root is 0
   * @param most of them; fewer at the end
   */
  public byte[] nodes(int from, int most) {
    int to = Math.min(nodes.length / Digest.SIZE, from + most);
    return Arrays.copyOfRange(nodes, from * Digest.SIZE, to * Digest.SIZE);
  }

  /** The leaves lie at the end, the greatest first. */
  private int rankOf(Digest leaf) {
    int low = 0;
    int high = size() - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = node(2 * size() - 2 - middle).compareTo(leaf);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    throw new IllegalArgumentException("The tree has no leaf " + leaf + ".");
  }

  private Digest node(int index) {
    return get(nodes, index);
  }

  private static Digest get(byte[] nodes, int index) {
    return Digest.of(Arrays.copyOfRange(nodes, index * Digest.SIZE, (index + 1) * Digest.SIZE));
  }

  private static void put(byte[] nodes, int index, Digest digest) {
    System.arraycopy(digest.toBytes(), 0, nodes, index * Digest.SIZE, Digest.SIZE);
  }
}
