package dev.assay.settlement.transaction;

import dev.assay.determinism.CrashPoint;
import dev.assay.protocol.Signer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Fees;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.chain.Reverted;
import dev.assay.protocol.chain.SignedTransaction;
import dev.assay.protocol.chain.Transaction;
import dev.assay.settlement.chain.BlockRef;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.SendRefused;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.platform.Leadership;
import dev.assay.settlement.platform.PausedPayments;
import dev.assay.tracing.Traces;
import io.micrometer.tracing.Span;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Sends one transaction after the other. The chain is the counter: the nonce is the number of mined
 * transactions. Every signature is written down before its bytes leave, so that a death at any
 * moment leaves either nothing or bytes that can be sent again, and sent again they are the same
 * transaction. A missing receipt means nothing; what a reorganisation takes back is sent again;
 * only what is final has ended.
 */
@Component
public class SendTransactions {
  private static final Logger LOG = LoggerFactory.getLogger(SendTransactions.class);
  private static final int UNFINISHED = 256;
  private static final int STEPS = 64;
  private static final long MOST_GAS = 16_777_216; // EIP-7825
  private static final Duration DAY = Duration.ofDays(1);
  private static final String FOREIGN = "foreign-nonce";
  private static final String TANK = "gas-tank";
  private static final String PRICE = "gas-price";

  private final ChainClient chain;
  private final long chainId;
  private final Signer signer;
  private final OutgoingTransactions outgoing;
  private final List<Errand> errands;
  private final SenderSettings settings;
  private final SigningPolicy policy;
  private final Leadership leadership;
  private final PausedPayments payments;
  private final Halts halts;
  private final Traces traces;
  private final Clock clock;
  private final MissingReceipt missing = new MissingReceipt();
  private long adoptedIn;

  SendTransactions(
      ChainClient chain,
      Market market,
      Signer signer,
      OutgoingTransactions outgoing,
      List<Errand> errands,
      SenderSettings settings,
      Leadership leadership,
      PausedPayments payments,
      Halts halts,
      Traces traces,
      Clock clock) {
    this.payments = payments;
    this.chain = chain;
    this.chainId = market.deployment().chainId();
    this.signer = signer;
    this.outgoing = outgoing;
    this.errands = List.copyOf(errands);
    this.settings = settings;
    this.policy = new SigningPolicy(market.deployment(), settings.mostPerDay());
    this.leadership = leadership;
    this.halts = halts;
    this.traces = traces;
    this.clock = clock;
  }

  @Scheduled(fixedDelayString = "${settlement.sender.every:500ms}")
  void send() {
    if (!leadership.isOurs()) {
      return;
    }
    try {
      long term = leadership.term();
      if (adoptedIn != term) {
        outgoing.adopt(signer.address());
        adoptedIn = term;
      }
      for (int i = 0; i < STEPS && step(); i++) {}
    } catch (ChainUnavailable e) {
      LOG.atDebug().setCause(e).log("Nothing can be said of what was sent; it is asked again");
    }
  }

  /**
   * @return whether something was sent, so that there may be more to do at once
   */
  boolean step() {
    BlockRef end = chain.finalizedBlock();
    boolean canPay = hasGas() & isAffordable();
    for (Outgoing one : outgoing.sent(UNFINISHED)) {
      Optional<Receipt> receipt = receipt(one);
      if (receipt.isEmpty()) {
        if (isOurs(one)) {
          follow(one, end);
        } else if (halts.isClear()) {
          takeOver(one, end);
        }
        return false; // one in flight
      }
      CrashPoint.SETTLEMENT_MINED.reached();
      if (missing.hasCome(one.nonce().orElseThrow())) {
        halts.release(FOREIGN);
      }
      if (receipt.get().block() <= end.number()) {
        chain
            .finalReceipt(receipt.get().transaction())
            .filter(agreed -> agreed.block() <= end.number())
            .ifPresent(agreed -> finish(one, agreed));
      }
    }
    return canPay && halts.isClear() && beginNext(end);
  }

  private Optional<Receipt> receipt(Outgoing one) {
    return outgoing.attempts(one).reversed().stream()
        .flatMap(attempt -> chain.receipt(attempt.transaction().hash()).stream())
        .findFirst();
  }

  private void finish(Outgoing one, Receipt receipt) {
    traces.in(
        one.traceparent(),
        "finish transaction",
        span -> {
          span.tag("transaction", receipt.transaction().toString());
          return end(one, receipt);
        });
  }

