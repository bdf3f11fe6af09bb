package dev.assay.marketplace.matching;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.job.Wishes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class FairQueueTests {
  private static final WalletAddress WORKER = Examples.wallet(0xaa);

  private final FairQueue queue = new FairQueue();

  private OpenJob next() {
    List<OpenJob> taken = queue.take(WORKER, 1, _ -> true);
    assertThat(taken).hasSize(1);
    return taken.getFirst();
  }

  @Test
  void one_requesters_jobs_are_served_oldest_first() {
    List<OpenJob> jobs = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      jobs.add(Examples.job(1));
    }
    jobs.forEach(queue::add);
    assertThat(queue.take(WORKER, 10, _ -> true)).containsExactlyElementsOf(jobs);
    assertThat(queue.size()).isZero();
  }

  @Test
  void a_flood_by_one_does_not_hold_up_another() {
    for (int i = 0; i < 1_000; i++) {
      queue.add(Examples.job(1));
    }
    OpenJob other = Examples.job(2);
    queue.add(other);
    assertThat(queue.take(WORKER, 2, _ -> true)).contains(other);
  }

  @Test
  void shares_are_counted_in_units_not_in_jobs() {
    for (int i = 0; i < 400; i++) {
      queue.add(Examples.job(Examples.wallet(1), Tier.STANDARD, 3_000, Wishes.NONE, 1));
      queue.add(Examples.job(Examples.wallet(2), Tier.STANDARD, 1_000, Wishes.NONE, 1));
    }
    Map<Object, Integer> served = new HashMap<>();
    for (int i = 0; i < 200; i++) {
      served.merge(next().job().requester(), 1, Integer::sum);
    }
    assertThat(served.get(Examples.wallet(1))).isBetween(49, 51);
    assertThat(served.get(Examples.wallet(2))).isBetween(149, 151);
  }

  @Test
  void whoever_comes_back_has_not_saved_up() {
    queue.add(Examples.job(1));
    queue.add(Examples.job(2));
    next();
    for (int i = 0; i < 100; i++) {
      queue.add(Examples.job(2));
    }
    for (int i = 0; i < 50; i++) {
      next();
    }
    for (int i = 0; i < 100; i++) {
      queue.add(Examples.job(1));
    }
    Map<Object, Integer> served = new HashMap<>();
    for (int i = 0; i < 20; i++) {
      served.merge(next().job().requester(), 1, Integer::sum);
    }
    assertThat(served.get(Examples.wallet(2))).isBetween(9, 11);
  }

  @Test
  void who_was_looked_at_in_vain_owes_nothing_to_those_who_come_later() {
    OpenJob early = Examples.job(1);
    queue.add(early);
    for (int i = 0; i < 1_000; i++) {
      queue.take(WORKER, 1, _ -> false);
    }
    for (int i = 0; i < 1_000; i++) {
      queue.add(Examples.job(2));
    }
    assertThat(queue.take(WORKER, 2, _ -> true)).contains(early);
  }

  @Test
  void whoever_comes_back_does_not_come_before_those_who_stayed() {
    queue.add(Examples.job(1));
    OpenJob early = Examples.job(2);
    queue.add(early);
    next();
    for (int i = 0; i < 1_000; i++) {
      queue.take(WORKER, 1, _ -> false);
    }
    queue.add(Examples.job(1));
    assertThat(next()).isEqualTo(early);
  }

  @Test
  void earlier_tiers_come_first() {
    OpenJob batch = Examples.job(Examples.wallet(1), Tier.BATCH, 1, Wishes.NONE, 1);
    OpenJob standard = Examples.job(Examples.wallet(2), Tier.STANDARD, 1, Wishes.NONE, 1);
    OpenJob realtime = Examples.job(Examples.wallet(3), Tier.REALTIME, 1, Wishes.NONE, 1);
    List.of(batch, standard, realtime).forEach(queue::add);
    assertThat(queue.take(WORKER, 3, _ -> true)).containsExactly(realtime, standard, batch);
  }

  @Test
  void an_unwanted_job_at_the_head_does_not_hide_those_behind() {
    OpenJob unwanted = Examples.job(1);
    OpenJob wanted = Examples.job(1);
    queue.add(unwanted);
    queue.add(wanted);
    assertThat(queue.take(WORKER, 2, open -> open != unwanted)).containsExactly(wanted);
    assertThat(queue.contains(unwanted.job().id())).isTrue();
  }

  @Test
  void jobs_that_nobody_may_have_do_not_keep_the_others_from_being_seen() {
    Set<OpenJob> hopeless = new HashSet<>();
    for (int i = 0; i < 40; i++) {
      for (int requester = 1; requester <= 20; requester++) {
        hopeless.add(Examples.job(Examples.wallet(requester), Tier.REALTIME, 100, Wishes.NONE, 1));
      }
    }
    hopeless.forEach(queue::add);
    OpenJob behind = Examples.job(Examples.wallet(1), Tier.REALTIME, 100, Wishes.NONE, 1);
    OpenJob other = Examples.job(99);
    queue.add(behind);
    queue.add(other);

    List<OpenJob> found = new ArrayList<>();
    for (int look = 0; look < 10; look++) {
      found.addAll(queue.take(WORKER, 1, open -> !hopeless.contains(open)));
    }

    assertThat(found).containsExactlyInAnyOrder(behind, other);
  }

  @Test
  void what_only_others_may_have_does_not_hide_a_workers_own() {
    // Each of forty looks in turn; what waits for those that are gone makes a round of their looks.
    for (int gone = 0; gone < 64; gone++) {
      queue.add(only(1, Examples.wallet(0xdead + gone)));
    }
    OpenJob own = only(1, WORKER);
    queue.add(own);

    assertThat(queue.take(WORKER, 16, open -> isFor(open, WORKER))).containsExactly(own);
    assertThat(queue.size()).isEqualTo(64);
  }

  @Test
  void a_worker_is_served_its_own_and_those_for_all_by_turns() {
    List<OpenJob> own = new ArrayList<>();
    List<OpenJob> common = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      own.add(only(1, WORKER));
      common.add(Examples.job(2));
    }
    own.forEach(queue::add);
    common.forEach(queue::add);

    assertThat(List.of(next(), next(), next(), next(), next(), next()))
        .containsExactly(
            own.get(0), common.get(0), own.get(1), common.get(1), own.get(2), common.get(2));
  }

  @Test
  void a_job_for_some_is_served_once() {
    WalletAddress other = Examples.wallet(0xbb);
    OpenJob either = only(1, WORKER, other);
    queue.add(either);

    assertThat(queue.take(other, 2, _ -> true)).containsExactly(either);
    assertThat(queue.take(WORKER, 2, _ -> true)).isEmpty();
    assertThat(queue.size()).isZero();
  }

  private static OpenJob only(int requester, WalletAddress... workers) {
    Wishes wishes = wishing(List.of(workers));
    return Examples.job(Examples.wallet(requester), Tier.STANDARD, 1_000, wishes, 1);
  }

  private static Wishes wishing(List<WalletAddress> only) {
    return new Wishes(
        Wishes.Sort.PRICE, new TreeSet<>(only), new TreeSet<>(), new TreeSet<>(), TokenAmount.ZERO);
  }

  private static boolean isFor(OpenJob open, WalletAddress worker) {
    Set<WalletAddress> only = open.job().wishes().only();
    return only.isEmpty() || only.contains(worker);
  }

  @Test
  void whatever_is_done_each_job_comes_out_once() {
    long seed = 20_261_125;
    Random chance = new Random(seed);
    Set<OpenJob> in = new HashSet<>();
    Set<OpenJob> out = new HashSet<>();
    for (int i = 0; i < 50_000; i++) {
      switch (chance.nextInt(4)) {
        case 0, 1 -> {
          List<WalletAddress> named = new ArrayList<>();
          for (int n = chance.nextInt(7); n > 0; n--) {
            named.add(Examples.wallet(0xa8 + chance.nextInt(4)));
          }
          OpenJob open =
              Examples.job(
                  Examples.wallet(1 + chance.nextInt(9)),
                  Tier.values()[chance.nextInt(3)],
                  chance.nextInt(5_000),
                  wishing(named),
                  1);
          queue.add(open);
          queue.add(open);
          in.add(open);
        }
        case 2 ->
            in.stream()
                .findFirst()
                .ifPresent(open -> {
                  assertThat(queue.remove(open.job().id())).as("seed %d", seed).isTrue();
                  in.remove(open);
                });
        default -> {
          WalletAddress worker = Examples.wallet(0xa8 + chance.nextInt(4));
          List<OpenJob> taken =
              queue.take(
                  worker,
                  1 + chance.nextInt(3),
                  open -> isFor(open, worker) && chance.nextInt(5) > 0);
          for (OpenJob open : taken) {
            assertThat(in.remove(open)).as("seed %d", seed).isTrue();
            assertThat(out.add(open)).as("seed %d", seed).isTrue();
          }
        }
      }
      assertThat(queue.size()).as("seed %d", seed).isEqualTo(in.size());
    }
    assertThat(queue.take(WORKER, Integer.MAX_VALUE, _ -> true).size())
        .isLessThanOrEqualTo(in.size());
    assertThat(out).isNotEmpty();
  }
}
