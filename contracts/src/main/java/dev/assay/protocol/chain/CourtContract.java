package dev.assay.protocol.chain;

import static dev.assay.protocol.chain.Abi.of;

import dev.assay.protocol.AuditNotice;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.Offence;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.Signature;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.web3j.abi.datatypes.Type;

/** Calls of {@code interfaces/ICourt.sol}, where each is described. */
public record CourtContract(WalletAddress address) {
  private static final FunctionType SEAL = FunctionType.of("seal(" + Tuples.SEAL + ")");
  private static final FunctionType PIN = FunctionType.of("pin()");
  private static final FunctionType DRAW = FunctionType.of("draw(bytes32)");
  private static final FunctionType ANCHOR = FunctionType.of("anchor(bytes32)");
  private static final FunctionType CONTRADICTION =
      FunctionType.of(
          "contradiction(" + Tuples.SIGNED_ATTESTATION + "," + Tuples.SIGNED_ATTESTATION + ")",
          "bytes32 id");
  private static final FunctionType COMPENSATE =
      FunctionType.of(
          "compensate(bytes32," + Tuples.SIGNED_ATTESTATION + "," + Tuples.SEALED_LEAF + ")");
  private static final FunctionType CANARY =
      FunctionType.of("canary(" + Tuples.CANARY_EVIDENCE + ")", "bytes32 id");
  private static final FunctionType VERDICT =
      FunctionType.of("verdict(" + Tuples.VERDICT_EVIDENCE + ")", "bytes32 id");
  private static final FunctionType ILLEGITIMATE_AUDIT =
      FunctionType.of(
          "illegitimateAudit(" + Tuples.SEALED_LEAF + "," + Tuples.NOTICE + ",bytes)",
          "bytes32 id");
  private static final FunctionType EQUIVOCATION =
      FunctionType.of(
          "equivocation(" + Tuples.SEAL + ",bytes," + Tuples.SEAL + ",bytes)", "bytes32 id");
  private static final FunctionType WITHHELD_BEACON =
      FunctionType.of("withheldBeacon()", "bytes32 id");
  private static final FunctionType APPEAL = FunctionType.of("appeal(bytes32)");
  private static final FunctionType RULE = FunctionType.of("rule(bytes32,bool)");
  private static final FunctionType CLOSE = FunctionType.of("close(bytes32)");
  private static final FunctionType SELECTED =
      FunctionType.of("selected(uint64,bytes32,uint16)", "bool selected");
  private static final FunctionType COMMITTEE =
      FunctionType.of(
          "committee(uint64,bytes32,uint8,uint32,uint32)", "uint32[] general, uint32[] own");
  private static final FunctionType ATTESTATION_DIGEST =
      FunctionType.of("attestationDigest(" + Tuples.ATTESTATION + ")", "bytes32 digest");
  private static final FunctionType VERDICT_DIGEST =
      FunctionType.of("verdictDigest(" + Tuples.VERDICT + ")", "bytes32 digest");
  private static final FunctionType CASE_OF =
      FunctionType.of(
          "caseOf(bytes32)",
          "address accused, uint40 deadline, uint8 state, uint8 kind, uint32 ruins,"
              + " address reporter, uint64 amount, address harmed, uint64 compensation,"
              + " uint64 verifierFee");
  private static final FunctionType EPOCH_OF =
      FunctionType.of(
          "epochOf(uint64)",
          "bytes32 seal, bytes32 beacon, bytes32 blockHash, uint64 drawBlock, uint40 sealedAt,"
              + " bool withheld");
  private static final FunctionType LATEST_EPOCH = FunctionType.of("latestEpoch()", "uint64 epoch");
  private static final FunctionType LATEST_ROOT = FunctionType.of("latestRoot()", "bytes32 root");
  private static final FunctionType LINK = FunctionType.of("link()", "bytes32 commitment");
  private static final FunctionType BRAKE_LEVEL = FunctionType.of("brakeLevel()", "uint64 level");
  private static final FunctionType BRAKE_SINCE = FunctionType.of("brakeSince()", "uint40 since");
  private static final FunctionType STAKE = FunctionType.of("stake()", "address stake");
  private static final FunctionType OPERATOR = FunctionType.of("operator()", "address operator");
  private static final FunctionType INSURANCE = FunctionType.of("insurance()", "address insurance");