  private boolean end(Outgoing one, Receipt receipt) {
    outgoing.end(one, receipt.succeeded());
    var event = receipt.succeeded() ? LOG.atInfo() : LOG.atWarn();
    event
        .addKeyValue("purpose", one.purpose())
        .addKeyValue("subject", one.subject())
        .addKeyValue("transaction", receipt.transaction())
        .addKeyValue("block", receipt.block())
        .addKeyValue("gas", receipt.gasUsed())
        .log(receipt.succeeded() ? "A transaction is final" : "A reverted transaction is final");
    return receipt.succeeded();
  }

  private boolean isOurs(Outgoing one) {
    return one.sender().equals(Optional.of(signer.address()));
  }

  /**
   * The key that signed it has lost its role: should it land after all, one of the two changes
   * nothing. Whether nobody else has the role is seen by {@link CheckDeployment}.
   */
  private void takeOver(Outgoing one, BlockRef end) {
    WalletAddress before = one.sender().orElseThrow();
    long nonce = one.nonce().orElseThrow();
    if (chain.minedCount(before) > nonce
        && !(chain.minedCount(before, end) > nonce
            && missing.isMissingFor(settings.receiptWithin(), nonce, clock.instant()))) {
      return; // mined, and the node does not show it yet
    }
    outgoing.planAgain(one);
    LOG.atWarn()
        .addKeyValue("purpose", one.purpose())
        .addKeyValue("subject", one.subject())
        .addKeyValue("sender", before)
        .log("What another key signed did not land; it is to be signed by the present one");
  }

  /** It is in no block that we know of: never taken for lost, sent again, and made dearer. */
  private void follow(Outgoing one, BlockRef end) {
    long nonce = one.nonce().orElseThrow();
    if (chain.minedCount(signer.address()) > nonce) {
      if (chain.minedCount(signer.address(), end) > nonce
          && receipt(one).isEmpty()
          && missing.isMissingFor(settings.receiptWithin(), nonce, clock.instant())) {
        halts.halt(
            FOREIGN,
            "nonce %d of %s was used by a transaction that is not ours: someone else has the key."
                    .formatted(nonce, signer.address())
                + " Have the guardian halt the Escrow and governance give the role to a new key.");
      }
      return; // mined, and the node does not show it yet
    }
    Attempt last = outgoing.attempts(one).getLast();
    Instant now = clock.instant();
    Fees dearer = dearer(last.fees());
    if (last.signedAt().plus(settings.raiseAfter()).isBefore(now)
        && dearer.most() > last.fees().most()
        && halts.isClear()) {
      SignedTransaction signed = sign(one, nonce, dearer, last.gasLimit());
      outgoing.keep(
          one, signer.address(), nonce, signed, dearer, last.gasLimit(), leadership.term());
      hand(one, signed);
    } else if (last.sentAt()
        .map(at -> at.plus(settings.sendAgainAfter()).isBefore(now))
        .orElse(true)) {
      hand(one, last.transaction());
    }
  }

  /** An eighth more on both, as nodes ask of a replacement, or what the chain asks now; capped. */
  private Fees dearer(Fees last) {
    Fees present = chain.fees();
    long most = Math.max(last.most() + last.most() / 8 + 1, present.most());
    long tip = Math.max(last.tip() + last.tip() / 8 + 1, present.tip());
    return most <= settings.mostPerGas() ? new Fees(most, Math.min(tip, most)) : last;
  }

  private boolean beginNext(BlockRef end) {
    Optional<Outgoing> next = outgoing.next(payments.isOn() ? Set.of(Purpose.SETTLE) : Set.of());
    if (next.isEmpty()) {
      return false;
    }
    Outgoing one = next.get();
    long nonce = chain.minedCount(signer.address());
    Optional<Long> highest = outgoing.highestNonce(signer.address());
    if (highest.isPresent() && nonce != highest.get() + 1) {
      if (chain.minedCount(signer.address(), end) > highest.get() + 1) {
        halts.halt(
            FOREIGN,
            "%d transactions of %s are final, and this database knows of %d: it is older than the chain,"
                    .formatted(
                        chain.minedCount(signer.address(), end),
                        signer.address(),
                        highest.get() + 1)
                + " or someone else has the key. Restore the newest database.");
      }
      return false; // a node that is behind
    }
    Optional<String> objection = policy.objection(one.call(), takenToday());
    if (objection.isPresent()) {
      LOG.atError()
          .addKeyValue("purpose", one.purpose())
          .addKeyValue("subject", one.subject())
          .log("Not signed: {}", objection.get());
      outgoing.postpone(one, objection.get());
      return false;
    }
    try {
      long gas =
          chain.estimateGas(signer.address(), Optional.of(one.call().to()), one.call().data());
      return traces.in(
          one.traceparent(),
          "send transaction",
          span -> begin(one, nonce, Math.min(gas + gas / 5, MOST_GAS), span));
    } catch (Reverted e) {
      refused(one, e, end);
      return true; // the next one may do
    }
  }

