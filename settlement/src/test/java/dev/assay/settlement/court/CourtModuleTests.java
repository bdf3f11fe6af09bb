package dev.assay.settlement.court;

import static dev.assay.settlement.TestMarket.digest;
import static dev.assay.settlement.TestMarket.dollars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import dev.assay.determinism.Ids;
import dev.assay.messaging.EventSender;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.Offence;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.Vote;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.event.CanaryFailed;
import dev.assay.protocol.event.CaseChanged;
import dev.assay.protocol.event.ContradictionFound;
import dev.assay.protocol.event.EpochClosed;
import dev.assay.protocol.event.HarmFound;
import dev.assay.protocol.event.VerdictReached;
import dev.assay.settlement.Heard;
import dev.assay.settlement.SettlementModuleTest;
import dev.assay.settlement.TestMarket;
import dev.assay.settlement.intake.Refused;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.transaction.Errands;
import dev.assay.settlement.transaction.OutgoingTransactions;
import dev.assay.settlement.transaction.Purpose;
import dev.assay.settlement.watch.Stakes;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.jdbc.core.simple.JdbcClient;
import tools.jackson.databind.json.JsonMapper;

/** Cases on a real chain, from the market's evidence to whoever was harmed. */
@SettlementModuleTest
class CourtModuleTests {
  private static final BasisPoints ALWAYS = BasisPoints.WHOLE;
  private static final TokenAmount PRICE = dollars(3);

  private final TestMarket market;
  private final CloseEpoch closeEpoch;
  private final Epochs epochs;
  private final Halts halts;
  private final EventSender events;
  private final KafkaConnectionDetails broker;
  private final JsonMapper json;
  private final JdbcClient jdbc;
  private final OpenCases openCases;
  private final OutgoingTransactions outgoing;
  private final Errands errands;
  private final Stakes stakes;
  private final Ids ids = new Ids(Clock.systemUTC(), new java.security.SecureRandom());

  CourtModuleTests(
      @Autowired TestMarket market,
      @Autowired CloseEpoch closeEpoch,
      @Autowired Epochs epochs,
      @Autowired Halts halts,
      @Autowired EventSender events,
      @Autowired KafkaConnectionDetails broker,
      @Autowired JsonMapper json,
      @Autowired JdbcClient jdbc,
      @Autowired OpenCases openCases,
      @Autowired OutgoingTransactions outgoing,
      @Autowired Errands errands,
      @Autowired Stakes stakes) {
    this.market = market;
    this.closeEpoch = closeEpoch;
    this.epochs = epochs;
    this.halts = halts;
    this.events = events;
    this.broker = broker;
    this.json = json;
    this.jdbc = jdbc;
    this.openCases = openCases;
    this.outgoing = outgoing;
    this.errands = errands;
    this.stakes = stakes;
  }

  /** A worker with its staked identity and the key that signs for it. */
  private record Worker(TestMarket.Person owner, LocalSigner key) {}

  private Worker worker() {
    var owner = market.person();
    return new Worker(owner, owner.bond(dollars(500)));
  }

  @Test
  void a_verdict_becomes_a_case_and_unanswered_it_makes_the_harmed_whole() throws Exception {
    Worker cheat = worker();
    var requester = market.person();
    VerdictEvidence evidence = verdict(cheat, requester, workers(12), 5);

    try (var cases = cases()) {
      say(VerdictReached.TOPIC, new VerdictReached(id(), Instant.EPOCH, evidence, ""));
      CaseChanged open = heard(cases, Offence.VERDICT, cheat, CaseState.OPEN);
      assertThat(open.amount()).isEqualTo(dollars(25)); // 5 % of 500
      assertThat(bond(cheat).frozen()).isEqualTo(dollars(25));
      assertThat(requester.balance()).isEqualTo(TokenAmount.ZERO);

      market.chain.pass(market.terms.policy().window().plus(Duration.ofSeconds(1)));

      CaseChanged closed = heard(cases, Offence.VERDICT, cheat, CaseState.CLOSED);
      assertThat(closed.harmed()).contains(requester.address());
      assertThat(closed.compensation()).isEqualTo(dollars(6));
      assertThat(closed.taken()).isEqualTo(dollars(25));
    }
    assertThat(bond(cheat).bonded()).isEqualTo(dollars(475));
    // Without a transaction of its own, nor a purse before.
    until(() ->
        market
            .client
            .read(market.escrow.purse(market.client.read(market.escrow.idOf(requester.address()))))
            .balance()
            .equals(dollars(6)));
    var paid = evidence.votes().getFirst().entry().verifier();
    until(() ->
        market
            .client
            .read(market.token.balanceOf(paid))
            .equals(market.terms.policy().verifierFee()));
    assertThat(halts.reasons()).isEmpty();
  }

