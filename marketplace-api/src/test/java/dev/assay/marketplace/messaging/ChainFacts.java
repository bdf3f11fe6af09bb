package dev.assay.marketplace.messaging;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.purse.Charge;
import dev.assay.marketplace.purse.Ending;
import dev.assay.marketplace.purse.Ledger;
import dev.assay.marketplace.purse.Reservation;
import dev.assay.messaging.EventSender;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.JobId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.JobSettled;
import dev.assay.protocol.event.PurseChanged;
import dev.assay.protocol.event.SessionKeyChanged;
import dev.assay.protocol.event.StakeChanged;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.springframework.boot.test.context.TestComponent;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.support.TransactionOperations;

/** Says what settlement says of the chain, and makes the jobs that it says it of. */
@TestComponent
class ChainFacts {
  static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private static final AtomicLong WALLETS = new AtomicLong(0x90000);

  private final EventSender events;
  private final JdbcClient jdbc;
  private final JdbcOperations operations;
  private final TransactionOperations transaction;
  private final Ledger ledger;
  private final Ids ids;

  ChainFacts(
      EventSender events,
      JdbcClient jdbc,
      JdbcOperations operations,
      TransactionOperations transaction,
      Ledger ledger,
      Ids ids) {
    this.events = events;
    this.jdbc = jdbc;
    this.operations = operations;
    this.transaction = transaction;
    this.ledger = ledger;
    this.ids = ids;
  }

  static WalletAddress wallet() {
    return new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet()));
  }

  void send(String topic, String key, Object event) {
    events.send(topic, key, "", event);
  }

  /** A job that was posted and has its result, as far as the ledger is concerned. */
  JobId charged(WalletAddress requester, WalletAddress worker, long price) {
    var job = new JobId(ids.next());
    var amount = TokenAmount.of(price);
    transaction.executeWithoutResult(_ -> {
      jdbc.sql(
              """
              insert into job (id, signed_id, requester, request_digest, model_digest, kind, input_digest,
                               spec_digest, method, max_price, input_units, output_units, tier, wishes,
                               deadline, posted_at)
              values (:id, :signed, :requester, :signed, :signed, 'embeddings', :signed, :signed, 1, :price, 1, 0,
                      'standard', '{}', now(), now())
              """)
          .param("id", job.uuid())
          .param("signed", job.of(requester).toBytes())
          .param("requester", requester.hex())
          .param("price", price)
          .update();
      var trip = new OneTrip(operations);
      Ledger.Locked purses = ledger.lock(List.of(requester), trip);
      trip.send();
      ledger.reserve(List.of(new Reservation(job.uuid(), requester, amount)), purses, trip);
      var charge = new Charge(job.uuid(), worker, amount);
      ledger.end(List.of(new Ending(job.uuid(), requester, amount, Optional.of(charge))), trip);
      trip.send();
    });
    return job;
  }

  PurseChanged purse(WalletAddress owner, long balance, long spent, long block) {
    return new PurseChanged(
        new EventId(ids.next()),
        NOON,
        owner,
        TokenAmount.of(balance),
        TokenAmount.of(1_000_000),
        TokenAmount.of(spent),
        TokenAmount.ZERO,
        block,
        0,
        "");
  }

  StakeChanged stake(WalletAddress worker, long bonded, long block) {
    return new StakeChanged(
        new EventId(ids.next()),
        NOON,
        worker,
        TokenAmount.of(bonded),
        TokenAmount.ZERO,
        TokenAmount.ZERO,
        block,
        0,
        "");
  }

  SessionKeyChanged sessionKey(
      WalletAddress key, WalletAddress worker, Optional<Instant> deadAt, long block) {
    return new SessionKeyChanged(new EventId(ids.next()), NOON, key, worker, deadAt, block, 0, "");
  }

  JobSettled settled(
      JobId job, WalletAddress requester, WalletAddress worker, long price, long block) {
    var leaf =
        new ReceiptLeaf(
            job.of(requester),
            1,
            new AccountId(1),
            new AccountId(2),
            TokenAmount.of(price),
            TokenAmount.of(price - price / 10),
            Digest.ZERO);
    return new JobSettled(
        new EventId(ids.next()),
        NOON,
        leaf,
        requester,
        worker,
        new MerkleProof(List.of()),
        leaf.hash(),
        Digest.ZERO,
        Digest.ZERO,
        Digest.ZERO,
        block,
        0,
        "");
  }
}
