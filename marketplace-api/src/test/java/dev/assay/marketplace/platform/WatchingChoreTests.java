package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.springframework.dao.DataAccessResourceFailureException;

class WatchingChoreTests {
  private static final Duration PERIOD = Duration.ofSeconds(1);
  private static final OptionalLong UNKNOWN = OptionalLong.empty();

  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private long nanos;
  private int looks;
  private boolean isMine = true;
  private @Nullable RuntimeException failure;
  private Optional<Instant> due = Optional.empty();
  private final List<Instant> unchanged = new ArrayList<>();

  private final ByClock byClock =
      new ByClock() {
        @Override
        public Optional<Instant> due() {
          return due;
        }

        @Override
        public void unchangedUntil(Instant at) {
          unchanged.add(at);
        }
      };

  private WatchingChore chore(boolean waitsAtFirst) {
    return new WatchingChore(
        () -> {
          looks++;
          if (failure != null) {
            throw failure;
          }
        },
        byClock,
        () -> isMine,
        PERIOD,
        waitsAtFirst,
        () -> nanos);
  }

  private void pass(Duration time) {
    now = now.plus(time);
    nanos += time.toNanos();
  }

  /** As the watch does it. */
  private boolean isDone(WatchingChore chore, OptionalLong written) {
    boolean isDone = chore.begin(written, now);
    if (isDone) {
      chore.run(written);
    }
    return isDone;
  }

  @Test
  void it_looks_when_something_was_written_and_not_again_while_nothing_is() {
    WatchingChore chore = chore(false);
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
    pass(PERIOD);
    assertThat(isDone(chore, OptionalLong.of(7))).isFalse();
    assertThat(isDone(chore, OptionalLong.of(8))).isTrue();
    assertThat(looks).isEqualTo(2);
  }

  @Test
  void what_is_overlooked_is_found_after_ten_seconds() {
    WatchingChore chore = chore(false);
    isDone(chore, OptionalLong.of(7));
    pass(WatchingChore.LONGEST.minusMillis(1));
    assertThat(isDone(chore, OptionalLong.of(7))).isFalse();
    pass(Duration.ofMillis(1));
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
  }

  @Test
  void it_looks_when_something_is_due_though_nothing_was_written() {
    due = Optional.of(now.plusSeconds(5));
    WatchingChore chore = chore(false);
    isDone(chore, OptionalLong.of(7));
    pass(Duration.ofMillis(4_999));
    assertThat(isDone(chore, OptionalLong.of(7))).isFalse();
    pass(Duration.ofMillis(1));
    due = Optional.empty();
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
    pass(PERIOD);
    assertThat(isDone(chore, OptionalLong.of(7))).isFalse();
  }

  @Test
  void what_is_to_be_looked_at_again_is_each_period() {
    due = ByClock.AGAIN;
    WatchingChore chore = chore(false);
    isDone(chore, OptionalLong.of(7));
    assertThat(isDone(chore, OptionalLong.of(7))).isFalse();
    pass(PERIOD);
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
  }

  @Test
  void it_does_not_look_more_often_than_each_period_however_much_is_written() {
    WatchingChore chore = chore(false);
    isDone(chore, OptionalLong.of(7));
    pass(PERIOD.dividedBy(2));
    assertThat(isDone(chore, OptionalLong.of(8))).isFalse();
    pass(PERIOD.dividedBy(2));
    assertThat(isDone(chore, OptionalLong.of(8))).isTrue();
  }

  @Test
  void one_that_waits_at_first_waits_a_period() {
    WatchingChore chore = chore(true);
    assertThat(isDone(chore, OptionalLong.of(7))).isFalse();
    pass(PERIOD);
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
  }

  @Test
  void a_look_that_failed_is_made_again_though_nothing_was_written() {
    WatchingChore chore = chore(false);
    failure = new IllegalStateException("a fault of ours");
    assertThatThrownBy(() -> isDone(chore, OptionalLong.of(7))).isSameAs(failure);
    pass(PERIOD);
    failure = new DataAccessResourceFailureException("the database is away");
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
    pass(PERIOD);
    failure = null;
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
    assertThat(unchanged).as("nothing was seen yet").isEmpty();
    pass(PERIOD);
    assertThat(isDone(chore, OptionalLong.of(7))).isFalse();
    assertThat(unchanged).containsExactly(now);
  }

  @Test
  void while_nobody_knows_what_was_written_it_looks_each_period() {
    WatchingChore chore = chore(false);
    for (int i = 0; i < 3; i++) {
      assertThat(isDone(chore, UNKNOWN)).isTrue();
      assertThat(isDone(chore, UNKNOWN)).isFalse();
      pass(PERIOD);
    }
    assertThat(isDone(chore, OptionalLong.of(7))).isTrue();
    assertThat(unchanged).isEmpty();
  }

  @Test
  void what_another_replica_does_is_looked_at_at_once_when_it_falls_to_this_one() {
    WatchingChore chore = chore(false);
    isDone(chore, OptionalLong.of(7));
    pass(PERIOD);
    isMine = false;
    assertThat(isDone(chore, OptionalLong.of(8))).isFalse();
    isMine = true;
    assertThat(isDone(chore, OptionalLong.of(8))).isTrue();
  }

  @Test
  void it_does_not_begin_before_the_last_look_has_come_to_its_end() {
    WatchingChore chore = chore(false);
    assertThat(chore.begin(OptionalLong.of(7), now)).isTrue();
    pass(PERIOD.multipliedBy(2));
    assertThat(chore.begin(OptionalLong.of(8), now)).isFalse();
    chore.run(OptionalLong.of(7));
    assertThat(isDone(chore, OptionalLong.of(8))).as("it was written after it began").isTrue();
  }
}
