package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class UndisturbedTests {
  @Test
  void an_interrupt_before_and_during_it_reaches_the_caller_and_not_the_work() {
    Thread caller = Thread.currentThread();
    caller.interrupt();

    boolean wasReached =
        Undisturbed.get(() -> {
          caller.interrupt();
          return Thread.currentThread().isInterrupted();
        });

    assertThat(Thread.interrupted()).isTrue();
    assertThat(wasReached).isFalse();
  }
}
