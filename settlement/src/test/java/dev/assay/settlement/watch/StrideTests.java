package dev.assay.settlement.watch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StrideTests {
  private final Stride stride = new Stride(1_000);

  @Test
  void half_of_what_failed_is_tried_next_and_never_less_than_a_block() {
    stride.failed(1, 1_000);
    assertThat(stride.end(1, 5_000)).isEqualTo(500);

    stride.failed(1, 3); // the chain's end
    assertThat(stride.end(7, 5_000)).isEqualTo(7);

    stride.failed(7, 7);
    assertThat(stride.end(7, 5_000)).isEqualTo(7);
  }

  @Test
  void it_grows_after_a_hundred_successes_up_to_the_most() {
    stride.failed(1, 1_500);
    succeed(99);
    assertThat(stride.end(1, 5_000)).isEqualTo(750);

    succeed(1);
    assertThat(stride.end(1, 5_000)).isEqualTo(1_000);

    succeed(200);
    assertThat(stride.end(1, 5_000)).isEqualTo(1_000);
    assertThat(stride.end(4_900, 5_000)).isEqualTo(5_000);
  }

  private void succeed(int times) {
    for (int i = 0; i < times; i++) {
      stride.succeeded();
    }
  }
}