  /** Of {@link Policy}, in its order. */
  private static final List<FunctionType> POLICY =
      List.of(
          FunctionType.of("maxAge()", "uint40 maxAge"),
          FunctionType.of("window()", "uint40 window"),
          FunctionType.of("ruling()", "uint40 ruling"),
          FunctionType.of("drawDelay()", "uint32 drawDelay"),
          FunctionType.of("revealWindow()", "uint32 revealWindow"),
          FunctionType.of("penaltyBps()", "uint16 penaltyBps"),
          FunctionType.of("compensationBps()", "uint16 compensationBps"),
          FunctionType.of("minPenalty()", "uint64 minPenalty"),
          FunctionType.of("appealFee()", "uint64 appealFee"),
          FunctionType.of("verifierFee()", "uint64 verifierFee"),
          FunctionType.of("verifierBond()", "uint64 verifierBond"));

  static final List<FunctionType> FUNCTIONS =
      Stream.concat(
              POLICY.stream(),
              Stream.of(
                  SEAL,
                  PIN,
                  DRAW,
                  ANCHOR,
                  CONTRADICTION,
                  COMPENSATE,
                  CANARY,
                  VERDICT,
                  ILLEGITIMATE_AUDIT,
                  EQUIVOCATION,
                  WITHHELD_BEACON,
                  APPEAL,
                  RULE,
                  CLOSE,
                  SELECTED,
                  COMMITTEE,
                  ATTESTATION_DIGEST,
                  VERDICT_DIGEST,
                  CASE_OF,
                  EPOCH_OF,
                  LATEST_EPOCH,
                  LATEST_ROOT,
                  LINK,
                  BRAKE_LEVEL,
                  BRAKE_SINCE,
                  STAKE,
                  OPERATOR,
                  INSURANCE))
          .toList();

  static final List<EventType<CourtEvent>> EVENTS =
      List.of(
          EventType.of(
              "Sealed(uint64 indexed epoch, bytes32 indexed root, uint64 epochAgain,"
                  + " bytes32 rootAgain, bytes32 prevRoot, uint32 count, uint64 totalPrice,"
                  + " bytes32 canaryRoot, bytes32 verifierSetRoot, uint32 verifierCount,"
                  + " bytes32 beaconCommitment, uint64 drawBlock)",
              "Sealed(uint64,bytes32," + Tuples.SEAL + ",uint64)",
              v ->
                  new CourtEvent.Sealed(
                      new EpochSeal(
                          v.number("epoch"),
                          v.digest("root"),
                          v.digest("prevRoot"),
                          v.number("count"),
                          v.amount("totalPrice"),
                          v.digest("canaryRoot"),
                          v.digest("verifierSetRoot"),
                          v.number("verifierCount"),
                          v.digest("beaconCommitment")),
                      v.number("drawBlock"))),
          EventType.of(
              "Pinned(uint64 indexed epoch, bytes32 blockHash)",
              v -> new CourtEvent.Pinned(v.number("epoch"), v.digest("blockHash"))),
          EventType.of(
              "Drawn(uint64 indexed epoch, bytes32 beacon, bytes32 preimage, bytes32 blockHash)",
              v ->
                  new CourtEvent.Drawn(
                      v.number("epoch"),
                      new Beacon(v.digest("beacon")),
                      v.digest("preimage"),
                      v.digest("blockHash"))),
          EventType.of(
              "Anchored(bytes32 commitment)", v -> new CourtEvent.Anchored(v.digest("commitment"))),
          EventType.of(
              "CaseOpened(bytes32 indexed id, address indexed accused, address indexed reporter,"
                  + " uint8 kind, uint8 state, uint64 amount, uint40 deadline)",
              v ->
                  new CourtEvent.CaseOpened(
                      v.digest("id"),
                      v.wallet("accused"),
                      v.wallet("reporter"),
                      Offence.of(v.count("kind")),
                      CaseState.of(v.number("state")),
                      v.amount("amount"),
                      v.number("deadline"))),
          EventType.of(
              "HarmNamed(bytes32 indexed id, address indexed harmed, uint64 compensation)",
              v ->
                  new CourtEvent.HarmNamed(
                      v.digest("id"), v.wallet("harmed"), v.amount("compensation"))),
          EventType.of(
              "Appealed(bytes32 indexed id, uint64 amount, uint40 deadline)",
              v ->
                  new CourtEvent.Appealed(
                      v.digest("id"), v.amount("amount"), v.number("deadline"))),
          EventType.of("Upheld(bytes32 indexed id)", v -> new CourtEvent.Upheld(v.digest("id"))),
          EventType.of(
              "Dismissed(bytes32 indexed id)", v -> new CourtEvent.Dismissed(v.digest("id"))),
          EventType.of(
              "Collected(bytes32 indexed id, uint64 taken, uint64 left)",
              v -> new CourtEvent.Collected(v.digest("id"), v.amount("taken"), v.amount("left"))),
          EventType.of(
              "AuthorityUpdated(address authority)",
              v -> new CourtEvent.AuthorityUpdated(v.wallet("authority"))));

