package dev.assay.settlement.batch;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Entry;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class BatchPlannerTests {
  private static final Instant NOON = Instant.parse("2026-11-25T12:00:00Z");
  private static final BatchSettings SETTINGS =
      new BatchSettings(
          100,
          Duration.ofSeconds(30),
          10_000,
          TokenAmount.of(1_000),
          Duration.ofHours(1),
          TokenAmount.of(1));

  private final BatchPlanner planner = new BatchPlanner(SETTINGS);
  private int made;

  private static WalletAddress wallet(int number) {
    return new WalletAddress("0x%040x".formatted(number));
  }

  private ClearedJob job(int requester, int worker, long price, long earned, Duration age) {
    Digest id = Digest.keccak256(("job " + made++).getBytes(StandardCharsets.UTF_8));
    return new ClearedJob(
        id,
        1,
        wallet(requester),
        wallet(worker),
        TokenAmount.of(price),
        TokenAmount.of(earned),
        id,
        "",
        NOON.minus(age));
  }

  /** Wallet n has account n. */
  private static BatchPlanner.Facts facts(List<ClearedJob> jobs, long room, int... without) {
    Map<WalletAddress, AccountId> accounts = new HashMap<>();
    Map<AccountId, TokenAmount> rooms = new HashMap<>();
    for (int i = 1; i <= 3_000; i++) {
      int number = i;
      if (IntStream.of(without).noneMatch(w -> w == number)) {
        accounts.put(wallet(i), new AccountId(i));
        rooms.put(new AccountId(i), TokenAmount.of(room));
      }
    }
    List<PayableJob> waiting =
        jobs.stream()
            .map(job -> new PayableJob(job, requireNonNull(accounts.get(job.requester()))))
            .toList();
    return new BatchPlanner.Facts(waiting, accounts, rooms, TokenAmount.of(1_000_000_000), NOON);
  }

  @Test
  void jobs_are_netted_by_party_under_one_root() {
    var jobs =
        List.of(
            job(2, 9, 5_000, 4_500, Duration.ofMinutes(1)),
            job(1, 9, 2_000, 1_900, Duration.ofMinutes(1)),
            job(2, 8, 1_000, 1_000, Duration.ZERO));

    var plan = planner.plan(facts(jobs, 1_000_000)).orElseThrow();

    assertThat(plan.batch().debits())
        .containsExactly(
            new Entry(new AccountId(1), TokenAmount.of(2_000)),
            new Entry(new AccountId(2), TokenAmount.of(6_000)));
    assertThat(plan.batch().credits())
        .containsExactly(
            new Entry(new AccountId(8), TokenAmount.of(1_000)),
            new Entry(new AccountId(9), TokenAmount.of(6_400)));
    assertThat(plan.batch().root())
        .isEqualTo(MerkleTree.of(plan.leaves().stream().map(ReceiptLeaf::hash).toList()).root());
  }

  @Test
  void a_batch_waits_for_company_but_not_for_ever() {
    var young = job(1, 9, 5_000, 5_000, Duration.ofSeconds(29));
    assertThat(planner.plan(facts(List.of(young), 1_000_000))).isEmpty();
    var old = job(1, 9, 5_000, 5_000, Duration.ofSeconds(30));
    assertThat(planner.plan(facts(List.of(young, old), 1_000_000)).orElseThrow().jobs())
        .containsExactly(young, old);
    var many =
        IntStream.range(0, 100).mapToObj(i -> job(1, 9, 5_000, 5_000, Duration.ZERO)).toList();
    assertThat(planner.plan(facts(many, 1_000_000)).orElseThrow().jobs()).hasSize(100);
  }

  @Test
  void what_the_purse_does_not_hold_waits_and_holds_up_nobody() {
    var dear = job(1, 9, 900, 900, Duration.ofMinutes(1));
    var next = job(1, 9, 200, 200, Duration.ofHours(2));
    var others = job(2, 9, 1_000, 1_000, Duration.ofMinutes(1));
    assertThat(planner.plan(facts(List.of(dear, next, others), 1_000)).orElseThrow().jobs())
        .doesNotContain(next)
        .contains(others);
  }

  @Test
  void who_has_no_account_yet_waits() {
    var homeless = job(1, 9, 5_000, 5_000, Duration.ofMinutes(1));
    assertThat(planner.plan(facts(List.of(homeless), 1_000_000, 9))).isEmpty();
  }

  @Test
  void no_batch_breaks_a_rule_of_the_escrow_whatever_waits() {
    long seed = new Random().nextLong();
    Random chance = new Random(seed);
    for (int run = 0; run < 200; run++) {
      List<ClearedJob> jobs = new ArrayList<>();
      for (int i = chance.nextInt(400); i >= 0; i--) {
        long price = chance.nextInt(10_000);
        long earned = price - (long) (price / 5 * chance.nextDouble());
        jobs.add(
            job(
                1 + chance.nextInt(2_000),
                1 + chance.nextInt(2_000),
                price,
                earned,
                Duration.ofSeconds(chance.nextInt(10_000))));
      }
      var facts = facts(jobs, chance.nextInt(20_000));
      // The batch's own constructor refuses what the Escrow would.
      planner
          .plan(facts)
          .ifPresent(plan -> {
            assertThat(plan.jobs()).as("seed %d", seed).doesNotHaveDuplicates();
            for (Entry debit : plan.batch().debits()) {
              assertThat(debit.amount())
                  .as("seed %d", seed)
                  .isLessThanOrEqualTo(
                      facts.rooms().getOrDefault(debit.account(), TokenAmount.ZERO));
            }
          });
    }
  }
}
