package dev.assay.quickstart.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MeaningIndexTests {
  private static final Passage EAST = new Passage("map", "to the east");
  private static final Passage NORTH = new Passage("map", "to the north");

  private final MeaningIndex index = new MeaningIndex();

  @Test
  void what_points_the_same_way_is_nearest_whatever_its_length() {
    index.put(EAST, new float[] {10, 0});
    index.put(NORTH, new float[] {0, 0.1f});

    assertThat(index.nearest(new float[] {1, 2}, 2))
        .extracting(MeaningIndex.Hit::passage)
        .containsExactly(NORTH, EAST);
    assertThat(index.nearest(new float[] {3, 0}, 1).getFirst().likeness()).isEqualTo(1.0);
  }

  @Test
  void a_passage_that_is_bought_again_has_its_new_vector() {
    index.put(EAST, new float[] {0, 1});
    index.put(NORTH, new float[] {-1, 0});
    index.put(EAST, new float[] {1, 0});

    assertThat(index.size()).isEqualTo(2);
    assertThat(index.nearest(new float[] {1, 0}, 1).getFirst().passage()).isEqualTo(EAST);
  }

  @Test
  void vectors_of_two_models_are_not_compared() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MeaningIndex.cosine(new float[2], new float[3]))
        .withMessageContaining("2 dimensions");
  }
}