  /** What creates one: the compiled {@code code} and the constructor's arguments. */
  public static Bytes creation(
      Bytes code,
      WalletAddress stake,
      WalletAddress operator,
      WalletAddress insurance,
      Digest commitment,
      Policy policy,
      WalletAddress authority) {
    return Abi.creation(
        code,
        of(stake),
        of(operator),
        of(insurance),
        of(commitment),
        Tuples.policy(policy),
        of(authority));
  }

  // Seals and beacon

  public Call seal(EpochSeal seal) {
    return SEAL.at(address, Tuples.seal(seal));
  }

  public Call pin() {
    return PIN.at(address);
  }

  public Call draw(Digest preimage) {
    return DRAW.at(address, of(preimage));
  }

  public Call anchor(Digest commitment) {
    return ANCHOR.at(address, of(commitment));
  }

  // Evidence; each answers the id of the case

  public Query<Digest> contradiction(SignedAttestation a, SignedAttestation b) {
    return CONTRADICTION.ask(address, v -> v.digest("id"), Tuples.signed(a), Tuples.signed(b));
  }

  public Call compensate(Digest id, SignedAttestation result, SealedLeaf subject) {
    return COMPENSATE.at(address, of(id), Tuples.signed(result), Tuples.sealedLeaf(subject));
  }

  public Query<Digest> canary(CanaryEvidence evidence) {
    return CANARY.ask(address, v -> v.digest("id"), Tuples.canaryEvidence(evidence));
  }

  public Query<Digest> verdict(VerdictEvidence evidence) {
    return VERDICT.ask(address, v -> v.digest("id"), Tuples.verdictEvidence(evidence));
  }

  public Query<Digest> illegitimateAudit(
      SealedLeaf subject, AuditNotice notice, Signature signature) {
    return ILLEGITIMATE_AUDIT.ask(
        address,
        v -> v.digest("id"),
        Tuples.sealedLeaf(subject),
        Tuples.notice(notice),
        Tuples.signature(signature));
  }

  /**
   * @param signatureA none for the seal that is on chain; likewise {@code signatureB}
   */
  public Query<Digest> equivocation(
      EpochSeal a, @Nullable Signature signatureA, EpochSeal b, @Nullable Signature signatureB) {
    return EQUIVOCATION.ask(
        address,
        v -> v.digest("id"),
        Tuples.seal(a),
        orNothing(signatureA),
        Tuples.seal(b),
        orNothing(signatureB));
  }

  private static Type<?> orNothing(@Nullable Signature signature) {
    return signature == null ? of(Bytes.EMPTY) : Tuples.signature(signature);
  }

  public Query<Digest> withheldBeacon() {
    return WITHHELD_BEACON.ask(address, v -> v.digest("id"));
  }

  // Cases

  public Call appeal(Digest id) {
    return APPEAL.at(address, of(id));
  }

  public Call rule(Digest id, boolean upheld) {
    return RULE.at(address, of(id), of(upheld));
  }

  public Call close(Digest id) {
    return CLOSE.at(address, of(id));
  }

  // Views

  public Query<Boolean> selected(long epoch, Digest leaf, BasisPoints rate) {
    return SELECTED.ask(address, v -> v.flag("selected"), of(epoch), of(leaf), of(rate.value()));
  }

