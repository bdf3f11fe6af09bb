package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.agent.work.Errands.Kind;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ErrandsTests {
  private static final Duration LONG = Duration.ofMinutes(1);
  private static final Event ANSWER = new Event.StreamBroke();

  private final List<Duration> pauses = new CopyOnWriteArrayList<>();
  private final Errands errands = new Errands(pauses::add);

  @Test
  void one_that_was_sent_off_to_wait_first_waits_and_its_answer_makes_room_for_the_next()
      throws Exception {
    errands.start(Kind.POLL, Duration.ofSeconds(5), () -> ANSWER);

    assertThat(errands.isUnderWay(Kind.POLL)).isTrue();
    assertThatThrownBy(() -> errands.start(Kind.POLL, Duration.ZERO, () -> ANSWER))
        .isInstanceOf(IllegalStateException.class);
    assertThat(errands.await(LONG)).isEqualTo(ANSWER);
    assertThat(errands.isUnderWay(Kind.POLL)).isFalse();
    assertThat(pauses).containsExactly(Duration.ofSeconds(5));
  }

  @Test
  void the_end_of_one_that_was_given_up_is_not_heard_of() throws Exception {
    Thread thread = startWaiting();

    errands.abandon(Kind.POLL);
    thread.join();

    assertThat(errands.isUnderWay(Kind.POLL)).isFalse();
    assertThat(errands.next()).isNull();
  }

  /** The market may have answered before it knew: leases that came so are still ours. */
  @Test
  void an_answer_that_comes_after_all_is_heard_and_the_next_errand_stays_under_way()
      throws Exception {
    var late = new CountDownLatch(1);
    errands.start(
        Kind.POLL,
        Duration.ZERO,
        () -> {
          while (late.getCount() > 0) {
            try {
              late.await();
            } catch (InterruptedException e) {
              // It is on its way already.
            }
          }
          return ANSWER;
        });
    errands.abandon(Kind.POLL);
    startWaiting();

    late.countDown();

    assertThat(errands.await(LONG)).isEqualTo(ANSWER);
    assertThat(errands.isUnderWay(Kind.POLL)).isTrue();
    errands.abandonAll();
  }

  @Test
  void an_interrupt_from_elsewhere_and_a_fault_of_ours_are_heard_of() throws Exception {
    startWaiting().interrupt();

    assertThat(errands.await(LONG)).isEqualTo(new Event.Abandoned());

    var fault = new IllegalStateException("ours");
    errands.start(
        Kind.POST,
        Duration.ZERO,
        () -> {
          throw fault;
        });

    assertThat(errands.await(LONG)).isEqualTo(new Event.Broken(fault));
  }

  private Thread startWaiting() throws Exception {
    var thread = new CompletableFuture<Thread>();
    errands.start(
        Kind.POLL,
        Duration.ZERO,
        () -> {
          thread.complete(Thread.currentThread());
          new CountDownLatch(1).await();
          return ANSWER;
        });
    return thread.get();
  }
}