  @Test
  void a_verdict_one_of_whose_signers_has_left_is_handed_over_without_that_vote() throws Exception {
    Worker cheat = worker();
    var requester = market.person();
    List<Worker> verifiers = workers(30); // six of them have a seat, but for one time in 10,000
    VerdictEvidence evidence = verdict(cheat, requester, verifiers, 6);
    Worker gone = verifiers.get((int) evidence.votes().get(2).entry().index());
    gone.owner().sender.send(market.stake.unbond(dollars(500)));

    try (var cases = cases()) {
      say(VerdictReached.TOPIC, new VerdictReached(id(), Instant.EPOCH, evidence, ""));

      heard(cases, Offence.VERDICT, cheat, CaseState.OPEN);
    }
    String id = caseId(Offence.VERDICT, evidence.result());
    assertThat(states(Purpose.OPEN_CASE, id)).hasSize(2).startsWith("MOOT");
    assertThat(errands.signedFor(Purpose.OPEN_CASE, id))
        .contains(market.court.verdict(evidence.without(gone.owner().address())).call().data());
  }

  @Test
  void a_verdict_that_needs_the_vote_of_one_who_has_left_waits_for_its_return() throws Exception {
    Worker cheat = worker();
    var requester = market.person();
    List<Worker> verifiers = workers(12);
    VerdictEvidence evidence = verdict(cheat, requester, verifiers, 5);
    Worker gone = verifiers.get((int) evidence.votes().getFirst().entry().index());
    gone.owner().sender.send(market.stake.unbond(dollars(500)));
    String id = caseId(Offence.VERDICT, evidence.result());

    try (var cases = cases()) {
      say(VerdictReached.TOPIC, new VerdictReached(id(), Instant.EPOCH, evidence, ""));
      until(() -> refusals(id) > 1);
      assertThat(states(Purpose.OPEN_CASE, id)).containsExactly("PLANNED");

      gone.owner().bond(dollars(500));

      heard(cases, Offence.VERDICT, cheat, CaseState.OPEN);
    }
  }

  private int refusals(String subject) {
    return jdbc.sql("select coalesce(max(refusals), 0) from outgoing where subject = :subject")
        .param("subject", subject)
        .query(Integer.class)
        .single();
  }

