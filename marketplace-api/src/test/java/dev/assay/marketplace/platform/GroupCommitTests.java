package dev.assay.marketplace.platform;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.transaction.support.TransactionOperations;

@Timeout(30)
class GroupCommitTests {
  private static final Transactions NONE =
      new Transactions(TransactionOperations.withoutTransaction(), new JdbcTemplate());

  @Test
  void each_caller_gets_the_answer_to_its_own_item() {
    try (var commit = group(16, 1_000, GroupCommitTests::texts)) {
      List<CompletableFuture<String>> answers = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        answers.add(commit.begin(i));
      }
      for (int i = 0; i < 500; i++) {
        assertThat(answers.get(i).join()).isEqualTo("" + i);
      }
    }
  }

  private static GroupCommit<Integer, String> group(
      int most, int queued, Function<List<Integer>, List<String>> write) {
    return new GroupCommit<>(
        "t",
        most,
        queued,
        NONE,
        (items, _) -> {
          List<String> answers = write.apply(items);
          return () -> answers;
        });
  }

  private static List<String> texts(List<Integer> items) {
    return items.stream().map(String::valueOf).toList();
  }

  @Test
  void what_gathers_while_one_group_is_written_is_the_next_group() throws Exception {
    var writing = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    List<List<Integer>> groups = new ArrayList<>();
    try (var commit =
        group(
            100,
            1_000,
            items -> {
              groups.add(List.copyOf(items));
              writing.countDown();
              await(go);
              return texts(items);
            })) {
      var first = commit.begin(0);
      assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
      List<CompletableFuture<String>> more = new ArrayList<>();
      for (int i = 1; i <= 50; i++) {
        more.add(commit.begin(i));
      }
      go.countDown();
      first.join();
      more.forEach(CompletableFuture::join);
    }
    assertThat(groups).hasSize(2);
    assertThat(groups.get(1)).hasSize(50);
  }

  @Test
  void those_that_come_together_are_one_group_as_far_as_there_is_room() {
    List<Integer> sizes = new ArrayList<>();
    try (var commit = noting(sizes)) {
      for (int i = 0; i < 200; i++) {
        assertThat(commit.beginAll(List.of(1, 2, 3)))
            .extracting(CompletableFuture::join)
            .containsExactly("1", "2", "3");
      }
    }
    assertThat(sizes).hasSize(200).containsOnly(3);
  }

  @Test
  void who_comes_alone_after_many_is_a_group_of_its_own() {
    List<Integer> sizes = new ArrayList<>();
    try (var commit = noting(sizes)) {
      commit
          .beginAll(IntStream.range(0, 50).boxed().toList())
          .forEach(one -> assertThat(one).succeedsWithin(Duration.ofSeconds(20)));
      assertThat(commit.commit(50)).isEqualTo("50");
      assertThat(commit.commit(51)).isEqualTo("51");
    }
    assertThat(sizes).containsExactly(50, 1, 1);
  }

  /** One that notes how many were written together. */
  private static GroupCommit<Integer, String> noting(List<Integer> sizes) {
    return group(
        100,
        1_000,
        items -> {
          sizes.add(items.size());
          return texts(items);
        });
  }

  @Test
  void of_those_that_come_together_the_rest_is_refused_when_the_queue_is_full() throws Exception {
    var writing = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    try (var commit =
        group(
            1,
            2,
            items -> {
              writing.countDown();
              await(go);
              return texts(items);
            })) {
      var first = commit.begin(0);
      assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
      List<CompletableFuture<String>> more = commit.beginAll(List.of(1, 2, 3));
      go.countDown();
      assertThat(first.join()).isEqualTo("0");
      assertThat(more.get(1).join()).isEqualTo("2");
      assertThatThrownBy(() -> more.get(2).join()).hasCauseInstanceOf(Problem.class);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void an_item_that_cannot_be_written_does_not_take_the_others_with_it() throws Exception {
    var writing = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    try (var commit =
        group(
            100,
            1_000,
            items -> {
              writing.countDown();
              await(go);
              if (items.contains(13)) {
                throw new IllegalArgumentException("13");
              }
              return texts(items);
            })) {
      var first = commit.begin(1);
      assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
      var bad = commit.begin(13);
      var good = commit.begin(14);
      go.countDown();
      assertThat(first.join()).isEqualTo("1");
      assertThat(good.join()).isEqualTo("14");
      assertThatThrownBy(bad::join).hasRootCauseMessage("13");
      assertThatThrownBy(() -> commit.commit(13)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void too_many_are_refused_rather_than_kept_waiting() throws Exception {
    var writing = new CountDownLatch(1);
    var go = new CountDownLatch(1);
    try (var commit =
        group(
            1,
            2,
            items -> {
              writing.countDown();
              await(go);
              return texts(items);
            })) {
      commit.begin(0);
      assertThat(writing.await(10, TimeUnit.SECONDS)).isTrue();
      commit.begin(1);
      commit.begin(2);
      assertThatThrownBy(() -> commit.begin(3))
          .isInstanceOfSatisfying(
              Problem.class, e -> assertThat(e.type()).isEqualTo(ProblemType.UNAVAILABLE));
      go.countDown();
    }
  }

  @Test
  void closed_it_refuses() {
    var commit = group(1, 2, GroupCommitTests::texts);
    assertThat(commit.commit(1)).isEqualTo("1");
    commit.close();
    assertThatThrownBy(() -> commit.commit(2)).isInstanceOf(Problem.class);
  }
}