  public Query<Beacon.Committee> committee(
      long epoch, Digest leaf, int round, long verifierCount, long ofProfile) {
    return COMMITTEE.ask(
        address,
        v -> new Beacon.Committee(v.numbers("general"), v.numbers("own")),
        of(epoch),
        of(leaf),
        of(round),
        of(verifierCount),
        of(ofProfile));
  }

  public Query<Digest> attestationDigest(ResultAttestation attestation) {
    return ATTESTATION_DIGEST.ask(
        address, v -> v.digest("digest"), Tuples.attestation(attestation));
  }

  public Query<Digest> verdictDigest(Verdict verdict) {
    return VERDICT_DIGEST.ask(address, v -> v.digest("digest"), Tuples.verdict(verdict));
  }

  /**
   * A case of the Court.
   *
   * @param deadline of what its state waits for, seconds since 1970
   * @param amount frozen and not yet collected; when held, taken and not yet distributed
   * @param harmed the zero address as long as nobody is named
   * @param compensation still owed to the harmed
   */
  public record Case(
      WalletAddress accused,
      long deadline,
      CaseState state,
      WalletAddress reporter,
      TokenAmount amount,
      WalletAddress harmed,
      TokenAmount compensation) {}

  public Query<Case> caseOf(Digest id) {
    return CASE_OF.ask(
        address,
        v ->
            new Case(
                v.wallet("accused"),
                v.number("deadline"),
                CaseState.of(v.number("state")),
                v.wallet("reporter"),
                v.amount("amount"),
                v.wallet("harmed"),
                v.amount("compensation")),
        of(id));
  }

  /**
   * What the Court knows of an epoch.
   *
   * @param seal {@link EpochSeal#structHash}; zero if nothing was sealed
   * @param beacon zero until drawn
   * @param blockHash zero unless pinned; {@link CourtEvent.Drawn} tells it
   * @param drawBlock whose hash the beacon takes
   * @param sealedAt seconds since 1970
   */
  public record Epoch(
      Digest seal,
      Digest beacon,
      Digest blockHash,
      long drawBlock,
      long sealedAt,
      boolean withheld) {}

  public Query<Epoch> epochOf(long epoch) {
    return EPOCH_OF.ask(
        address,
        v ->
            new Epoch(
                v.digest("seal"),
                v.digest("beacon"),
                v.digest("blockHash"),
                v.number("drawBlock"),
                v.number("sealedAt"),
                v.flag("withheld")),
        of(epoch));
  }

  public Query<Long> latestEpoch() {
    return LATEST_EPOCH.ask(address, v -> v.number("epoch"));
  }

  public Query<Digest> latestRoot() {
    return LATEST_ROOT.ask(address, v -> v.digest("root"));
  }

  /** What the next preimage must open. */
  public Query<Digest> link() {
    return LINK.ask(address, v -> v.digest("commitment"));
  }

  /** How full the brake was at {@link #brakeSince}. */
  public Query<TokenAmount> brakeLevel() {
    return BRAKE_LEVEL.ask(address, v -> v.amount("level"));
  }

  /** Seconds since 1970. */
  public Query<Long> brakeSince() {
    return BRAKE_SINCE.ask(address, v -> v.number("since"));
  }

  public Query<WalletAddress> stake() {
    return STAKE.ask(address, v -> v.wallet("stake"));
  }

  public Query<WalletAddress> operator() {
    return OPERATOR.ask(address, v -> v.wallet("operator"));
  }

  public Query<WalletAddress> insurance() {
    return INSURANCE.ask(address, v -> v.wallet("insurance"));
  }

  /** The getters of {@link Policy}, in its order: durations in seconds. */
  public List<Query<Long>> policy() {
    return POLICY.stream()
        .map(type -> type.ask(address, v -> v.number(type.outputs().getFirst().name())))
        .toList();
  }

  /** First four bytes of the calls that the settlement service makes, and no others. */
  public static Set<Bytes> serviceSelectors() {
    return Stream.of(SEAL, PIN, DRAW, CONTRADICTION, COMPENSATE, CANARY, VERDICT, CLOSE)
        .map(FunctionType::selector)
        .collect(Collectors.toUnmodifiableSet());
  }

  /** Nothing if it is another contract's log or an event of another kind. */
  public Optional<CourtEvent> event(Log log) {
    return log.address().equals(address) ? EventType.decode(EVENTS, log) : Optional.empty();
  }
}