  @Test
  void a_failed_canary_becomes_a_case_and_falls_if_the_accused_appeals_and_nobody_rules()
      throws Exception {
    var canary =
        new CanaryLeaf(
            digest("canary"),
            digest("input"),
            digest("model"),
            digest("profile"),
            CanaryLeaf.acceptedHash(List.of(digest("yes"))),
            digest("pepper"));
    var canaries = MerkleTree.of(List.of(canary.hash()));
    SealedEpoch first =
        sealedAndDrawn(MerkleTree.of(List.of(digest("result"))), canaries.root(), Digest.ZERO, 0);
    Worker accused = worker();
    var requester = market.person();
    Digest job = digest("canary job " + next());
    var opening =
        new OutputOpening(job, 1, accused.owner().address(), digest("salt"), digest("no"));
    var result = market.result(job, accused.owner(), accused.key(), next(), opening.commitment());
    var leaf = leaf(result, requester, BasisPoints.ZERO);
    var tree = MerkleTree.of(List.of(leaf.hash()));
    SealedEpoch second = sealedAndDrawn(tree, Digest.ZERO, Digest.ZERO, 0);
    var evidence =
        new CanaryEvidence(
            new SealedLeaf(second.epochSeal(), leaf, tree.proof(leaf.hash())),
            result,
            first.epochSeal(),
            canary,
            canaries.proof(canary.hash()),
            List.of(digest("yes")),
            digest("salt"),
            digest("no"));

    try (var cases = cases()) {
      say(CanaryFailed.TOPIC, new CanaryFailed(id(), Instant.EPOCH, evidence, ""));
      CaseChanged open = heard(cases, Offence.CANARY, accused, CaseState.OPEN);
      assertThat(bond(accused).frozen()).isEqualTo(dollars(25));

      // With its own key; the service has no part in it.
      accused.owner().sender.send(market.court.appeal(open.caseId()));
      CaseChanged appealed = heard(cases, Offence.CANARY, accused, CaseState.APPEALED);
      assertThat(appealed.deadline().orElseThrow()).isAfter(open.deadline().orElseThrow());
      market.chain.pass(market.terms.policy().ruling().plus(Duration.ofSeconds(1)));

      CaseChanged closed = heard(cases, Offence.CANARY, accused, CaseState.CLOSED);
      assertThat(closed.taken()).isEqualTo(TokenAmount.ZERO);
    }
    assertThat(bond(accused))
        .isEqualTo(new StakeContract.Bond(dollars(500), dollars(0), dollars(0), 0));
    assertThat(requester.balance()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  void what_is_sealed_is_not_sealed_again_with_what_a_node_that_is_behind_shows() {
    EpochSeal sealed =
        sealedAndDrawn(MerkleTree.of(List.of(digest("a result"))), Digest.ZERO, Digest.ZERO, 0)
            .epochSeal();

    epochs.seal(
        new EpochSeal(
            sealed.epoch(),
            sealed.root(),
            sealed.prevRoot(),
            sealed.count(),
            sealed.totalPrice(),
            sealed.canaryRoot(),
            sealed.verifierSetRoot(),
            sealed.verifierCount(),
            digest("another link")));

    assertThat(epochs.sealed(sealed.epoch()).orElseThrow().epochSeal()).isEqualTo(sealed);
    assertThat(epochs.isOnItsWay(Purpose.SEAL, sealed.epoch())).isFalse();
  }

  /** As after a node that was behind, or a new chain that was anchored meanwhile. */
  @Test
  void a_seal_for_another_preimage_than_the_courts_next_is_made_anew() {
    until(halts::isClear);
    long epoch = next();
    halts.hold("test", "nothing is to be sent yet");
    try {
      close(
          epoch, MerkleTree.of(List.of(digest("result of " + epoch))), Digest.ZERO, Digest.ZERO, 0);
      until(() -> epochs.isOnItsWay(Purpose.SEAL, epoch));
      EpochSeal kept = epochs.find(epoch).orElseThrow();
      var stale =
          new EpochSeal(
              epoch,
              kept.root(),
              kept.prevRoot(),
              kept.count(),
              kept.totalPrice(),
              kept.canaryRoot(),
              kept.verifierSetRoot(),
              kept.verifierCount(),
              digest("an old link"));
      jdbc.sql("update epoch set beacon_commitment = :commitment where epoch = :epoch")
          .param("commitment", stale.beaconCommitment().toString())
          .param("epoch", epoch)
          .update();
      jdbc.sql("update outgoing set data = :data where purpose = 'SEAL' and subject = :subject")
          .param("data", market.court.seal(stale).data().toBytes())
          .param("subject", "" + epoch)
          .update();
    } finally {
      halts.release("test");
    }

    until(() -> epochs.sealed(epoch).flatMap(SealedEpoch::beacon).isPresent());
    assertThat(states(Purpose.SEAL, "" + epoch)).containsExactly("MOOT", "FINAL");
  }

  @Test
  void evidence_whose_transaction_reverted_is_handed_to_the_court_again() {
    Worker cheat = worker();
    var requester = market.person();
    outgoing.plan(
        Purpose.OPEN_ACCOUNT,
        requester.address().hex(),
        market.escrow.open(requester.address()).call());
    until(() ->
        states(Purpose.OPEN_ACCOUNT, requester.address().hex()).equals(List.of("FINAL"))
            && stakes.key(cheat.key().address()).isPresent());
    var result = market.result(requester, cheat.owner(), cheat.key(), 1, "yes");
    String id = caseId(Offence.CONTRADICTION, result);
    halts.hold("test", "nothing is to be sent yet");
    try {
      openCases.open(contradiction(result, cheat, "no"));
      // No nonce is used twice, so it gets another's.
      record Signed(String sender, long nonce) {}
      Signed other =
          jdbc.sql("select sender, nonce from outgoing where subject = :subject")
              .param("subject", requester.address().hex())
              .query((row, _) -> new Signed(row.getString("sender"), row.getLong("nonce")))
              .single();
      jdbc.sql(
              """
              update outgoing set state = 'MOOT', nonce = null, sender = null
               where subject = :subject\
              """)
          .param("subject", requester.address().hex())
          .update();
      jdbc.sql(
              """
              update outgoing set state = 'REVERTED', nonce = :nonce, sender = :sender
               where subject = :id\
              """)
          .param("nonce", other.nonce())
          .param("sender", other.sender())
          .param("id", id)
          .update();
    } finally {
      halts.release("test");
    }

    until(() -> states(Purpose.OPEN_CASE, id).equals(List.of("REVERTED", "FINAL")));
    assertThat(bond(cheat).bonded()).isEqualTo(TokenAmount.ZERO);
    // What it says of itself now is that there is a case: it is not tried for ever.
    jdbc.sql("update outgoing set state = 'REVERTED' where subject = :id and state = 'FINAL'")
        .param("id", id)
        .update();
    until(() -> states(Purpose.OPEN_CASE, id).equals(List.of("REVERTED", "REVERTED", "MOOT")));
  }

  @Test
  void of_evidence_that_nobody_has_signed_for_the_newest_counts_until_there_is_a_case() {
    Worker cheat = worker();
    var requester = market.person();
    until(() -> stakes.key(cheat.key().address()).isPresent());
    var result = market.result(requester, cheat.owner(), cheat.key(), 1, "yes");
    String id = caseId(Offence.CONTRADICTION, result);
    var newer = contradiction(result, cheat, "perhaps");
    Bytes data = market.court.contradiction(newer.first(), newer.second()).call().data();
    halts.hold("test", "nothing is to be sent yet");
    try {
      openCases.open(contradiction(result, cheat, "no"));
      openCases.open(newer);
      assertThat(states(Purpose.OPEN_CASE, id)).containsExactly("MOOT", "PLANNED");
      assertThat(evidence(id)).isEqualTo(data);
    } finally {
      halts.release("test");
    }

    until(() -> states(Purpose.OPEN_CASE, id).equals(List.of("MOOT", "FINAL")));
    assertThat(errands.signedFor(Purpose.OPEN_CASE, id)).contains(data);
    until(() ->
        jdbc.sql("select count(*) from court_case where id = :id")
                .param("id", id)
                .query(Long.class)
                .single()
            == 1);
    openCases.open(contradiction(result, cheat, "never"));
    assertThat(evidence(id)).as("of the case").isEqualTo(data);
    until(() -> states(Purpose.OPEN_CASE, id).equals(List.of("MOOT", "FINAL", "MOOT")));
  }

  @Test
  void harm_that_no_sealed_result_of_the_case_shows_is_refused_and_ousts_none_that_does() {
    Worker cheat = worker();
    var requester = market.person();
    var stranger = market.person();
    var result = market.result(requester, cheat.owner(), cheat.key(), next(), "yes");
    var another = market.result(requester, cheat.owner(), cheat.key(), next(), "of another job");
    SealLeaf leaf = leaf(result, requester, BasisPoints.ZERO);
    SealLeaf ofAnother = leaf(another, requester, BasisPoints.ZERO);
    var tree = MerkleTree.of(List.of(leaf.hash(), ofAnother.hash()));
    EpochSeal seal = sealedAndDrawn(tree, Digest.ZERO, Digest.ZERO, 0).epochSeal();
    var dearer =
        new SealLeaf(
            leaf.attestation(), leaf.worker(), leaf.requester(), dollars(90), BasisPoints.ZERO);
    SealLeaf ofStranger = leaf(result, stranger, BasisPoints.ZERO);
    var byStranger =
        new SignedAttestation(
            result.attestation(),
            stranger.signer.sign(result.attestation(), market.market.courtDomain()));
    MerkleProof proof = tree.proof(leaf.hash());
    Digest id = Digest.parse(caseId(Offence.CONTRADICTION, result));
    var subject = new SealedLeaf(seal, leaf, proof);
    openCases.open(contradiction(result, cheat, "no"));
    openCases.compensate(harm(id, result, subject));

    for (HarmFound forged :
        List.of(
            harm(id, another, new SealedLeaf(seal, ofAnother, tree.proof(ofAnother.hash()))),
            harm(id, result, new SealedLeaf(seal, dearer, proof)),
            harm(id, result, new SealedLeaf(seal, ofStranger, proof)),
            harm(id, result, new SealedLeaf(seal, ofAnother, tree.proof(ofAnother.hash()))),
            harm(id, byStranger, subject),
            harm(digest("another case"), result, subject))) {
      assertThatThrownBy(() -> openCases.compensate(forged)).isInstanceOf(Refused.class);
    }

    until(() -> states(Purpose.COMPENSATE, id.toString()).equals(List.of("FINAL")));
    until(() ->
        jdbc.sql("select count(*) from court_case where id = :id and harmed = :harmed")
                .param("id", id.toString())
                .param("harmed", requester.address().hex())
                .query(Long.class)
                .single()
            == 1);
  }

  private HarmFound harm(Digest caseId, SignedAttestation result, SealedLeaf subject) {
    return new HarmFound(id(), Instant.EPOCH, caseId, result, subject, "");
  }

  private ContradictionFound contradiction(SignedAttestation result, Worker cheat, String answer) {
    var contrary =
        market.result(
            result.attestation().jobId(),
            cheat.owner(),
            cheat.key(),
            result.attestation().epoch(),
            answer);
    return new ContradictionFound(id(), Instant.EPOCH, result, contrary, "");
  }

  private static String caseId(Offence offence, SignedAttestation result) {
    var attestation = result.attestation();
    return offence
        .caseId(attestation.worker(), Offence.attempt(attestation.jobId(), attestation.attempt()))
        .toString();
  }

  private Bytes evidence(String id) {
    return jdbc.sql("select data from evidence where case_id = :id")
        .param("id", id)
        .query((row, _) -> Bytes.of(row.getBytes("data")))
        .single();
  }

  private List<String> states(Purpose purpose, String subject) {
    return jdbc.sql(
            "select state from outgoing where purpose = :purpose and subject = :subject order by"
                + " id")
        .param("purpose", purpose.name())
        .param("subject", subject)
        .query((row, _) -> row.getString("state"))
        .list();
  }

  private void until(Callable<Boolean> so) {
    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          block();
          return so.call();
        });
  }