  private boolean begin(Outgoing one, long nonce, long gasLimit, Span span) {
    Fees fees = chain.fees();
    if (fees.most() > settings.mostPerGas()) {
      return false; // it has risen since this step began; the next one says so
    }
    SignedTransaction signed = sign(one, nonce, fees, gasLimit);
    outgoing.keep(one, signer.address(), nonce, signed, fees, gasLimit, leadership.term());
    span.tag("purpose", one.purpose().name()).tag("transaction", signed.hash().toString());
    LOG.atInfo()
        .addKeyValue("purpose", one.purpose())
        .addKeyValue("subject", one.subject())
        .addKeyValue("nonce", nonce)
        .addKeyValue("transaction", signed.hash())
        .log("A transaction is signed and kept");
    return hand(one, signed);
  }

  private SignedTransaction sign(Outgoing one, long nonce, Fees fees, long gasLimit) {
    CrashPoint.SETTLEMENT_SIGN_BEFORE.reached();
    SignedTransaction signed =
        new Transaction(
                chainId, nonce, Optional.of(one.call().to()), one.call().data(), gasLimit, fees)
            .sign(signer);
    CrashPoint.SETTLEMENT_SIGN_AFTER.reached();
    return signed;
  }

  private boolean hand(Outgoing one, SignedTransaction signed) {
    try {
      chain.send(signed);
      CrashPoint.SETTLEMENT_SEND_AFTER.reached();
      outgoing.markSent(signed);
      CrashPoint.SETTLEMENT_SEND_AFTER_RECORD.reached();
      return true;
    } catch (SendRefused e) {
      LOG.atWarn()
          .addKeyValue("purpose", one.purpose())
          .addKeyValue("subject", one.subject())
          .log("No node takes the transaction now: {}", e.getMessage());
      outgoing.markSent(signed); // else it would be handed over without a pause
      return false;
    }
  }

  private void refused(Outgoing one, Reverted refusal, BlockRef end) {
    Errand errand =
        errands.stream()
            .filter(e -> e.purposes().contains(one.purpose()))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("Nobody plans " + one.purpose()));
    switch (errand.standing(one.purpose(), one.subject(), end, refusal.error())) {
      case DONE, IMPOSSIBLE, REPLACED -> outgoing.drop(one);
      case WANTED -> {
        outgoing.postpone(one, refusal.error().toString());
        LOG.atInfo()
            .addKeyValue("purpose", one.purpose())
            .addKeyValue("subject", one.subject())
            .addKeyValue("refusal", refusal.error().name())
            .log("The contract refuses it now; it is tried again");
      }
    }
  }

  private TokenAmount takenToday() {
    return outgoing.settlementsSince(clock.instant().minus(DAY)).stream()
        .map(policy::taken)
        .reduce(TokenAmount.ZERO, TokenAmount::plus);
  }

  /** A dear hour is waited out: nothing that is due here is worth less tomorrow. */
  private boolean isAffordable() {
    if (chain.fees().most() > settings.mostPerGas()) {
      halts.halt(
          PRICE,
          "gas is dearer than settlement.sender.most-per-gas, %d wei: settling later. Wait, or raise it."
              .formatted(settings.mostPerGas()));
      return false;
    }
    halts.release(PRICE);
    return true;
  }

  private boolean hasGas() {
    var left = chain.balance(signer.address());
    if (left.compareTo(settings.leastGasTank()) < 0) {
      halts.halt(
          TANK,
          "%s has %s wei left for gas, less than settlement.sender.least-gas-tank. Send it ether."
              .formatted(signer.address(), left));
      return false;
    }
    halts.release(TANK);
    return true;
  }
}
