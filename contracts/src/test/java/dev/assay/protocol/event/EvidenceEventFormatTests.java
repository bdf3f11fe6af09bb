package dev.assay.protocol.event;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.CanaryEvidence;
import dev.assay.protocol.CanaryLeaf;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.EventId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.Offence;
import dev.assay.protocol.ReceiptLeaf;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SealedLeaf;
import dev.assay.protocol.Signature;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.VerdictEvidence;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.Vote;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.CaseState;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What carries seals, evidence and payments is read as it was written, field by field. */
class EvidenceEventFormatTests {
  private static final EventId ID =
      new EventId(UUID.fromString("0198f1a2-0000-7000-8000-000000000001"));
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final WalletAddress WORKER =
      new WalletAddress("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed");
  private static final WalletAddress REQUESTER =
      new WalletAddress("0xfb6916095ca1df60bb79ce92ce3ea74c37c5d359");
  private static final TokenAmount PRICE = TokenAmount.parse("9007199254740993");

  private final JsonMapper json = JsonMapper.builder().build();

  @ParameterizedTest
  @MethodSource("events")
  void an_event_is_read_as_it_was_written(Object event) {
    String written = json.writeValueAsString(event);
    assertThat((Object) json.readValue(written, event.getClass())).isEqualTo(event);
    JsonNode tree = json.readTree(written);
    assertThat(tree.get("id").asString()).isEqualTo("evt_0198f1a2-0000-7000-8000-000000000001");
    assertThat(tree.get("occurredAt").asString()).isEqualTo("2026-11-23T12:00:00Z");
    assertThat(written).as("money is a string of digits").doesNotContain(":9007199254740993");
  }

  static List<Object> events() {
    var second = new SignedAttestation(attestation(2), signature());
    return List.of(
        new PaymentsSwitched(ID, NOON, 9_007_199_254L, true, "the chain forks", "ada", ""),
        new EpochClosed(ID, NOON, 1, digest(1), Digest.ZERO, 3, PRICE, digest(2), digest(3), 9, ""),
        new EpochSealed(ID, NOON, seal(), 77, digest(4), 70, ""),
        new EpochDrawn(ID, NOON, 1, new Beacon(digest(5)), digest(6), digest(7), digest(8), 79, ""),
        new JobCleared(ID, NOON, result(), subject(), PRICE, ""),
        new JobSettled(
            ID,
            NOON,
            new ReceiptLeaf(
                digest(1), 1, new AccountId(1), new AccountId(2), PRICE, PRICE, digest(2)),
            REQUESTER,
            WORKER,
            proof(),
            digest(3),
            digest(4),
            digest(5),
            digest(6),
            90,
            2,
            ""),
        new ContradictionFound(ID, NOON, result(), second, ""),
        new HarmFound(ID, NOON, digest(9), result(), subject(), ""),
        new VerdictReached(
            ID,
            NOON,
            new VerdictEvidence(
                subject(),
                result(),
                0,
                digest(1),
                digest(2),
                List.of(
                    new Vote(
                        new VerifierEntry(0, WORKER, digest(3), 0, 9),
                        proof(),
                        1_790_000_000L,
                        signature()))),
            ""),
        new CanaryFailed(
            ID,
            NOON,
            new CanaryEvidence(
                subject(),
                result(),
                seal(),
                new CanaryLeaf(digest(1), digest(2), digest(3), digest(4), digest(5), digest(6)),
                proof(),
                List.of(digest(7)),
                digest(8),
                digest(9)),
            ""),
        new CaseChanged(
            ID,
            NOON,
            digest(1),
            Offence.VERDICT,
            WORKER,
            CaseState.OPEN,
            PRICE,
            TokenAmount.ZERO,
            Optional.of(NOON),
            Optional.empty(),
            TokenAmount.ZERO,
            91,
            0,
            ""));
  }

  private static SealedLeaf subject() {
    return new SealedLeaf(
        seal(), new SealLeaf(digest(1), WORKER, REQUESTER, PRICE, new BasisPoints(300)), proof());
  }

  private static EpochSeal seal() {
    return new EpochSeal(1, digest(1), Digest.ZERO, 3, PRICE, digest(2), digest(3), 9, digest(4));
  }

  private static SignedAttestation result() {
    return new SignedAttestation(attestation(1), signature());
  }

  private static ResultAttestation attestation(int output) {
    return new ResultAttestation(
        digest(1),
        1,
        digest(2),
        WORKER,
        digest(3),
        digest(4),
        digest(5),
        digest(output),
        digest(7),
        Digest.ZERO,
        1,
        10,
        20,
        1,
        1_790_000_000L);
  }

  private static MerkleProof proof() {
    return new MerkleProof(List.of(digest(11), digest(12)));
  }

  private static Signature signature() {
    return Signature.parse("0x" + "11".repeat(32) + "22".repeat(32) + "1b");
  }

  private static Digest digest(int number) {
    return Digest.keccak256(new byte[] {(byte) number});
  }
}