  private void block() {
    market.chain.mine(1);
  }

  private long next() {
    return market.client.read(market.court.latestEpoch()) + 1;
  }

  private SealedEpoch sealedAndDrawn(
      MerkleTree leaves, Digest canaryRoot, Digest verifierSetRoot, long verifierCount) {
    long epoch = next();
    close(epoch, leaves, canaryRoot, verifierSetRoot, verifierCount);
    until(() -> epochs.sealed(epoch).flatMap(SealedEpoch::beacon).isPresent());
    return epochs.sealed(epoch).orElseThrow();
  }

  private void close(
      long epoch,
      MerkleTree leaves,
      Digest canaryRoot,
      Digest verifierSetRoot,
      long verifierCount) {
    closeEpoch.close(
        new EpochClosed(
            id(),
            Instant.EPOCH,
            epoch,
            leaves.root(),
            market.client.read(market.court.latestRoot()),
            leaves.size(),
            PRICE,
            canaryRoot,
            verifierSetRoot,
            verifierCount,
            ""));
  }

  private SealLeaf leaf(SignedAttestation result, TestMarket.Person requester, BasisPoints rate) {
    return new SealLeaf(
        result.attestation().digest(market.market.courtDomain()),
        result.attestation().worker(),
        requester.address(),
        PRICE,
        rate);
  }

