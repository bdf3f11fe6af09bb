package dev.assay.protocol.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.assay.protocol.Digest;
import dev.assay.protocol.admin.CheckLog.Broken;
import dev.assay.protocol.admin.CheckLog.Finding;
import dev.assay.protocol.admin.CheckLog.Holds;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class CheckLogTests {
  private static final int LOGS = 1_000;
  private static final Instant START = Instant.parse("2026-11-26T04:00:00Z");

  /** Each leaves a log that differs from the one that was written. */
  private enum Tamper {
    CHANGE_A_FIELD,
    CHANGE_A_FIELD_AND_ITS_HASH,
    DELETE,
    INSERT,
    SWAP,
    MOVE_TEXT_BETWEEN_FIELDS,
    TRUNCATE,
    EMPTY,
    REWRITE_FROM_SOMEWHERE,
    FORK_AT_THE_END
  }

  private static LoggedAction row(LogHead after, String who, String why, String before) {
    long number = after.number() + 1;
    var open =
        new LoggedAction(
            number,
            START.plusNanos(number * 1_234_000),
            who,
            "pause",
            "market",
            why,
            "done",
            before,
            "{\"paused\": true}",
            "req_" + number,
            after.hash(),
            Digest.ZERO);
    return hashed(open);
  }

  private static LoggedAction hashed(LoggedAction row) {
    return with(row, row.number(), row.why(), row.before(), row.previous(), row.computedHash());
  }

  private static LoggedAction with(
      LoggedAction row, long number, String why, String before, Digest previous, Digest hash) {
    return new LoggedAction(
        number,
        row.at(),
        row.who(),
        row.action(),
        row.subject(),
        why,
        row.outcome(),
        before,
        row.after(),
        row.request(),
        previous,
        hash);
  }

  private static List<LoggedAction> log(int rows, RandomGenerator chance) {
    List<LoggedAction> log = new ArrayList<>();
    LogHead head = LogHead.EMPTY;
    for (int i = 0; i < rows; i++) {
      log.add(row(head, "ada", "because " + chance.nextInt(100) + " ü", "{}" + chance.nextInt(10)));
      head = log.getLast().head();
    }
    return log;
  }

  private static Finding check(List<LoggedAction> log, LogHead... noted) {
    return CheckLog.of(log.iterator(), List.of(noted));
  }

  /** Rows from {@code first} on, made to follow what is before them. */
  private static void chainAnew(List<LoggedAction> log, int first) {
    for (int i = first; i < log.size(); i++) {
      Digest previous = i == 0 ? Digest.ZERO : log.get(i - 1).hash();
      LoggedAction row = log.get(i);
      log.set(i, hashed(with(row, i + 1, row.why(), row.before(), previous, row.hash())));
    }
  }

  private static void apply(Tamper tamper, List<LoggedAction> log, RandomGenerator chance) {
    int at = chance.nextInt(log.size());
    LoggedAction row = log.get(at);
    LoggedAction other =
        with(row, row.number(), row.why() + "!", row.before(), row.previous(), row.hash());
    switch (tamper) {
      case CHANGE_A_FIELD -> log.set(at, other);
      case CHANGE_A_FIELD_AND_ITS_HASH -> log.set(at, hashed(other));
      case DELETE -> log.remove(at);
      case INSERT ->
          log.add(at, row(at == 0 ? LogHead.EMPTY : log.get(at - 1).head(), "eve", "x", ""));
      case SWAP -> Collections.swap(log, at, (at + 1) % log.size());
      case MOVE_TEXT_BETWEEN_FIELDS -> {
        String all = row.why() + row.before();
        log.set(
            at,
            with(
                row,
                row.number(),
                all.substring(0, 1),
                all.substring(1),
                row.previous(),
                row.hash()));
      }
      case TRUNCATE -> log.subList(at, log.size()).clear();
      case EMPTY -> log.clear();
      case REWRITE_FROM_SOMEWHERE -> {
        log.set(at, other);
        chainAnew(log, at);
      }
      case FORK_AT_THE_END -> {
        log.removeLast();
        log.add(row(log.isEmpty() ? LogHead.EMPTY : log.getLast().head(), "eve", "instead", ""));
      }
    }
  }

  @Test
  void a_log_that_was_only_written_to_holds_before_every_head_it_ever_had() {
    List<LoggedAction> log = log(50, new SplittableRandom(1));

    for (LoggedAction row : log) {
      assertThat(check(log, row.head(), LogHead.EMPTY)).isEqualTo(new Holds(log.getLast().head()));
    }
    assertThat(check(List.of())).isEqualTo(new Holds(LogHead.EMPTY));
  }

  @Test
  void of_a_thousand_logs_that_were_tampered_with_each_is_found() {
    var chance = new SplittableRandom(20_261_126);
    int found = 0;
    for (int i = 0; i < LOGS; i++) {
      List<LoggedAction> log = log(2 + chance.nextInt(30), chance);
      LogHead noted = log.getLast().head();
      var tamper = Tamper.values()[i % Tamper.values().length];
      apply(tamper, log, chance);

      assertThat(check(log, noted)).as("%s in log %d", tamper, i).isInstanceOf(Broken.class);
      found++;
    }
    assertThat(found).isEqualTo(LOGS);
  }

  /** Why a head must be kept elsewhere: these are whole chains. */
  @Test
  void without_a_head_an_end_that_was_cut_off_and_a_chain_that_was_written_anew_do_not_show() {
    for (Tamper unseen :
        List.of(
            Tamper.TRUNCATE, Tamper.EMPTY, Tamper.REWRITE_FROM_SOMEWHERE, Tamper.FORK_AT_THE_END)) {
      List<LoggedAction> log = log(20, new SplittableRandom(3));
      apply(unseen, log, new SplittableRandom(4));

      assertThat(check(log)).as(unseen.name()).isInstanceOf(Holds.class);
    }
  }

  @Test
  void two_heads_that_contradict_each_other_are_a_fork() {
    List<LoggedAction> log = log(3, new SplittableRandom(5));

    assertThat(check(log, log.getLast().head(), new LogHead(3, Digest.ZERO)).words())
        .contains("forked");
  }

  @Test
  void a_head_is_read_as_it_is_written_and_nothing_else_is_one() {
    LogHead head = log(2, new SplittableRandom(6)).getLast().head();

    assertThat(LogHead.parse(head.toString())).isEqualTo(head);
    for (String wrong : List.of("", "1", "01:" + Digest.ZERO, "1:0x00", "-1:" + Digest.ZERO)) {
      assertThatIllegalArgumentException().as(wrong).isThrownBy(() -> LogHead.parse(wrong));
    }
  }
}
