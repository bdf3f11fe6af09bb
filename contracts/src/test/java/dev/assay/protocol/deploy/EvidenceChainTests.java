package dev.assay.protocol.deploy;

import static dev.assay.protocol.deploy.TestMarket.dollars;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.AuditNotice;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.Offence;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.Vote;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.CaseState;
import dev.assay.protocol.chain.Reverted;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.Transaction;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Evidence made in Java, judged by the Court on a real node. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class EvidenceChainTests {
  private static final int ATTACKS = 1_000;
  private static final BasisPoints ALWAYS = BasisPoints.WHOLE;
  private static final TokenAmount PRICE = dollars(3);

  private TestMarket its;

  @BeforeAll
  void deploy() {
    its = new TestMarket();
    its.operator.bond(dollars(1_000));
  }

  @AfterAll
  void stop() {
    its.close();
  }

  /** A worker with its staked identity and the key that signs for it. */
  private record Worker(TestMarket.Person owner, LocalSigner key) {}

  private Worker worker() {
    var owner = its.person();
    return new Worker(owner, owner.bond(dollars(500)));
  }

  private static Digest digest(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }

  private static OutputOpening opening(Worker worker, long attempt, String output) {
    return new OutputOpening(
        digest("job"), attempt, worker.owner().address(), digest("salt"), digest(output));
  }

  private ResultAttestation attestation(Worker worker, long attempt, String output, long issuedAt) {
    return new ResultAttestation(
        digest("job"),
        attempt,
        digest("assignment"),
        worker.owner().address(),
        digest("model"),
        digest("profile"),
        digest("input"),
        opening(worker, attempt, output).commitment(),
        digest("evidence"),
        Digest.ZERO,
        1,
        12,
        34,
        nextEpoch(),
        issuedAt);
  }

  private SignedAttestation signed(Worker worker, ResultAttestation attestation) {
    return new SignedAttestation(
        attestation, worker.key().sign(attestation, its.market.courtDomain()));
  }

  private SealLeaf leaf(SignedAttestation result, TestMarket.Person requester, BasisPoints rate) {
    return new SealLeaf(
        result.attestation().digest(its.market.courtDomain()),
        result.attestation().worker(),
        requester.address(),
        PRICE,
        rate);
  }

  private long nextEpoch() {
    return its.chain.read(its.court.latestEpoch()) + 1;
  }

  private EpochSeal seal(MerkleTree tree) {
    return its.sealAndDraw(tree, PRICE, Digest.ZERO, Digest.ZERO, 0);
  }

  private static SealedLeaf sealed(EpochSeal seal, SealLeaf leaf, MerkleTree tree) {
    return new SealedLeaf(seal, leaf, tree.proof(leaf.hash()));
  }

  private StakeContract.Bond bond(TestMarket.Person worker) {
    return its.chain.read(its.stake.bondOf(worker.address()));
  }

  private TokenAmount claimable(TestMarket.Person person) {
    return its.chain.read(its.stake.claimable(person.address()));
  }

  @Test
  void a_contradiction_costs_the_cheat_its_stake_and_compensates_the_requester() {
    Worker cheat = worker();
    var requester = its.person();
    var reporter = its.person();
    var answer = signed(cheat, attestation(cheat, 1, "yes", its.chain.time()));
    var contrary = signed(cheat, attestation(cheat, 1, "no", its.chain.time()));
    var leaf = leaf(answer, requester, BasisPoints.ZERO);
    var tree = MerkleTree.of(List.of(leaf.hash(), digest("another result")));
    var subject = sealed(seal(tree), leaf, tree);

    Digest id = reporter.act(its.court.contradiction(answer, contrary));

    assertThat(id)
        .isEqualTo(
            Offence.CONTRADICTION.caseId(
                cheat.owner().address(), Offence.attempt(digest("job"), 1)));
    assertThat(bond(cheat.owner()).bonded()).isEqualTo(TokenAmount.ZERO);
    assertThat(its.chain.read(its.court.caseOf(id)).state()).isEqualTo(CaseState.HELD);
    assertThat(its.chain.read(its.court.caseOf(id)).amount()).isEqualTo(dollars(500));

    its.person().sender.send(its.court.compensate(id, answer, subject));

    TokenAmount twice = PRICE.share(its.terms.policy().compensation());
    assertThat(twice).isEqualTo(dollars(6));
    assertThat(claimable(requester)).isEqualTo(twice);
    assertThat(claimable(reporter)).isEqualTo(dollars(100)); // a fifth
    its.person().act(its.stake.claim(requester.address()));
    var purse = its.chain.read(its.escrow.idOf(requester.address()));
    assertThat(its.chain.read(its.escrow.purse(purse)).balance()).isEqualTo(twice);
    assertThat(requester.balance()).isEqualTo(TokenAmount.ZERO);
    assertThat(its.chain.read(its.court.caseOf(id)).state()).isEqualTo(CaseState.CLOSED);
    assertThatThrownBy(() -> reporter.act(its.court.contradiction(answer, contrary)))
        .isInstanceOfSatisfying(
            Reverted.class, e -> assertThat(e.error().name()).isEqualTo("KnownCase"));
  }

  @Test
  void the_same_claim_signed_twice_is_no_contradiction() {
    Worker honest = worker();
    var first = signed(honest, attestation(honest, 1, "yes", 1_000));
    var again = signed(honest, attestation(honest, 1, "yes", 2_000));
    assertThatThrownBy(() -> its.person().act(its.court.contradiction(first, again)))
        .isInstanceOfSatisfying(
            Reverted.class, e -> assertThat(e.error().name()).isEqualTo("SameClaim"));
  }

  @Test
  void an_honest_worker_attacked_with_a_thousand_mutated_evidences_keeps_its_stake() {
    Worker honest = worker();
    var attacker = its.person();
    List<Call> almost = almostEvidence(honest);
    Random chance = new Random(20_261_123);
    long nonce = its.chain.minedCount(attacker.address());
    List<Digest> sent = new ArrayList<>();
    for (int i = 0; i < ATTACKS; i++) {
      Call base = almost.get(i % almost.size());
      // The first of each kind goes as it is; the others with some bits turned.
      Bytes data = i < almost.size() ? base.data() : mutated(base.data(), chance);
      var transaction =
          new Transaction(
                  its.chain.chainId(),
                  nonce++,
                  Optional.of(base.to()),
                  data,
                  2_000_000,
                  its.chain.fees())
              .sign(attacker.signer);
      its.chain.send(transaction);
      sent.add(transaction.hash());
    }
    assertThat(sent)
        .allSatisfy(
            hash -> assertThat(its.chain.receipt(hash).orElseThrow().succeeded()).isFalse());
    assertThat(bond(honest.owner()))
        .isEqualTo(new StakeContract.Bond(dollars(500), dollars(0), dollars(0), 0));
  }

  /** All that a slanderer can have: every one would convict if the worker had erred. */
  private List<Call> almostEvidence(Worker honest) {
    var requester = its.person();
    var one = signed(honest, attestation(honest, 1, "yes", 1_000));
    var canary = canary("no", "yes");
    EpochSeal canarySeal =
        its.sealAndDraw(
            MerkleTree.of(List.of(digest("result"))),
            PRICE,
            MerkleTree.of(List.of(canary.hash())).root(),
            Digest.ZERO,
            0);
    var two = signed(honest, attestation(honest, 2, "yes", 1_000));
    var again = signed(honest, attestation(honest, 2, "yes", 2_000));
    var forged = new SignedAttestation(attestation(honest, 2, "no", 1_000), two.signature());
    var leaf = leaf(two, requester, ALWAYS);
    var tree = MerkleTree.of(List.of(leaf.hash(), digest("another")));
    var subject = sealed(seal(tree), leaf, tree);
    var evidence =
        new CanaryEvidence(
            subject,
            two,
            canarySeal,
            canary,
            MerkleTree.of(List.of(canary.hash())).proof(canary.hash()),
            List.of(digest("no"), digest("yes")),
            digest("salt"),
            digest("yes"));
    Worker crony = worker();
    var vote =
        new Vote(
            new VerifierEntry(0, crony.owner().address(), digest("profile"), 0, 1),
            tree.proof(leaf.hash()),
            1_000,
            crony.key().signHashOf(new byte[] {1}));
    var verdict =
        new VerdictEvidence(
            subject,
            two,
            0,
            digest("reference"),
            digest("evidence"),
            List.of(vote, vote, vote, vote, vote));
    return List.of(
        its.court.contradiction(one, two).call(),
        its.court.contradiction(two, again).call(),
        its.court.contradiction(two, forged).call(),
        its.court.canary(evidence).call(),
        its.court.verdict(verdict).call());
  }

  private static CanaryLeaf canary(String... right) {
    var accepted = List.of(right).stream().map(EvidenceChainTests::digest).toList();
    return new CanaryLeaf(
        digest("canary"),
        digest("input"),
        digest("model"),
        digest("profile"),
        CanaryLeaf.acceptedHash(accepted),
        digest("pepper"));
  }

  /** One to three bits turned, behind the selector. */
  private static Bytes mutated(Bytes data, Random chance) {
    byte[] bytes = data.toBytes();
    for (int i = chance.nextInt(3); i >= 0; i--) {
      bytes[4 + chance.nextInt(bytes.length - 4)] ^= (byte) (1 << chance.nextInt(8));
    }
    return Bytes.of(bytes);
  }

  @Test
  void java_and_the_court_draw_the_same() {
    List<Digest> leaves = IntStream.range(0, 32).mapToObj(i -> digest("leaf " + i)).toList();
    long epoch = seal(MerkleTree.of(leaves)).epoch();
    var beacon = new Beacon(its.chain.read(its.court.epochOf(epoch)).beacon());
    for (int rate : new int[] {0, 300, 5_000, 10_000}) {
      for (Digest leaf : leaves) {
        var bps = new BasisPoints(rate);
        assertThat(its.chain.read(its.court.selected(epoch, leaf, bps)))
            .isEqualTo(beacon.selects(epoch, leaf, bps));
      }
    }
    assertThat(its.chain.read(its.court.committee(epoch, leaves.getFirst(), 1, 1_000, 40)))
        .isEqualTo(beacon.committee(leaves.getFirst(), 1, 1_000, 40));
  }

  @Test
  void a_wrong_answer_to_a_canary_is_a_case_and_falls_if_the_arbiter_says_so() {
    Worker wrong = worker();
    var canary = canary("yes");
    var canaryTree = MerkleTree.of(List.of(canary.hash()));
    EpochSeal canarySeal =
        its.sealAndDraw(
            MerkleTree.of(List.of(digest("result"))), PRICE, canaryTree.root(), Digest.ZERO, 0);
    var result = signed(wrong, attestation(wrong, 1, "no", 1_000));
    var leaf = leaf(result, its.person(), BasisPoints.ZERO);
    var tree = MerkleTree.of(List.of(leaf.hash()));
    var evidence =
        new CanaryEvidence(
            sealed(seal(tree), leaf, tree),
            result,
            canarySeal,
            canary,
            canaryTree.proof(canary.hash()),
            List.of(digest("yes")),
            digest("salt"),
            digest("no"));

    Digest id = its.person().act(its.court.canary(evidence));

    assertThat(bond(wrong.owner()).frozen()).isEqualTo(dollars(25)); // 5 % of 500
    wrong.owner().sender.send(its.court.appeal(id));
    its.arbiter.sender.send(its.court.rule(id, false));
    assertThat(its.chain.read(its.court.caseOf(id)).state()).isEqualTo(CaseState.CLOSED);
    assertThat(bond(wrong.owner()))
        .isEqualTo(new StakeContract.Bond(dollars(500), dollars(0), dollars(0), 0));
  }

  @Test
  void a_committees_verdict_unanswered_is_collected() {
    List<Worker> verifiers = IntStream.range(0, 12).mapToObj(i -> worker()).toList();
    List<VerifierEntry> entries =
        IntStream.range(0, verifiers.size())
            .mapToObj(i ->
                new VerifierEntry(
                    i, verifiers.get(i).owner().address(), digest("profile"), i, verifiers.size()))
            .toList();
    var set = MerkleTree.of(entries.stream().map(VerifierEntry::hash).toList());
    Worker cheat = worker();
    var requester = its.person();
    var result = signed(cheat, attestation(cheat, 1, "no", 1_000));
    var leaf = leaf(result, requester, ALWAYS);
    var tree = MerkleTree.of(List.of(leaf.hash()));
    var seal = its.sealAndDraw(tree, PRICE, Digest.ZERO, set.root(), verifiers.size());
    var beacon = new Beacon(its.chain.read(its.court.epochOf(seal.epoch())).beacon());
    assertThat(beacon.selects(seal.epoch(), leaf.hash(), ALWAYS)).isTrue();
    // Seven seats can go to fewer people; the next round draws again.
    int round =
        IntStream.range(0, 3)
            .filter(r -> seated(beacon, leaf, r, entries).size() >= 5)
            .findFirst()
            .orElseThrow();
    List<Vote> votes =
        seated(beacon, leaf, round, entries).stream()
            .sorted(Comparator.comparing(VerifierEntry::verifier))
            .limit(5)
            .map(entry -> vote(entry, verifiers, set, leaf, seal.epoch(), round))
            .toList();

    Digest id =
        its.person()
            .act(
                its.court.verdict(
                    new VerdictEvidence(
                        sealed(seal, leaf, tree),
                        result,
                        round,
                        digest("reference"),
                        digest("evidence"),
                        votes)));

    assertThat(bond(cheat.owner()).frozen()).isEqualTo(dollars(25));
    its.chain.pass(its.terms.policy().window().plus(Duration.ofSeconds(1)));
    its.person().sender.send(its.court.close(id));
    assertThat(bond(cheat.owner()).bonded()).isEqualTo(dollars(475));
    assertThat(claimable(requester)).isEqualTo(dollars(6));
    assertThat(its.chain.read(its.stake.claimable(votes.getFirst().entry().verifier())))
        .isEqualTo(its.terms.policy().verifierFee());
  }

  private static List<VerifierEntry> seated(
      Beacon beacon, SealLeaf leaf, int round, List<VerifierEntry> entries) {
    var committee = beacon.committee(leaf.hash(), round, entries.size(), entries.size());
    return entries.stream().filter(e -> committee.seats(e, digest("profile"))).toList();
  }

  private Vote vote(
      VerifierEntry entry,
      List<Worker> verifiers,
      MerkleTree set,
      SealLeaf leaf,
      long epoch,
      int round) {
    var finding =
        new Verdict(
            leaf.attestation(),
            epoch,
            round,
            Outcome.INVALID,
            1,
            digest("reference"),
            digest("evidence"),
            entry.verifier(),
            2_000);
    LocalSigner key = verifiers.get((int) entry.index()).key();
    return new Vote(
        entry, set.proof(entry.hash()), 2_000, key.sign(finding, its.market.courtDomain()));
  }

  @Test
  void an_audit_that_was_not_drawn_costs_the_operator() {
    Worker worker = worker();
    LocalSigner operatorKey = its.operator.bond(dollars(1));
    var result = signed(worker, attestation(worker, 1, "yes", 1_000));
    var leaf = leaf(result, its.person(), BasisPoints.ZERO);
    var tree = MerkleTree.of(List.of(leaf.hash()));
    var subject = sealed(seal(tree), leaf, tree);
    var notice = new AuditNotice(subject.epochSeal().epoch(), leaf.hash(), 1_000);
    var signature = operatorKey.sign(notice, its.market.courtDomain());
    TokenAmount before = bond(its.operator).bonded();

    its.person().act(its.court.illegitimateAudit(subject, notice, signature));

    assertThat(bond(its.operator).bonded())
        .isEqualTo(before.minus(before.share(its.terms.policy().penalty())));
    assertThat(claimable(worker.owner())).isEqualTo(dollars(6));
  }

  @Test
  void a_second_seal_of_an_epoch_costs_the_operator_all() {
    try (var its = new TestMarket()) {
      LocalSigner operatorKey = its.operator.bond(dollars(100));
      var seal =
          its.sealAndDraw(
              MerkleTree.of(List.of(digest("one"))), PRICE, Digest.ZERO, Digest.ZERO, 0);
      var other =
          new EpochSeal(
              seal.epoch(),
              digest("two"),
              seal.prevRoot(),
              seal.count(),
              seal.totalPrice(),
              seal.canaryRoot(),
              seal.verifierSetRoot(),
              seal.verifierCount(),
              seal.beaconCommitment());
      var signature = operatorKey.sign(other, its.market.courtDomain());
      its.person().act(its.court.equivocation(seal, null, other, signature));
      assertThat(its.chain.read(its.stake.bondOf(its.operator.address())).bonded())
          .isEqualTo(TokenAmount.ZERO);
    }
  }
}
