package dev.assay.protocol.receipt;

import static dev.assay.protocol.receipt.Claim.same;
import static dev.assay.protocol.receipt.Claim.step;
import static dev.assay.protocol.receipt.Claim.that;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Offence;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.chain.Chain;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.CourtEvent;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.EscrowEvent;
import dev.assay.protocol.chain.Log;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.chain.Reverted;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.receipt.ReceiptChain.Reference;
import dev.assay.protocol.receipt.ReceiptVerdict.SignedVote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * Checks what a receipt says of the chain, by any node of it: that its roots were posted, its
 * beacon drawn, its keys bound and its accounts those of requester and worker. Which contracts are
 * to be trusted the node cannot know: compare {@code court} and {@code escrow} with the market's.
 */
public final class CheckOnChain {
  private final JobReceipt receipt;
  private final Chain chain;
  private final CourtContract court;
  private final EscrowContract escrow;
  private final List<Step> steps = new ArrayList<>();

  private CheckOnChain(JobReceipt receipt, Chain chain) {
    this.receipt = receipt;
    this.chain = chain;
    this.court = new CourtContract(receipt.chain().court());
    this.escrow = new EscrowContract(receipt.chain().escrow());
  }

  /** All steps for which the receipt has what is needed; it holds if all of them do. */
  public static List<Step> of(JobReceipt receipt, Chain chain) {
    return new CheckOnChain(receipt, chain).steps();
  }

  private List<Step> steps() {
    look("chain", this::theChain);
    ReceiptResult result = receipt.result();
    ReceiptSeal seal = receipt.seal();
    // What stands elsewhere proves nothing.
    if (!steps.getLast().holds() || result == null || seal == null) {
      return List.copyOf(steps);
    }
    WalletAddress worker = result.attestation().worker();
    long epoch = result.attestation().epoch();
    Reference sealedBy = receipt.chain().seal();
    if (sealedBy != null) {
      look("seal on chain", () -> sealed(sealedBy, epoch, seal));
      look("session key", () -> boundKey(result.sessionKey(), worker, epoch));
    }
    Reference drawnBy = receipt.chain().draw();
    ReceiptDraw draw = receipt.draw();
    if (drawnBy != null && draw != null) {
      look("draw on chain", () -> drawn(drawnBy, epoch, draw));
    }
    ReceiptCheck check = receipt.check();
    if (check != null) {
      look("check on chain", () -> checked(check, draw == null, epoch));
    }
    ReceiptVerdict verdict = receipt.verdict();
    if (verdict != null) {
      look("case on chain", () -> judged(result, verdict, epoch));
    }
    Reference settledBy = receipt.chain().settlement();
    ReceiptSettlement settlement = receipt.settlement();
    if (settledBy != null && settlement != null) {
      ReceiptLeaf leaf = settlement.leaf();
      look("settlement on chain", () -> settled(settledBy, settlement));
      look("ceiling", () -> ceiling(settledBy, leaf));
      look("payee", () -> owned(leaf.worker(), worker, settledBy));
    }
    return List.copyOf(steps);
  }

  /** Another contract at the address answers nothing, or something else. */
  private void look(String name, Supplier<List<Claim>> claims) {
    Step step;
    try {
      step = step(name, claims.get());
    } catch (Reverted | IllegalArgumentException e) {
      step =
          new Step(
              name, false, "the contracts are not those of a market: %s".formatted(e.getMessage()));
    }
    steps.add(step);
  }

  private List<Claim> theChain() {
    return List.of(
        same("the node's chain", chain.chainId(), "chain.chainId", receipt.chain().chainId()),
        that(
            !chain.codeAt(receipt.chain().court()).equals(Bytes.EMPTY),
            "there is a contract at chain.court",
            "there is no contract at chain.court, " + receipt.chain().court()),
        that(
            !chain.codeAt(receipt.chain().escrow()).equals(Bytes.EMPTY),
            "there is a contract at chain.escrow",
            "there is no contract at chain.escrow, " + receipt.chain().escrow()));
  }

  private List<Claim> sealed(Reference where, long epoch, ReceiptSeal seal) {
    return logged(
        where,
        "chain.seal",
        log ->
            court
                .event(log)
                .filter(event ->
                    event instanceof CourtEvent.Sealed it
                        && it.epochSeal().epoch() == epoch
                        && it.epochSeal().root().equals(seal.root())
                        && hasSet(it)),
        "the Court sealed seal.root for epoch %d".formatted(epoch));
  }

  /** What a verdict says of the sealed verifiers. */
  private boolean hasSet(CourtEvent.Sealed sealed) {
    ReceiptVerdict verdict = receipt.verdict();
    return verdict == null
        || sealed.epochSeal().verifierSetRoot().equals(verdict.verifierSetRoot())
            && sealed.epochSeal().verifierCount() == verdict.verifierCount();
  }

  private List<Claim> drawn(Reference where, long epoch, ReceiptDraw draw) {
    return logged(
        where,
        "chain.draw",
        log ->
            court
                .event(log)
                .filter(event ->
                    event instanceof CourtEvent.Drawn it
                        && it.epoch() == epoch
                        && it.beacon().equals(draw.beacon())
                        && it.preimage().equals(draw.preimage())
                        && it.blockHash().equals(draw.blockHash())),
        "the Court drew draw.beacon from draw.preimage and draw.blockHash for epoch %d"
            .formatted(epoch));
  }

