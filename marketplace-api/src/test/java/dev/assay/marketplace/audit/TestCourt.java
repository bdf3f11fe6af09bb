package dev.assay.marketplace.audit;

import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.audit.Seals.ChainSeal;
import dev.assay.marketplace.audit.Seals.SealedEpoch;
import dev.assay.marketplace.dispatch.Epochs;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EventId;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Offence;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.event.CaseChanged;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.EpochDrawn;
import dev.assay.protocol.event.EpochSealed;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.JobCleared;
import dev.assay.protocol.event.VerdictReached;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.springframework.context.event.EventListener;
import org.springframework.jdbc.core.simple.JdbcClient;

/** Says what the chain would say, when a test wants it, and hears what settlement is told. */
public class TestCourt {
  private static final BeaconChain PREIMAGES =
      BeaconChain.of(Digest.keccak256("test".getBytes(StandardCharsets.UTF_8)), 4_096);

  private final CloseEpochs closing;
  private final SealEpochs sealing;
  private final DrawEpochs drawing;
  private final Epochs epochs;
  private final Seals seals;
  private final RecordSeal seal;
  private final RecordDraw draw;
  private final RecordCase cases;
  private final Standings standings;
  private final ProveCanaries proving;
  private final PlaceCanaries placing;
  private final GradeCanaries grading;
  private final BuyCanaries buying;
  private final JdbcClient jdbc;
  private final List<Object> told = new CopyOnWriteArrayList<>();

  public TestCourt(
      CloseEpochs closing,
      SealEpochs sealing,
      DrawEpochs drawing,
      Epochs epochs,
      Seals seals,
      RecordSeal seal,
      RecordDraw draw,
      RecordCase cases,
      Standings standings,
      ProveCanaries proving,
      PlaceCanaries placing,
      GradeCanaries grading,
      BuyCanaries buying,
      JdbcClient jdbc) {
    this.closing = closing;
    this.sealing = sealing;
    this.drawing = drawing;
    this.epochs = epochs;
    this.seals = seals;
    this.seal = seal;
    this.draw = draw;
    this.cases = cases;
    this.standings = standings;
    this.proving = proving;
    this.placing = placing;
    this.grading = grading;
    this.buying = buying;
    this.jdbc = jdbc;
  }

  @EventListener
  void on(JobCleared cleared) {
    told.add(cleared);
  }

  @EventListener
  void on(EpochClosed closed) {
    told.add(closed);
  }

  @EventListener
  void on(VerdictReached verdict) {
    told.add(verdict);
  }

  @EventListener
  void on(ContradictionFound found) {
    told.add(found);
  }

  @EventListener
  void on(CanaryFailed failed) {
    told.add(failed);
  }

  @EventListener
  void on(HarmFound found) {
    told.add(found);
  }

  /** What settlement was told of a kind, so far. */
  public <T> List<T> told(Class<T> kind) {
    return told.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** The number of the epoch that was open. */
  public long closes() {
    long number = epochs.open().number();
    closing.close(number);
    return number;
  }

  /** Whether the epoch could be sealed. */
  public boolean seals(long number) {
    sealing.seal();
    return seals.find(number).isPresent();
  }

  /** Draws all that is sealed, in order, and lets the market decide. */
  public void draws() {
    for (SealedEpoch epoch : seals.withoutChainSeal(1_000)) {
      seal.record(sealed(epoch.number()));
    }
    for (ChainSeal waiting : seals.awaitingDraw(1_000)) {
      draw.record(drawn(waiting.epoch()));
    }
    drawing.draw();
  }

  /** What earlier tests have left is sealed and drawn, and nobody looks at it any more. */
  public void clears() {
    long open = closes();
    if (epochs.open().number() != open) { // it had results
      await("leases that earlier tests have left lapse after two heartbeats")
          .atMost(Duration.ofSeconds(60))
          .until(() -> seals(open));
    }
    draws();
    jdbc.sql("update audit set stage = 'over' where stage <> 'over'").update();
  }

  /** As the chain says it. */
  public EpochSealed sealed(long number) {
    return new EpochSealed(
        new EventId(UUID.nameUUIDFromBytes(new byte[] {1})),
        Instant.EPOCH,
        seals
            .find(number)
            .orElseThrow()
            .with(BeaconChain.commitmentOf(PREIMAGES.preimage((int) number))),
        number,
        Digest.ZERO,
        number,
        "");
  }

  /** As the chain says it. */
  public EpochDrawn drawn(long number) {
    Digest block = Digest.keccak256((byte) number);
    Digest preimage = PREIMAGES.preimage((int) number);
    return new EpochDrawn(
        new EventId(UUID.nameUUIDFromBytes(new byte[] {2})),
        Instant.EPOCH,
        number,
        Beacon.of(preimage, block, seals.find(number).orElseThrow().root()),
        preimage,
        block,
        Digest.ZERO,
        number,
        "");
  }

  /** As the chain says it. */
  public CaseChanged withheld(long number) {
    var operator = new WalletAddress("0x%040x".formatted(0x0917));
    return new CaseChanged(
        new EventId(UUID.nameUUIDFromBytes(new byte[] {3})),
        Instant.EPOCH,
        Offence.WITHHELD_BEACON.caseId(operator, Offence.epoch(number)),
        Offence.WITHHELD_BEACON,
        operator,
        CaseState.CLOSED,
        TokenAmount.ZERO,
        TokenAmount.ZERO,
        Optional.empty(),
        Optional.empty(),
        TokenAmount.ZERO,
        number,
        0,
        "");
  }

  /** Seals an epoch and declares its beacon withheld, twice. */
  public void withholds(long number) {
    says(sealed(number));
    says(withheld(number));
    says(withheld(number));
  }

  public void says(CaseChanged change) {
    cases.record(change);
  }

  public void says(EpochSealed sealed) {
    seal.record(sealed);
  }

  public void says(EpochDrawn drawn) {
    draw.record(drawn);
    drawing.draw();
  }

  /** One step of each of those that tend canaries. */
  public void tendsCanaries() {
    proving.prove();
    placing.place();
    grading.grade();
  }

  /** As {@link PlaceCanaries} does, when and for whom a test wants it. */
  public void buysCanary(JobId source, WalletAddress worker, WalletAddress purse) {
    buying.buy(new JobId(UUID.randomUUID()), source, worker, purse);
  }

  /** As if a worker had passed so many audits: it is audited at the floor. */
  public void trusts(WalletAddress worker, Digest model) {
    var subject = new Standings.Subject(worker, model, ProfileClass.F32_CPU);
    for (int i = 0; i < 200; i++) {
      standings.record(subject, Outcome.VALID);
    }
  }
}
