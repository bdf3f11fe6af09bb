package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * The golden vectors hold the layout; here are the ways to make a tree, and to keep it in parts.
 */
class MerkleTreeTests {
  private static List<Digest> leaves(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> Digest.keccak256(ByteBuffer.allocate(4).putInt(i).array()))
        .toList();
  }

  @Test
  void leaves_that_come_sorted_one_by_one_make_the_same_tree() {
    for (int count : List.of(1, 2, 3, 7, 64, 1_000)) {
      var ascending = new MerkleTree.Ascending(count);
      leaves(count).stream().sorted().forEach(ascending::add);
      assertThat(ascending.tree().root()).isEqualTo(MerkleTree.of(leaves(count)).root());
    }
  }

  @Test
  void a_tree_that_is_kept_in_parts_gives_the_same_proofs() {
    int count = 777;
    MerkleTree tree = MerkleTree.of(leaves(count));
    byte[] kept = new byte[(2 * count - 1) * Digest.SIZE];
    for (int from = 0; from < 2 * count - 1; from += 100) {
      byte[] part = tree.nodes(from, 100);
      System.arraycopy(part, 0, kept, from * Digest.SIZE, part.length);
    }
    List<Digest> sorted = leaves(count).stream().sorted().toList();
    for (int rank = 0; rank < count; rank++) {
      var proof =
          new MerkleProof(
              MerkleTree.siblings(rank, count).stream()
                  .map(node ->
                      Digest.of(
                          Arrays.copyOfRange(kept, node * Digest.SIZE, (node + 1) * Digest.SIZE)))
                  .toList());
      assertThat(proof).isEqualTo(tree.proof(sorted.get(rank)));
      assertThat(proof.proves(sorted.get(rank), tree.root())).isTrue();
    }
  }

  @Test
  void leaves_out_of_order_too_many_or_too_few_are_refused() {
    List<Digest> sorted = leaves(2).stream().sorted().toList();
    var ascending = new MerkleTree.Ascending(2);
    ascending.add(sorted.getLast());
    assertThatThrownBy(() -> ascending.add(sorted.getFirst()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(ascending::tree).isInstanceOf(IllegalStateException.class);
    ascending.add(sorted.getLast());
    assertThatThrownBy(() -> ascending.add(sorted.getLast()))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> MerkleTree.of(List.of())).isInstanceOf(IllegalArgumentException.class);
  }
}
