package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.ResultAnswers;
import dev.assay.protocol.wire.ResultAnswers.Outcome;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultBatch;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ResultQueueTests {
  private final List<String> said = new ArrayList<>();
  private Instant now = Samples.NOON;

  @Test
  void what_an_earlier_process_left_goes_first_and_no_batch_has_more_than_a_request_may() {
    ResultQueue queue = queue(Samples.result(1));
    IntStream.rangeClosed(2, 70).forEach(job -> queue.add(Samples.result(job), Samples.NOON));

    List<Unsent> batch = queue.take(now);

    assertThat(batch).hasSize(ResultBatch.MAX_RESULTS);
    assertThat(batch.getFirst().ref()).isEqualTo(Samples.ref(1));
    assertThat(queue.size()).isEqualTo(70);
    assertThat(queue.isReady(now)).isFalse(); // one batch at a time
    assertThat(queue.refs().findFirst()).contains(Samples.ref(1));
  }

  @Test
  void results_wait_for_each_other_from_when_the_first_is_there_and_not_for_a_clock() {
    ResultQueue queue = queue();
    queue.add(Samples.result(1), Samples.NOON);
    queue.add(Samples.result(2), Samples.NOON.plusMillis(40));

    assertThat(queue.company(Samples.NOON.plusMillis(40))).isEqualTo(Duration.ofMillis(10));
    assertThat(queue.company(Samples.NOON.plusMillis(50))).isZero();
    assertThat(queue.company(Samples.NOON.plusMillis(70))).isNegative();
    assertThat(queue.company(Samples.NOON.minusMillis(1))).isZero(); // it was set back

    queue.take(now);
    heard(queue, posted(answers(answer(1, Outcome.ACCEPTED), answer(2, Outcome.ACCEPTED))));
    queue.add(Samples.result(3), Samples.NOON.plusMillis(90));
    assertThat(queue.company(Samples.NOON.plusMillis(90))).isEqualTo(Duration.ofMillis(50));
  }

  /** What an earlier process has left has waited long enough. */
  @Test
  void what_was_left_behind_waits_for_nobody() {
    assertThat(queue(Samples.result(1)).company(Samples.NOON)).isNegative();
  }

  @Test
  void a_large_result_goes_alone_however_large_it_is() {
    var book = new ChatOutput("x".repeat(1024 * 1024), ChatOutput.FinishReason.STOP);
    ResultQueue queue = queue(Samples.result(1, book), Samples.result(2, book));

    assertThat(queue.take(now)).hasSize(1);
  }

  @Test
  void answers_are_counted_and_what_was_not_answered_goes_again_after_a_pause() {
    ResultQueue queue = queue(Samples.result(1), Samples.result(2), Samples.result(3));
    queue.take(now);

    heard(queue, posted(answers(answer(1, Outcome.DUPLICATE), answer(2, Outcome.LATE))));

    assertThat(queue.accepted()).isEqualTo(1);
    assertThat(queue.refused()).isEqualTo(1);
    assertThat(said).singleElement().asString().contains("is late: It says why.");
    assertThat(queue.pause()).isLessThanOrEqualTo(Backoff.FIRST);
    assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(3));
    heard(queue, posted(answers(answer(3, Outcome.ACCEPTED))));
    assertThat(queue.isEmpty()).isTrue();
  }

  @Test
  void a_market_that_asks_for_time_is_given_it_and_the_batch_stays_as_it_was() {
    ResultQueue queue = queue(Samples.result(1), Samples.result(2));
    List<Unsent> batch = queue.take(now);
    queue.add(Samples.result(3), Samples.NOON);

    heard(queue, posted(new Deferred<>("it is busy", Duration.ofSeconds(3), null)));

    assertThat(queue.pause()).isGreaterThanOrEqualTo(Duration.ofSeconds(3));
    assertThat(queue.take(now)).startsWith(batch.toArray(Unsent[]::new)).hasSize(3);
    heard(queue, posted(new SignedOut<>("who asks?", null)));
    assertThat(queue.pause()).isZero();
    assertThat(said).containsExactly("2 results are not sent yet: it is busy.");
  }

  @Test
  void of_a_batch_that_is_refused_each_goes_alone_until_the_one_at_fault_is_found() {
    ResultQueue queue = queue(Samples.result(1), Samples.result(2), Samples.result(3));
    Reply<ResultAnswers> refused = new Refused<>("It is too large.", true, "", null);
    queue.take(now);
    heard(queue, posted(refused));

    assertThat(queue.refused()).isZero();
    for (int job = 1; job <= 3; job++) {
      queue.add(Samples.result(job + 10), Samples.NOON);
      assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(job));
      heard(queue, posted(job == 2 ? refused : answers(answer(job, Outcome.ACCEPTED))));
    }

    assertThat(queue.refused()).isEqualTo(1);
    assertThat(queue.accepted()).isEqualTo(2);
    assertThat(queue.take(now)).hasSize(3); // those that came meanwhile are not suspected
  }

  /** A gateway between may refuse in the market's place; the market has said nothing. */
  @Test
  void one_that_somebody_else_refuses_goes_again_behind_the_others_and_is_told_of_once() {
    ResultQueue queue = queue(Samples.result(1), Samples.result(2));
    Reply<ResultAnswers> refused = new Refused<>("413 Too Large", false, "", null);
    queue.take(now);
    heard(queue, posted(refused));

    for (int job = 2; job <= 5; job++) {
      assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(1));
      heard(queue, posted(refused));
      assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(job));
      heard(queue, posted(answers(answer(job, Outcome.ACCEPTED))));
      queue.add(Samples.result(job + 1), now);
      now = now.plus(Backoff.LONGEST);
    }

    assertThat(queue.refused()).isZero();
    assertThat(said).singleElement().asString().contains("goes behind the others: 413 Too Large");
  }

  @Test
  void one_for_which_the_market_breaks_down_is_found_and_the_others_go_on() {
    ResultQueue queue = queue(Samples.result(1), Samples.result(2), Samples.result(3));
    Reply<ResultAnswers> broken = new Deferred<>("500", Duration.ZERO, null);
    for (int tries = 0; tries < 3; tries++) {
      assertThat(queue.take(now)).hasSize(3);
      heard(queue, posted(broken));
    }

    assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(1));
    heard(queue, posted(broken));
    for (int job = 2; job <= 3; job++) {
      assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(job));
      heard(queue, posted(answers(answer(job, Outcome.ACCEPTED))));
    }
    now = now.plus(Backoff.LONGEST);
    assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(1));
    heard(queue, posted(broken));
    now = now.plus(Backoff.LONGEST);

    assertThat(queue.accepted()).isEqualTo(2);
    assertThat(queue.isReady(now)).isTrue(); // it is tried again, and not told of again
    assertThat(said).hasSize(4).last().asString().endsWith("goes behind the others: 500");
  }

  @Test
  void one_that_is_never_taken_has_a_time_of_its_own_and_keeps_no_other() {
    ResultQueue queue = queue(Samples.result(1));
    Reply<ResultAnswers> broken = new Deferred<>("500", Duration.ofMinutes(1), null);
    for (int tries = 0; tries < 5; tries++) {
      assertThat(queue.take(now)).hasSize(1);
      heard(queue, posted(broken));
      now = now.plus(Duration.ofMinutes(2));
    }
    queue.take(now);
    heard(queue, posted(broken));
    now = now.plusSeconds(59);
    assertThat(queue.isReady(now)).isFalse();

    queue.add(Samples.result(2), now);

    assertThat(queue.isReady(now)).isTrue();
    assertThat(queue.company(now)).isEqualTo(Duration.ofMillis(50));
    assertThat(queue.pause()).isZero();
    assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(2));
    heard(queue, posted(answers(answer(2, Outcome.ACCEPTED))));
    assertThat(queue.isReady(now)).isFalse();
    assertThat(queue.isReady(now.minus(Duration.ofHours(1)))).isTrue(); // it was set back
    now = now.plus(Duration.ofMinutes(1));
    assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(1));
  }

  @Test
  void what_went_behind_while_the_market_was_away_follows_the_first_that_is_taken() {
    ResultQueue queue = queue(Samples.result(1), Samples.result(2));
    Reply<ResultAnswers> away = new Deferred<>("nobody answers", Duration.ZERO, null);
    for (int tries = 0; tries < 9; tries++) {
      queue.take(now);
      heard(queue, posted(away));
      now = now.plus(Backoff.LONGEST);
    }

    int first = queue.take(now).getFirst().ref().equals(Samples.ref(1)) ? 1 : 2;
    heard(queue, posted(answers(answer(first, Outcome.ACCEPTED))));

    assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(3 - first));
  }

  @Test
  void what_is_given_up_counts_as_refused_and_is_told() {
    ResultQueue queue = queue(Samples.result(1));
    queue.take(now);

    heard(
        queue,
        new ResultPost.Posted(
            new Deferred<>("500", Duration.ZERO, null), List.of(), List.of(Samples.ref(1))));

    assertThat(queue.isEmpty()).isTrue();
    assertThat(queue.refused()).isEqualTo(1);
    assertThat(said).singleElement().asString().contains("attempt 1 is given up");
  }

  @Test
  void a_session_that_is_over_costs_nothing_and_no_pause() {
    ResultQueue queue = queue(Samples.result(1));
    queue.take(now);

    heard(queue, posted(new SignedOut<>("who asks?", null)));

    assertThat(queue.isReady(now)).isTrue();
    assertThat(queue.pause()).isZero();
  }

  @Test
  void what_is_not_signed_is_not_sent_again() {
    ResultQueue queue = queue(Samples.result(1), Samples.result(2));
    queue.take(now);

    heard(
        queue,
        new ResultPost.Posted(
            new Deferred<>("it is busy", Duration.ZERO, null), List.of(Samples.ref(1)), List.of()));

    assertThat(queue.take(now)).extracting(Unsent::ref).containsExactly(Samples.ref(2));
    assertThat(said).first().asString().contains("was signed before; this one is not.");
  }

  @Test
  void a_home_that_cannot_be_written_is_told_of_once_and_until_it_can() {
    ResultQueue queue = queue(Samples.result(1));
    for (int tries = 0; tries < 2; tries++) {
      queue.take(now);
      queue.notPosted(new IOException("No space left on device"));
    }

    assertThat(queue.trouble()).contains("Its home cannot be written: No space left on device");
    assertThat(said).hasSize(1);

    queue.take(now);
    heard(queue, posted(answers(answer(1, Outcome.ACCEPTED))));

    assertThat(queue.trouble()).isEmpty();
  }

  private void heard(ResultQueue queue, ResultPost.Posted posted) {
    queue.heard(posted, now);
  }

  private ResultQueue queue(Unsent... leftBehind) {
    return new ResultQueue(
        Path.of("home"),
        List.of(leftBehind),
        new Random(1),
        (level, message, _) -> said.add(message));
  }

  private static ResultPost.Posted posted(Reply<ResultAnswers> reply) {
    return new ResultPost.Posted(reply, List.of(), List.of());
  }

  private static Reply<ResultAnswers> answers(ResultAnswer... answers) {
    return new Answered<>(new ResultAnswers(List.of(answers)), null);
  }

  private static ResultAnswer answer(int job, Outcome outcome) {
    AttemptRef attempt = Samples.ref(job);
    return new ResultAnswer(attempt, outcome, outcome == Outcome.ACCEPTED ? "" : "It says why.");
  }
}