  private List<Worker> workers(int count) {
    return IntStream.range(0, count).mapToObj(_ -> worker()).toList();
  }

  /** What so many of the committee have signed, all of the cheat's own profile. */
  private VerdictEvidence verdict(
      Worker cheat, TestMarket.Person requester, List<Worker> verifiers, int voters) {
    List<VerifierEntry> entries =
        IntStream.range(0, verifiers.size())
            .mapToObj(i ->
                new VerifierEntry(
                    i, verifiers.get(i).owner().address(), digest("profile"), i, verifiers.size()))
            .toList();
    var set = MerkleTree.of(entries.stream().map(VerifierEntry::hash).toList());
    var result = market.result(requester, cheat.owner(), cheat.key(), next(), "no");
    var leaf = leaf(result, requester, ALWAYS);
    var tree = MerkleTree.of(List.of(leaf.hash()));
    SealedEpoch epoch = sealedAndDrawn(tree, Digest.ZERO, set.root(), verifiers.size());
    int round = round(epoch, leaf, entries, voters);
    return new VerdictEvidence(
        new SealedLeaf(epoch.epochSeal(), leaf, tree.proof(leaf.hash())),
        result,
        round,
        digest("reference"),
        digest("evidence"),
        votes(epoch, leaf, round, entries, verifiers, set, voters));
  }

