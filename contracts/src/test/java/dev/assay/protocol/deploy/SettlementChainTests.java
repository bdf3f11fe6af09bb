package dev.assay.protocol.deploy;

import static dev.assay.protocol.deploy.TestMarket.dollars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Ceiling;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Entry;
import dev.assay.protocol.JobId;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowEvent;
import dev.assay.protocol.chain.Purse;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.chain.Reverted;
import dev.assay.protocol.chain.SignedTransaction;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SettlementChainTests {
  private TestMarket its;
  private TestMarket.Person requester;
  private TestMarket.Person worker;
  private AccountId purse;
  private AccountId earnings;

  @BeforeAll
  void deploy() {
    its = new TestMarket();
  }

  @AfterAll
  void stop() {
    its.close();
  }

  /** A requester with 100 dollars and leave to spend 50 of them, and a worker with an account. */
  @BeforeEach
  void meet() {
    requester = its.person();
    worker = its.person();
    purse = requester.deposit(dollars(100));
    earnings = worker.act(its.escrow.open(worker.address()));
    Ceiling ceiling = new Ceiling(purse, dollars(50), its.chain.time() + 600);
    var signature = requester.signer.sign(ceiling, its.market.escrowDomain());
    // Relayed: whoever sends it, the requester has signed it.
    its.person().sender.send(its.escrow.authorizeFor(ceiling, signature));
  }

  private Batch batch(Digest root, long debit, long credit) {
    return new Batch(
        root,
        List.of(new Entry(purse, dollars(debit))),
        List.of(new Entry(earnings, dollars(credit))));
  }

  private Digest head() {
    return its.chain.read(its.escrow.head());
  }

  private List<EscrowEvent> events(Receipt receipt) {
    return receipt.logs().stream().flatMap(log -> its.escrow.event(log).stream()).toList();
  }

  @Test
  void deposit_authorize_settle_payout() {
    var jobId =
        new JobId(UUID.fromString("0198f1a2-0000-7000-8000-000000000001")).of(requester.address());
    var line =
        new ReceiptLeaf(
            jobId, 1, purse, earnings, dollars(10), dollars(9), Digest.keccak256(new byte[] {1}));
    var other = new ReceiptLeaf(jobId, 2, purse, earnings, dollars(0), dollars(0), Digest.ZERO);
    var tree = MerkleTree.of(List.of(line.hash(), other.hash()));
    Digest parent = head();
    Batch batch = batch(tree.root(), 10, 9);
    TokenAmount feesBefore = its.chain.read(its.escrow.purse(AccountId.TREASURY)).earned();

    Receipt settled = its.settlement.sender.send(its.escrow.settle(parent, batch));

    assertThat(head()).isEqualTo(batch.head(parent));
    assertThat(events(settled))
        .containsExactly(
            new EscrowEvent.Settled(
                batch.head(parent), parent, tree.root(), dollars(10), dollars(9)));
    assertThat(tree.proof(line.hash()).proves(line.hash(), batch.root())).isTrue();
    assertThat(its.chain.read(its.escrow.purse(purse)))
        .isEqualTo(new Purse(dollars(90), dollars(10), dollars(50), dollars(0)));
    assertThat(its.chain.read(its.escrow.purse(AccountId.TREASURY)).earned())
        .isEqualTo(feesBefore.plus(dollars(1)));

    Receipt paid = its.person().sender.send(its.escrow.payout(List.of(earnings)));

    assertThat(events(paid))
        .containsExactly(new EscrowEvent.Paid(earnings, worker.address(), dollars(9)));
    assertThat(worker.balance()).isEqualTo(dollars(9));
    assertThat(its.chain.read(its.escrow.purse(earnings)).earned()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void more_than_the_requester_signed_is_not_taken() {
    Receipt settled =
        its.settlement.sender.send(its.escrow.settle(head(), batch(Digest.ZERO, 55, 50)));
    assertThat(events(settled))
        .contains(new EscrowEvent.Shortfall(purse, dollars(5)))
        .anyMatch(
            event -> event instanceof EscrowEvent.Settled done && done.taken().equals(dollars(50)));
    assertThat(its.chain.read(its.escrow.purse(purse)).room()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void after_a_reorganisation_the_same_transaction_lands_again_and_the_batch_but_once() {
    Digest before = head();
    Batch batch = batch(Digest.ZERO, 10, 9);
    SignedTransaction sent = its.settlement.sender.prepare(its.escrow.settle(before, batch));
    its.chain.send(sent);
    its.chain.mine(2);
    Digest after = batch.head(before);
    assertThat(head()).isEqualTo(after);

    its.chain.reorganise(3);

    assertThat(head()).isEqualTo(before);
    assertThat(its.chain.receipt(sent.hash())).isEmpty();
    assertThat(its.chain.read(its.escrow.purse(purse)).spent()).isEqualTo(TokenAmount.ZERO);

    its.chain.send(sent);

    assertThat(its.chain.receipt(sent.hash())).get().matches(Receipt::succeeded);
    assertThat(head()).isEqualTo(after);
    // Under a new nonce the batch is another transaction, which the chain of heads refuses.
    assertThatThrownBy(() -> its.settlement.sender.send(its.escrow.settle(before, batch)))
        .isInstanceOfSatisfying(
            Reverted.class,
            e -> {
              assertThat(e.error().name()).isEqualTo("Stale");
              assertThat(e.error().values().digest("head")).isEqualTo(after);
            });
    assertThat(its.chain.read(its.escrow.purse(purse)).spent()).isEqualTo(dollars(10));
  }

  @Test
  void nobody_else_settles() {
    for (var person : List.of(its.deployer, its.governance, its.operator, requester, worker)) {
      assertThatThrownBy(
              () -> person.sender.send(its.escrow.settle(head(), batch(Digest.ZERO, 10, 9))))
          .isInstanceOfSatisfying(
              Reverted.class,
              e -> {
                assertThat(e.error().name()).isEqualTo("AccessManagedUnauthorized");
                assertThat(e.error().values().wallet("caller")).isEqualTo(person.address());
              });
    }
  }

  @Test
  void a_ceiling_signed_for_another_chain_or_by_another_is_refused() {
    var ceiling = new Ceiling(purse, dollars(100), its.chain.time() + 600);
    var ours = its.market.escrowDomain();
    var elsewhere = new Domain(1, its.market.escrow());
    WalletAddress owner = requester.address();
    for (var signature :
        List.of(
            requester.signer.sign(ceiling, elsewhere),
            requester.signer.sign(ceiling, its.market.courtDomain()),
            worker.signer.sign(ceiling, ours))) {
      assertThatThrownBy(() -> worker.sender.send(its.escrow.authorizeFor(ceiling, signature)))
          .isInstanceOfSatisfying(
              Reverted.class,
              e -> assertThat(e.error()).hasToString("BadSignature(expected=" + owner + ")"));
    }
  }

  @Test
  void the_first_head_is_the_deployments_own() {
    try (var fresh = new TestMarket()) {
      assertThat(fresh.chain.read(fresh.escrow.head()))
          .isEqualTo(Batch.firstHead(fresh.market.escrowDomain()));
    }
  }
}
