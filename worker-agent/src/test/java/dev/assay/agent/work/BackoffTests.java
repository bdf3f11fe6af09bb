package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

class BackoffTests {
  @Test
  void its_ceiling_doubles_up_to_thirty_seconds_however_often_it_fails() {
    assertThat(IntStream.rangeClosed(1, 8).mapToObj(Backoff::ceiling).map(Duration::toMillis))
        .containsExactly(500L, 1000L, 2000L, 4000L, 8000L, 16_000L, 30_000L, 30_000L);
    assertThat(Backoff.ceiling(Integer.MAX_VALUE)).isEqualTo(Backoff.LONGEST);
  }

  @RepeatedTest(20)
  void a_pause_lies_between_what_was_asked_for_and_the_ceiling_above_it(RepetitionInfo seed) {
    var backoff = new Backoff(new Random(seed.getCurrentRepetition()));
    Duration asked = Duration.ofSeconds(3);

    for (int failures = 1; failures < 100; failures++) {
      assertThat(backoff.afterFailure(asked))
          .isBetween(asked, asked.plus(Backoff.ceiling(failures)));
    }
  }

  @Test
  void a_fleet_does_not_come_back_at_one_instant() {
    var chance = new Random(1);

    assertThat(
            IntStream.range(0, 1000)
                .mapToObj(_ -> new Backoff(chance).afterFailure(Duration.ZERO))
                .distinct())
        .hasSizeGreaterThan(200);
  }

  @Test
  void a_success_starts_it_anew() {
    var backoff = new Backoff(new Random(1));
    IntStream.range(0, 10).forEach(_ -> backoff.afterFailure(Duration.ZERO));

    backoff.afterSuccess();

    assertThat(backoff.afterFailure(Duration.ZERO)).isLessThanOrEqualTo(Backoff.FIRST);
  }
}