  /** Seven seats can go to fewer people; the next round draws again. */
  private static int round(
      SealedEpoch epoch, SealLeaf leaf, List<VerifierEntry> entries, int voters) {
    return IntStream.range(0, 3)
        .filter(r -> seated(epoch, leaf, r, entries).size() >= voters)
        .findFirst()
        .orElseThrow();
  }

  private static List<VerifierEntry> seated(
      SealedEpoch epoch, SealLeaf leaf, int round, List<VerifierEntry> entries) {
    Beacon beacon = epoch.beacon().orElseThrow();
    var committee = beacon.committee(leaf.hash(), round, entries.size(), entries.size());
    return entries.stream().filter(e -> committee.seats(e, digest("profile"))).toList();
  }

  private List<Vote> votes(
      SealedEpoch epoch,
      SealLeaf leaf,
      int round,
      List<VerifierEntry> entries,
      List<Worker> verifiers,
      MerkleTree set,
      int voters) {
    return seated(epoch, leaf, round, entries).stream()
        .sorted(Comparator.comparing(VerifierEntry::verifier))
        .limit(voters)
        .map(entry -> {
          var finding =
              new Verdict(
                  leaf.attestation(),
                  epoch.epochSeal().epoch(),
                  round,
                  Outcome.INVALID,
                  1,
                  digest("reference"),
                  digest("evidence"),
                  entry.verifier(),
                  2_000);
          LocalSigner key = verifiers.get((int) entry.index()).key();
          return new Vote(
              entry,
              set.proof(entry.hash()),
              2_000,
              key.sign(finding, market.market.courtDomain()));
        })
        .toList();
  }

  private StakeContract.Bond bond(Worker worker) {
    return market.client.read(market.stake.bondOf(worker.owner().address()));
  }

  private Heard<CaseChanged> cases() {
    return new Heard<>(broker.getBootstrapServers(), CaseChanged.TOPIC, CaseChanged.class, json);
  }

  private CaseChanged heard(
      Heard<CaseChanged> cases, Offence offence, Worker accused, CaseState state) {
    return cases.first(
        c ->
            c.offence() == offence
                && c.accused().equals(accused.owner().address())
                && c.state() == state,
        this::block);
  }

  private void say(String topic, Object event) {
    events.send(topic, "key", "", event);
  }

  private EventId id() {
    return new EventId(ids.next());
  }
}
