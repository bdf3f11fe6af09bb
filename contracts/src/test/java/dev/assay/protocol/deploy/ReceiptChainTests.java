package dev.assay.protocol.deploy;

import static dev.assay.protocol.deploy.TestMarket.dollars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Assignment;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.Entry;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.JobId;
import dev.assay.protocol.JobSpec;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.Vote;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.assurance.Assumptions;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.chain.CourtEvent;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.receipt.CheckOnChain;
import dev.assay.protocol.receipt.CheckReceipt;
import dev.assay.protocol.receipt.JobReceipt;
import dev.assay.protocol.receipt.Mutations;
import dev.assay.protocol.receipt.Mutations.Mutation;
import dev.assay.protocol.receipt.ReadReceipt;
import dev.assay.protocol.receipt.ReceiptChain;
import dev.assay.protocol.receipt.ReceiptCheck;
import dev.assay.protocol.receipt.ReceiptCheck.Reason;
import dev.assay.protocol.receipt.ReceiptCheck.Witness;
import dev.assay.protocol.receipt.ReceiptDraw;
import dev.assay.protocol.receipt.ReceiptResult;
import dev.assay.protocol.receipt.ReceiptSeal;
import dev.assay.protocol.receipt.ReceiptSettlement;
import dev.assay.protocol.receipt.ReceiptStatus;
import dev.assay.protocol.receipt.ReceiptVerdict;
import dev.assay.protocol.receipt.ReceiptVerdict.SignedVote;
import dev.assay.protocol.receipt.Step;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.Thresholds;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Receipts of jobs that were sealed, drawn, settled and judged on a real chain hold; whatever
 * differs from one in a single place does not.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ReceiptChainTests {
  private static final Path EXAMPLE = Path.of("../docs/examples/receipt.json");
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Digest MINILM = KnownModels.ALL_MINILM_L6_V2.digest();
  private static final Thresholds STRICT =
      Calibration.of(MINILM, ProfileClass.F32_CPU).orElseThrow().strict();
  private static final TokenAmount PRICE = dollars(3);
  private static final TokenAmount EARNED = PRICE.minus(PRICE.share(new BasisPoints(500)));

  /** Answers for each document of a file the first step that does not hold, or null. */
  private static final String EACH =
      """
      import { readFileSync } from 'node:fs'
      import { check } from '../docs/examples/check-receipt.mjs'
      const found = []
      for (const document of JSON.parse(readFileSync(process.argv[1], 'utf8'))) {
        found.push((await check(document)).find((step) => !step.holds)?.name ?? null)
      }
      console.log(JSON.stringify(found))
      """;

  private static final Set<Reason> THOROUGHLY =
      EnumSet.of(Reason.NOT_DRAWN, Reason.PASSED, Reason.INVALID, Reason.UNCONFIRMED);

  /** What only a node can confirm: docs/reference/receipt.md says so. */
  private static final List<String> OF_THE_CHAIN =
      List.of("chain.escrow", "chain.seal.", "chain.draw.", "chain.settlement.");

  /** Where a flaw may first be seen, by what was changed. */
  private static final Map<String, List<String>> NAMED =
      Map.ofEntries(
          Map.entry("version", List.of()),
          Map.entry("status", List.of("status")),
          Map.entry("missing", List.of("status")),
          Map.entry("job", List.of("request")),
          Map.entry(
              "chain",
              List.of(
                  "status",
                  "parts",
                  "assignment",
                  "chain",
                  "seal on chain",
                  "draw on chain",
                  "settlement on chain",
                  "ceiling")),
          Map.entry("request", List.of("request", "assignment")),
          Map.entry("result", List.of("status", "assignment", "attestation", "output")),
          Map.entry("seal", List.of("status", "seal")),
          Map.entry("draw", List.of("check", "draw", "parts")),
          Map.entry("check", List.of("status", "check")),
          Map.entry("verdict", List.of("status", "verdict", "seal on chain")),
          Map.entry("assurance", List.of("assurance")),
          Map.entry("settlement", List.of("status", "settlement")));

  private TestMarket its;
  private TestMarket.Person requester;
  private Worker worker;
  private AccountId purse;
  private AccountId earnings;
  private List<Worker> verifiers = List.of();
  private List<VerifierEntry> entries = List.of();
  private MerkleTree set;
  private final Map<Reason, JobReceipt> receipts = new LinkedHashMap<>();

  /** A worker with its staked identity and the key that signs for it. */
  private record Worker(TestMarket.Person owner, LocalSigner key) {
    WalletAddress address() {
      return owner.address();
    }
  }

  private static Digest digest(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }

  private Domain domain() {
    return its.market.courtDomain();
  }

  private Worker worker() {
    var owner = its.person();
    return new Worker(owner, owner.bond(dollars(500)));
  }

  @BeforeAll
  void runTwoEpochs() {
    its = new TestMarket();
    its.operator.bond(dollars(1_000));
    requester = its.person();
    purse = requester.deposit(dollars(100));
    requester.sender.send(its.escrow.authorize(purse, dollars(50)));
    worker = worker();
    earnings = worker.owner().act(its.escrow.open(worker.address()));
    verifiers = IntStream.range(0, 12).mapToObj(i -> worker()).toList();
    entries =
        IntStream.range(0, verifiers.size())
            .mapToObj(i ->
                new VerifierEntry(
                    i, verifiers.get(i).address(), digest("profile"), i, verifiers.size()))
            .toList();
    set = MerkleTree.of(entries.stream().map(VerifierEntry::hash).toList());
    anEpochThatIsDrawn();
    anEpochWhoseBeaconIsWithheld();
  }

  private void anEpochThatIsDrawn() {
    long epoch = its.chain.read(its.court.latestEpoch()) + 1;
    List<Sold> all = new ArrayList<>();
    for (Reason reason : Reason.values()) {
      // At the lowest rate some are drawn all the same: of eight one will not be.
      int tries = reason == Reason.NOT_DRAWN ? 8 : reason == Reason.WITHHELD ? 0 : 1;
      IntStream.range(0, tries).forEach(i -> all.add(sold(reason, i, epoch)));
    }
    Posted posted = posted(epoch, all);
    its.chain.mine(its.terms.policy().drawDelay() + 1);
    Digest preimage = its.beacons.preimage((int) epoch);
    Receipt drawn = its.person().sender.send(its.court.draw(preimage));
    CourtEvent.Drawn told =
        drawn.logs().stream()
            .flatMap(log -> its.court.event(log).stream())
            .map(CourtEvent.Drawn.class::cast)
            .findFirst()
            .orElseThrow();
    Beacon beacon = told.beacon();
    Map<Reason, Sold> sold = new LinkedHashMap<>();
    for (Sold one : all) {
      if (beacon.selects(epoch, one.leaf().hash(), one.leaf().auditRateBps())
          == (one.reason() != Reason.NOT_DRAWN)) {
        sold.put(one.reason(), one);
      }
    }
    Paid paid = paid(sold.values().stream().filter(it -> isPaid(it.reason())).toList());
    sold.forEach((reason, one) ->
        receipts.put(
            reason,
            receipt(
                one,
                posted,
                drawn,
                new ReceiptDraw(preimage, told.blockHash(), beacon, reason != Reason.NOT_DRAWN),
                isPaid(reason) ? paid : null,
                reason == Reason.INVALID ? verdict(one, posted, beacon) : null)));
  }

  private static boolean isPaid(Reason reason) {
    return reason != Reason.INVALID && reason != Reason.UNCONFIRMED;
  }

  /** Of these the job asked for the strict replay. */
  private static boolean isStrict(Reason reason) {
    return reason == Reason.UPHELD || reason == Reason.UNCONFIRMED;
  }

  private static Digest model(Reason reason) {
    return isStrict(reason) ? MINILM : digest("model");
  }

  private void anEpochWhoseBeaconIsWithheld() {
    long epoch = its.chain.read(its.court.latestEpoch()) + 1;
    Sold one = sold(Reason.WITHHELD, 0, epoch);
    Posted posted = posted(epoch, List.of(one));
    its.chain.mine(its.terms.policy().drawDelay() + its.terms.policy().revealWindow() + 1);
    its.person().act(its.court.withheldBeacon());
    give(requester, purse);
    receipts.put(Reason.WITHHELD, receipt(one, posted, null, null, paid(List.of(one)), null));
  }

  /** A seal that is on chain. */
  private record Posted(EpochSeal seal, MerkleTree tree, Receipt transaction) {}

  private Posted posted(long epoch, List<Sold> all) {
    var tree = MerkleTree.of(all.stream().map(one -> one.leaf().hash()).toList());
    EpochSeal seal =
        new EpochSeal(
            epoch,
            tree.root(),
            its.chain.read(its.court.latestRoot()),
            tree.size(),
            PRICE.times(tree.size()),
            Digest.ZERO,
            set.root(),
            entries.size(),
            its.chain.read(its.court.link()));
    return new Posted(seal, tree, its.settlement.sender.send(its.court.seal(seal)));
  }

  /** A batch that is on chain. */
  private record Paid(MerkleTree tree, Receipt transaction) {}

  private Paid paid(List<Sold> all) {
    var tree = MerkleTree.of(all.stream().map(one -> line(one).hash()).toList());
    return new Paid(
        tree,
        its.settlement.sender.send(
            its.escrow.settle(
                its.chain.read(its.escrow.head()),
                new Batch(
                    tree.root(),
                    List.of(new Entry(purse, PRICE.times(all.size()))),
                    List.of(new Entry(earnings, EARNED.times(all.size())))))));
  }

  private JobReceipt receipt(
      Sold one,
      Posted posted,
      @Nullable Receipt drawn,
      @Nullable ReceiptDraw draw,
      @Nullable Paid paid,
      @Nullable ReceiptVerdict verdict) {
    Digest line = line(one).hash();
    return JobReceipt.of(
        one.job(),
        true,
        new ReceiptChain(
            its.chain.chainId(),
            its.market.court(),
            its.market.escrow(),
            at(posted.transaction()),
            drawn == null ? null : at(drawn),
            paid == null ? null : at(paid.transaction())),
        one.request(),
        one.result(),
        new ReceiptSeal(posted.tree().root(), one.leaf(), posted.tree().proof(one.leaf().hash())),
        draw,
        new ReceiptCheck(one.reason(), false, witnesses(one.reason())),
        verdict,
        paid == null
            ? null
            : new ReceiptSettlement(paid.tree().root(), line(one), paid.tree().proof(line)));
  }

  @AfterAll
  void stop() {
    its.close();
  }

  /** A job that was done, and its place in an epoch. */
  private record Sold(
      Reason reason, JobId job, JobSpec request, ReceiptResult result, SealLeaf leaf) {}

  private Sold sold(Reason reason, int number, long epoch) {
    String name = reason.label() + number;
    var job = new JobId(UUID.nameUUIDFromBytes(name.getBytes(StandardCharsets.UTF_8)));
    Digest jobId = job.of(requester.address());
    var request =
        new JobSpec(
            job.word(),
            requester.address(),
            model(reason),
            digest("input"),
            1,
            isStrict(reason) ? STRICT.digest() : digest("thresholds"),
            1,
            0,
            dollars(4),
            2_000_000_000);
    var assignment =
        new Assignment(
            jobId,
            1,
            request.digest(domain()),
            worker.address(),
            1,
            PRICE,
            PRICE,
            1_900_000_000,
            1_950_000_000);
    ResultAttestation attestation = attestation(jobId, assignment, worker, model(reason), epoch);
    BasisPoints rate = reason == Reason.NOT_DRAWN ? new BasisPoints(300) : BasisPoints.WHOLE;
    return new Sold(
        reason,
        job,
        request,
        new ReceiptResult(
            assignment,
            attestation,
            worker.key().sign(attestation, domain()),
            worker.key().address(),
            digest("output"),
            digest("salt")),
        new SealLeaf(
            attestation.digest(domain()), worker.address(), requester.address(), PRICE, rate));
  }

  private ResultAttestation attestation(
      Digest job, Assignment assignment, Worker by, Digest model, long epoch) {
    return new ResultAttestation(
        job,
        1,
        assignment.digest(domain()),
        by.address(),
        model,
        digest("profile"),
        digest("input"),
        new OutputOpening(job, 1, by.address(), digest("salt"), digest("output")).commitment(),
        digest("evidence"),
        Digest.ZERO,
        1,
        12,
        34,
        epoch,
        1_920_000_000);
  }

  private ReceiptLeaf line(Sold one) {
    return new ReceiptLeaf(
        one.result().assignment().jobId(),
        1,
        purse,
        earnings,
        PRICE,
        EARNED,
        one.leaf().attestation());
  }

  private static ReceiptChain.Reference at(Receipt receipt) {
    return new ReceiptChain.Reference(receipt.transaction(), receipt.block());
  }

  private List<Witness> witnesses(Reason reason) {
    int count = reason == Reason.PASSED ? 1 : reason == Reason.UPHELD ? 5 : 0;
    return verifiers.stream()
        .limit(count)
        .map(verifier -> {
          Digest job = digest("audit " + reason);
          var assignment =
              new Assignment(
                  job, 1, digest("spec"), verifier.address(), 1, PRICE, PRICE, 1_900_000_000, 1);
          ResultAttestation found = attestation(job, assignment, verifier, model(reason), 2);
          return new Witness(
              found,
              verifier.key().sign(found, domain()),
              verifier.key().address(),
              digest("output"),
              digest("salt"));
        })
        .toList();
  }

  private ReceiptVerdict verdict(Sold one, Posted posted, Beacon beacon) {
    EpochSeal seal = posted.seal();
    MerkleTree tree = posted.tree();
    int round =
        IntStream.range(0, 3)
            .filter(r -> seated(beacon, one.leaf(), r, entries).size() >= 5)
            .findFirst()
            .orElseThrow();
    List<SignedVote> votes =
        seated(beacon, one.leaf(), round, entries).stream()
            .sorted(Comparator.comparing(VerifierEntry::verifier))
            .limit(5)
            .map(entry -> {
              LocalSigner key = verifiers.get((int) entry.index()).key();
              var finding =
                  new Verdict(
                      one.leaf().attestation(),
                      seal.epoch(),
                      round,
                      Outcome.INVALID,
                      1,
                      digest("reference"),
                      digest("evidence"),
                      entry.verifier(),
                      2_000);
              return new SignedVote(
                  entry,
                  set.proof(entry.hash()),
                  2_000,
                  key.sign(finding, domain()),
                  key.address());
            })
            .toList();
    its.person()
        .act(
            its.court.verdict(
                new VerdictEvidence(
                    new SealedLeaf(seal, one.leaf(), tree.proof(one.leaf().hash())),
                    new SignedAttestation(one.result().attestation(), one.result().signature()),
                    round,
                    digest("reference"),
                    digest("evidence"),
                    votes.stream()
                        .map(vote -> new Vote(vote.entry(), vote.proof(), 2_000, vote.signature()))
                        .toList())));
    return new ReceiptVerdict(
        round, digest("reference"), digest("evidence"), set.root(), entries.size(), votes);
  }

  private static List<VerifierEntry> seated(
      Beacon beacon, SealLeaf leaf, int round, List<VerifierEntry> entries) {
    var committee = beacon.committee(leaf.hash(), round, entries.size(), entries.size());
    return entries.stream().filter(e -> committee.seats(e, digest("profile"))).toList();
  }

  private JobReceipt of(Reason reason) {
    return Objects.requireNonNull(receipts.get(reason));
  }

  private static String written(JobReceipt receipt) {
    return JSON.writeValueAsString(receipt);
  }

  private static Optional<String> firstWrong(List<Step> steps) {
    return steps.stream().filter(step -> !step.holds()).map(Step::name).findFirst();
  }

  /**
   * The step that does not hold, if one does not; {@code null} in the place of a step: unreadable.
   */
  private @Nullable Optional<String> flaw(Mutation mutation, boolean asksTheChain) {
    JobReceipt read;
    try {
      read = ReadReceipt.of(mutation.document());
    } catch (IllegalArgumentException unreadable) {
      assertThat(unreadable).as(mutation.toString()).message().isNotBlank();
      return null;
    }
    return firstWrong(CheckReceipt.offline(read))
        .or(() -> asksTheChain ? firstWrong(CheckOnChain.of(read, its.chain)) : Optional.empty());
  }

  @Test
  void a_receipt_of_each_end_of_a_check_holds_offline_and_on_chain() {
    receipts.forEach((reason, receipt) -> {
      assertThat(ReadReceipt.of(written(receipt))).isEqualTo(receipt);
      assertThat(receipt.status())
          .isEqualTo(isPaid(reason) ? ReceiptStatus.SETTLED : ReceiptStatus.REJECTED);
      assertThat(CheckReceipt.offline(receipt))
          .hasSizeGreaterThanOrEqualTo(9)
          .allSatisfy(step -> assertThat(step.holds()).as(step.toString()).isTrue());
      assertThat(CheckOnChain.of(receipt, its.chain))
          .hasSizeGreaterThanOrEqualTo(5)
          .allSatisfy(step -> assertThat(step.holds()).as(step.toString()).isTrue());
    });
  }

  @Test
  void whatever_differs_from_a_receipt_in_one_place_is_refused_and_the_flaw_is_named() {
    int refused = 0;
    List<String> unnoticed = new ArrayList<>();
    for (JobReceipt receipt : receipts.values()) {
      for (Mutation mutation : Mutations.of(written(receipt))) {
        boolean isOffline = OF_THE_CHAIN.stream().noneMatch(mutation.where()::startsWith);
        Optional<String> flaw = flaw(mutation, !isOffline || mutation.where().contains("Count"));
        if (flaw == null) {
          refused++;
        } else if (flaw.isEmpty()) {
          unnoticed.add(mutation.toString());
        } else {
          refused++;
          String top = mutation.where().split("[.\\[]", 2)[0];
          assertThat(NAMED.getOrDefault(top, List.of()))
              .as("%s was said to be wrong in '%s'", mutation, flaw.get())
              .contains(flaw.get());
        }
      }
    }
    assertThat(unnoticed).isEmpty();
    assertThat(refused).isGreaterThan(2_000);
    System.out.printf("%,d receipts with one difference each: all refused%n", refused);
  }

  @Test
  void a_receipt_that_is_not_final_says_what_is_missing() {
    JobReceipt paid = of(Reason.NOT_DRAWN);
    var sealed =
        JobReceipt.of(
            paid.job(),
            true,
            new ReceiptChain(
                paid.chain().chainId(),
                paid.chain().court(),
                paid.chain().escrow(),
                paid.chain().seal(),
                null,
                null),
            paid.request(),
            paid.result(),
            paid.seal(),
            null,
            null,
            null,
            null);
    assertThat(sealed.status()).isEqualTo(ReceiptStatus.AWAITING_DRAW);
    assertThat(sealed.missing()).contains("beacon");
    assertThat(ReadReceipt.of(written(sealed))).isEqualTo(sealed);
    assertThat(CheckReceipt.offline(sealed).stream().filter(step -> !step.holds()))
        .singleElement()
        .satisfies(step -> assertThat(step.compared()).contains("not final", "beacon"));
    assertThat(CheckOnChain.of(sealed, its.chain)).allMatch(Step::holds);
  }

  @Test
  void a_chain_where_nothing_of_it_happened_refuses_it() {
    try (var elsewhere = new TestMarket()) {
      // The same contracts at the same addresses, and the same chain id.
      assertThat(elsewhere.market.court()).isEqualTo(its.market.court());
      assertThat(firstWrong(CheckOnChain.of(of(Reason.NOT_DRAWN), elsewhere.chain)))
          .contains("seal on chain");
    }
  }

  @Test
  void an_account_that_was_given_away_later_does_not_spoil_a_receipt() {
    give(worker.owner(), earnings);
    assertThat(CheckOnChain.of(of(Reason.PASSED), its.chain)).allMatch(Step::holds);
    assertThat(EscrowContract.movedTopic()).isNotEqualTo(Digest.ZERO);
  }

  /** As it is for a while, so that nobody leaves what it has asked for to the next owner. */
  @Test
  void an_account_that_was_charged_after_it_was_given_away_does_not_spoil_a_receipt() {
    assertThat(CheckOnChain.of(of(Reason.WITHHELD), its.chain))
        .allMatch(Step::holds)
        .anySatisfy(step ->
            assertThat(step.compared())
                .contains("its requester gave account %s away before".formatted(purse)));
  }

  private void give(TestMarket.Person owner, AccountId account) {
    var heir = its.person();
    owner.sender.send(its.escrow.offerAccount(account, heir.address()));
    heir.sender.send(its.escrow.acceptAccount(account));
  }

  @Test
  void assurance_follows_from_the_sealed_rate() {
    assertThat(of(Reason.NOT_DRAWN).assurance())
        .isEqualTo(Assurance.spot(134, Assumptions.DEFAULT));
    assertThat(of(Reason.PASSED).assurance()).isEqualTo(Assurance.audited(0, Assumptions.DEFAULT));
    assertThat(of(Reason.UNCHECKED).assurance()).isEqualTo(Assurance.bestEffort());
    assertThat(of(Reason.INVALID).assurance()).isNull();
    assertThat(of(Reason.UPHELD).assurance()).isEqualTo(Assurance.strict(0, Assumptions.DEFAULT));
    assertThat(of(Reason.UNCONFIRMED).assurance()).isNull();
  }

  @Test
  void what_is_no_receipt_is_refused_in_words() {
    String good = written(of(Reason.NOT_DRAWN));
    Map<String, String> bad = new LinkedHashMap<>();
    bad.put("", "ends too early");
    bad.put("[]", "is an object");
    bad.put(good + "{}", "something follows");
    bad.put(good.replace("\"version\":1", "\"version\":2"), "version 2");
    bad.put(good.replace("\"version\":1", "\"version\":1e0"), "version");
    bad.put(good.replaceFirst("\\{", "{\"a\":" + "[".repeat(2_000)), "nested too deep");
    bad.put("{\"version\":1,\"version\":1}", "'version' is there twice");
    bad.put("x".repeat(ReadReceipt.LONGEST + 1), "at most");
    bad.forEach((document, words) ->
        assertThatThrownBy(() -> ReadReceipt.of(document))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining(words));
  }

  @Test
  void a_stranger_finds_the_same_with_nothing_of_ours(@TempDir Path folder) throws Exception {
    ArrayNode documents = JSON.createArrayNode();
    ArrayNode expected = JSON.createArrayNode();
    for (JobReceipt receipt : receipts.values()) {
      documents.add(written(receipt));
      expected.add(true);
      // What one of three has, these have: every part of the format, in half of the time.
      boolean isEnough = !THOROUGHLY.contains(Objects.requireNonNull(receipt.check()).reason());
      Set<String> seen = new HashSet<>();
      for (Mutation mutation : isEnough ? List.<Mutation>of() : Mutations.of(written(receipt))) {
        boolean isOffline = OF_THE_CHAIN.stream().noneMatch(mutation.where()::startsWith);
        // Of each place one other value is enough here.
        boolean isNew = !mutation.what().startsWith("made") || seen.add(mutation.where());
        if (isOffline && isNew) {
          Optional<String> flaw = flaw(mutation, false);
          documents.add(mutation.document());
          expected.add(flaw != null && flaw.isEmpty());
        }
      }
    }
    JsonNode found = byStranger(folder, documents);
    List<String> differing =
        IntStream.range(0, documents.size())
            .filter(i -> found.get(i).isNull() != expected.get(i).booleanValue())
            .mapToObj(i -> found.get(i) + " of " + documents.get(i).stringValue())
            .toList();
    assertThat(differing).isEmpty();
    assertThat(documents.size()).isGreaterThan(500);
  }

  private static JsonNode byStranger(Path folder, ArrayNode documents)
      throws IOException, InterruptedException {
    Path all = folder.resolve("receipts.json");
    Files.write(all, JSON.writeValueAsBytes(documents));
    Process node =
        new ProcessBuilder("node", "--input-type=module", "--eval", EACH, all.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(node.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(node.waitFor()).as(said).isZero();
    return JSON.readTree(said);
  }

  /** Written anew with {@code -Dassay.receipt=write}, when the format has changed. */
  @Test
  void the_example_of_the_documents_is_a_receipt_that_holds() throws IOException {
    if ("write".equals(System.getProperty("assay.receipt"))) {
      String pretty =
          JSON.writerWithDefaultPrettyPrinter().writeValueAsString(of(Reason.PASSED)) + "\n";
      Files.writeString(EXAMPLE, pretty);
    }
    JobReceipt example = ReadReceipt.of(Files.readString(EXAMPLE));
    assertThat(example.status()).isEqualTo(ReceiptStatus.SETTLED);
    assertThat(CheckReceipt.offline(example)).allMatch(Step::holds);
  }

  /** For whoever reads the reference page: the document that it shows. */
  @Test
  void the_document_of_the_reference_page_is_of_this_form() throws IOException {
    String page = Files.readString(Path.of("../docs/reference/receipt.md"));
    ObjectNode document = (ObjectNode) JSON.readTree(written(of(Reason.PASSED)));
    assertThat(document.propertyNames())
        .allSatisfy(name -> assertThat(page).contains("`" + name + "`"));
    assertThat(Stream.of(ReceiptStatus.values()).map(ReceiptStatus::label))
        .allSatisfy(label -> assertThat(page).contains("`" + label + "`"));
  }
}
