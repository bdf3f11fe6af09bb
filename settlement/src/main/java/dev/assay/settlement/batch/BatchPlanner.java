package dev.assay.settlement.batch;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Entry;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** Which waiting jobs make the next batch, and what it moves. */
final class BatchPlanner {
  /**
   * What the decision rests on.
   *
   * @param accounts of the workers
   * @param rooms of each account that pays, what may still be taken from it
   * @param mostTaken by one batch
   */
  record Facts(
      List<PayableJob> waiting,
      Map<WalletAddress, AccountId> accounts,
      Map<AccountId, TokenAmount> rooms,
      TokenAmount mostTaken,
      Instant now) {}

  /**
   * @param leaves of the jobs, in their order
   */
  record Plan(Batch batch, List<ClearedJob> jobs, List<ReceiptLeaf> leaves) {}

  private final int closeAt;
  private final Duration closeAfter;

  BatchPlanner(BatchSettings settings) {
    this.closeAt = settings.closeAt();
    this.closeAfter = settings.closeAfter();
  }

  /** Whether jobs have waited long enough for company, or are enough. */
  boolean isTime(List<PayableJob> jobs, Instant now) {
    return jobs.size() >= closeAt
        || jobs.stream()
            .anyMatch(waiting -> !waiting.job().clearedAt().plus(closeAfter).isAfter(now));
  }

  /** Nothing if it is not time, or nothing can be paid. */
  Optional<Plan> plan(Facts facts) {
    List<PayableJob> payable = payable(facts);
    return isTime(payable, facts.now()) ? Optional.of(net(payable, facts)) : Optional.empty();
  }

  /** In order, as far as each purse, the limit and the number of parties go. */
  private static List<PayableJob> payable(Facts facts) {
    Map<AccountId, TokenAmount> rooms = new HashMap<>(facts.rooms());
    Set<AccountId> payers = new HashSet<>();
    Set<AccountId> payees = new HashSet<>();
    TokenAmount left = facts.mostTaken();
    List<PayableJob> payable = new ArrayList<>();
    for (PayableJob waiting : facts.waiting()) {
      ClearedJob job = waiting.job();
      AccountId payer = waiting.payer();
      AccountId payee = facts.accounts().get(job.worker());
      if (payee == null) {
        continue;
      }
      TokenAmount room = rooms.getOrDefault(payer, TokenAmount.ZERO);
      int parties =
          payers.size()
              + payees.size()
              + (payers.contains(payer) ? 0 : 1)
              + (payees.contains(payee) ? 0 : 1);
      if (room.compareTo(job.price()) < 0
          || left.compareTo(job.price()) < 0
          || parties > Batch.MAX_PARTIES) {
        continue;
      }
      rooms.put(payer, room.minus(job.price()));
      left = left.minus(job.price());
      payers.add(payer);
      payees.add(payee);
      payable.add(waiting);
    }
    return payable;
  }

  private static Plan net(List<PayableJob> payable, Facts facts) {
    SortedMap<AccountId, TokenAmount> debits = new TreeMap<>();
    SortedMap<AccountId, TokenAmount> credits = new TreeMap<>();
    List<ReceiptLeaf> leaves = new ArrayList<>();
    for (PayableJob one : payable) {
      ClearedJob job = one.job();
      AccountId payee = account(job.worker(), facts);
      debits.merge(one.payer(), job.price(), TokenAmount::plus);
      credits.merge(payee, job.earned(), TokenAmount::plus);
      leaves.add(job.leaf(one.payer(), payee));
    }
    var root = MerkleTree.of(leaves.stream().map(ReceiptLeaf::hash).toList()).root();
    return new Plan(
        new Batch(root, entries(debits), entries(credits)),
        payable.stream().map(PayableJob::job).toList(),
        leaves);
  }

  private static AccountId account(WalletAddress owner, Facts facts) {
    AccountId account = facts.accounts().get(owner);
    if (account == null) {
      throw new IllegalStateException(owner + " has no account");
    }
    return account;
  }

  private static List<Entry> entries(SortedMap<AccountId, TokenAmount> net) {
    return net.entrySet().stream().map(e -> new Entry(e.getKey(), e.getValue())).toList();
  }
}