  private List<Claim> settled(Reference where, ReceiptSettlement settlement) {
    return logged(
        where,
        "chain.settlement",
        log ->
            escrow
                .event(log)
                .filter(event ->
                    event instanceof EscrowEvent.Settled it && it.root().equals(settlement.root())),
        "the Escrow settled settlement.root");
  }

  /** That a transaction is where the receipt says, and logged what it says. */
  private List<Claim> logged(
      Reference where, String name, Function<Log, Optional<?>> wanted, String what) {
    Optional<Receipt> found = chain.receipt(where.transaction());
    if (found.isEmpty() || !found.get().succeeded()) {
      return List.of(
          that(
              false,
              "",
              "the node knows no transaction %s that succeeded, which %s names"
                  .formatted(where.transaction(), name)));
    }
    return List.of(
        same("its block", found.get().block(), name + ".block", where.block()),
        that(
            found.get().logs().stream().anyMatch(log -> wanted.apply(log).isPresent()),
            "%s, in block %d".formatted(what, where.block()),
            "the transaction of %s does not say that %s".formatted(name, what)));
  }

  private List<Claim> boundKey(WalletAddress key, WalletAddress worker, long epoch) {
    StakeContract.Key bound = chain.read(new StakeContract(chain.read(court.stake())).key(key));
    long sealedAt = chain.read(court.epochOf(epoch)).sealedAt();
    return List.of(
        same("whom the key %s signs for".formatted(key), bound.worker(), "the worker", worker),
        that(
            bound.deadAt() == 0 || bound.deadAt() > sealedAt,
            "it lived when its epoch was sealed",
            "it was dead when its epoch was sealed"));
  }

  private List<Claim> checked(ReceiptCheck check, boolean isUndrawn, long epoch) {
    List<Claim> claims = new ArrayList<>();
    boolean isWithheld = chain.read(court.epochOf(epoch)).withheld();
    claims.add(
        that(
            isWithheld == isUndrawn,
            isWithheld ? "the beacon was withheld" : "the beacon was not withheld",
            isWithheld
                ? "the beacon was withheld, and nothing of the epoch checked"
                : "the beacon was not withheld"));
    for (var witness : check.witnesses()) {
      var found = witness.attestation();
      claims.addAll(boundKey(witness.sessionKey(), found.worker(), found.epoch()));
    }
    return claims;
  }

  private List<Claim> judged(ReceiptResult result, ReceiptVerdict verdict, long epoch) {
    var attestation = result.attestation();
    var id =
        Offence.VERDICT.caseId(
            attestation.worker(), Offence.attempt(attestation.jobId(), attestation.attempt()));
    CaseState state = chain.read(court.caseOf(id)).state();
    List<Claim> claims = new ArrayList<>();
    for (SignedVote vote : verdict.votes()) {
      claims.addAll(boundKey(vote.sessionKey(), vote.entry().verifier(), epoch));
    }
    claims.add(
        that(
            state != CaseState.NONE,
            "the Court took the verdict; its case %s is %s".formatted(id, state),
            "the Court knows no case %s of this verdict".formatted(id)));
    return claims;
  }

  private List<Claim> ceiling(Reference where, ReceiptLeaf leaf) {
    var purse = chain.read(escrow.purse(leaf.requester()));
    List<Claim> claims =
        new ArrayList<>(charged(leaf.requester(), receipt.request().requester(), where));
    claims.add(
        that(
            purse.authorized().compareTo(purse.spent()) >= 0
                && purse.spent().compareTo(leaf.price()) >= 0,
            "its requester allowed %s in all, %s is spent, this price within it"
                .formatted(purse.authorized(), purse.spent()),
            "of account %s, for which %s was allowed, only %s is spent, less than this price %s"
                .formatted(leaf.requester(), purse.authorized(), purse.spent(), leaf.price())));
    return claims;
  }

  /** Its own, or one that it has given away: that is charged for what it had asked for before. */
  private List<Claim> charged(AccountId account, WalletAddress requester, Reference where) {
    List<Claim> owned = owned(account, requester, where);
    boolean isGiven =
        !owned.getFirst().holds()
            && moves(account, 0, where.block()).anyMatch(moved -> moved.from().equals(requester));
    return isGiven
        ? List.of(that(true, "its requester gave account %s away before".formatted(account), ""))
        : owned;
  }

  /** As of the settlement: an account may have been given to somebody else since. */
  private List<Claim> owned(AccountId account, WalletAddress owner, Reference where) {
    WalletAddress now = chain.read(escrow.holder(account)).owner();
    WalletAddress then = now.equals(owner) ? now : before(account, now, where.block());
    return List.of(
        same("the owner of account %s".formatted(account), then, "whom the receipt names", owner));
  }

  /** Who owned an account before it was moved after a block. */
  private WalletAddress before(AccountId account, WalletAddress now, long block) {
    return moves(account, block + 1, chain.height())
        .findFirst()
        .map(EscrowEvent.AccountMoved::from)
        .orElse(now);
  }

  private Stream<EscrowEvent.AccountMoved> moves(AccountId account, long from, long to) {
    return from > to
        ? Stream.empty()
        : chain.logs(receipt.chain().escrow(), EscrowContract.movedTopic(), from, to).stream()
            .flatMap(log -> escrow.event(log).stream())
            .filter(EscrowEvent.AccountMoved.class::isInstance)
            .map(EscrowEvent.AccountMoved.class::cast)
            .filter(moved -> moved.account().equals(account));
  }
}
