package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class EachAloneTests {
  private final List<Integer> done = new ArrayList<>();

  private void run(int... failing) {
    EachAlone.run(
        List.of(1, 2, 3, 4),
        one -> {
          for (int each : failing) {
            if (one == each) {
              throw new IllegalArgumentException("never " + one);
            }
          }
          done.add(one);
        });
  }

  @Test
  void what_can_be_done_is_done_and_what_cannot_is_told_afterwards() {
    assertThatThrownBy(() -> run(1, 3))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageEndingWith(": 1")
        .hasRootCauseMessage("never 1")
        .satisfies(failed ->
            assertThat(failed.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("never 3"));
    assertThat(done).containsExactly(2, 4);
  }

  @Test
  void where_nothing_fails_nothing_is_told() {
    run();
    assertThat(done).containsExactly(1, 2, 3, 4);
  }

  @Test
  void when_the_database_is_away_it_is_so_for_all() {
    assertThatThrownBy(() ->
            EachAlone.run(
                List.of(1, 2),
                one -> {
                  done.add(one);
                  throw new DataAccessResourceFailureException("away");
                }))
        .isInstanceOf(DataAccessResourceFailureException.class);
    assertThat(done).containsExactly(1);
  }
}
