package dev.assay.protocol;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Java's reading of the golden vectors. Foundry and viem read the same files; {@code
 * contracts/bin/vectors} writes them again.
 */
class GoldenVectorsTests {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Path VECTORS = Path.of("src/test/resources/vectors");

  private static final Map<String, Class<?>> TYPES =
      Map.of(
          "Assignment", Assignment.class,
          "AuditNotice", AuditNotice.class,
          "Ceiling", Ceiling.class,
          "EpochSeal", EpochSeal.class,
          "JobSpec", JobSpec.class,
          "ResultAttestation", ResultAttestation.class,
          "SessionKey", SessionKeyConsent.class,
          "Verdict", Verdict.class);

  private static final Map<String, Function<JsonNode, Digest>> LEAVES =
      Map.of(
          "SealLeaf", node -> JSON.treeToValue(node, SealLeaf.class).hash(),
          "CanaryLeaf", node -> JSON.treeToValue(node, CanaryLeaf.class).hash(),
          "VerifierEntry", node -> JSON.treeToValue(node, VerifierEntry.class).hash(),
          "ReceiptLeaf", node -> JSON.treeToValue(node, ReceiptLeaf.class).hash());

  @BeforeAll
  static void write_if_asked() throws IOException {
    if (Boolean.getBoolean("assay.vectors.write")) {
      for (var file : GoldenVectors.files().entrySet()) {
        Files.writeString(VECTORS.resolve(file.getKey()), file.getValue());
      }
    }
  }

  @Test
  void the_files_are_what_the_command_writes() throws IOException {
    Map<String, String> made = GoldenVectors.files();
    Map<String, String> stored = new TreeMap<>();
    for (String name : made.keySet()) {
      stored.put(name, Files.readString(VECTORS.resolve(name)));
    }
    assertThat(stored).isEqualTo(made);
  }

  @Test
  void every_type_that_is_signed_has_rows() {
    assertThat(rows("typed.json").map(row -> row.path("type").asString()).distinct())
        .containsExactlyInAnyOrderElementsOf(TYPES.keySet());
    assertThat(TYPES.values()).hasSameElementsAs(List.of(Signable.class.getPermittedSubclasses()));
    assertThat(rows("leaves.json").map(row -> row.path("type").asString()).distinct())
        .containsExactlyInAnyOrderElementsOf(LEAVES.keySet());
  }

  @ParameterizedTest
  @MethodSource
  void typed(JsonNode row) {
    var message =
        (Signable) JSON.treeToValue(row.path("message"), TYPES.get(row.path("type").asString()));
    var domain = new Domain(number(row, "chainId"), wallet(row, "verifyingContract"));
    var signer = LocalSigner.ofKey(digest(row, "privateKey").toBytes());
    var signature = Signature.parse(row.path("signature").asString());

    assertThat(message.structHash()).isEqualTo(digest(row, "structHash"));
    assertThat(message.digest(domain)).isEqualTo(digest(row, "digest"));
    assertThat(signer.address()).isEqualTo(wallet(row, "signer"));
    assertThat(signer.sign(message, domain)).isEqualTo(signature);
    assertThat(signature.signerOf(digest(row, "digest"))).contains(signer.address());
    assertThat(signature.isBy(signer.address(), message, domain)).isTrue();
  }

  @ParameterizedTest
  @MethodSource
  void leaves(JsonNode row) {
    assertThat(requireNonNull(LEAVES.get(row.path("type").asString())).apply(row.path("message")))
        .isEqualTo(digest(row, "leaf"));
  }

  @ParameterizedTest
  @MethodSource
  void trees(JsonNode row) {
    List<Digest> leaves = digests(row.path("leaves"));
    var tree = MerkleTree.of(leaves);
    assertThat(tree.root()).isEqualTo(digest(row, "root"));
    for (int i = 0; i < leaves.size(); i++) {
      var proof = new MerkleProof(digests(row.path("proofs").path(i)));
      assertThat(proof.proves(leaves.get(i), tree.root())).isTrue();
      assertThat(tree.proof(leaves.get(i))).isEqualTo(proof);
    }
  }

  @ParameterizedTest
  @MethodSource
  void draw(JsonNode row) {
    var beacon = Beacon.of(digest(row, "preimage"), digest(row, "blockHash"), digest(row, "root"));
    assertThat(beacon.value()).isEqualTo(digest(row, "beacon"));
    var rate = new BasisPoints((int) number(row, "auditRateBps"));
    assertThat(beacon.selects(number(row, "epoch"), digest(row, "leaf"), rate))
        .isEqualTo(row.path("selected").booleanValue());
  }

  @ParameterizedTest
  @MethodSource
  void committee(JsonNode row) {
    var committee =
        new Beacon(digest(row, "beacon"))
            .committee(
                digest(row, "leaf"),
                (int) number(row, "round"),
                number(row, "verifierCount"),
                number(row, "ofProfile"));
    assertThat(committee.general()).isEqualTo(numbers(row.path("general")));
    assertThat(committee.own()).isEqualTo(numbers(row.path("own")));
  }

  @ParameterizedTest
  @MethodSource
  void heads(JsonNode row) {
    var batch =
        new Batch(digest(row, "root"), entries(row.path("debits")), entries(row.path("credits")));
    assertThat(Batch.firstHead(new Domain(number(row, "chainId"), wallet(row, "escrow"))))
        .isEqualTo(digest(row, "genesis"));
    assertThat(batch.packedDebits().toString()).isEqualTo(row.path("debits").asString());
    assertThat(batch.packedCredits().toString()).isEqualTo(row.path("credits").asString());
    assertThat(batch.head(digest(row, "parent"))).isEqualTo(digest(row, "head"));
  }

  @ParameterizedTest
  @MethodSource
  void identifiers(JsonNode row) {
    String uuid =
        row.path("uuid")
            .asString()
            .replaceFirst("0x(.{8})(.{4})(.{4})(.{4})(.{12})", "job_$1-$2-$3-$4-$5");
    Digest jobId = JobId.parse(uuid).of(wallet(row, "requester"));
    assertThat(jobId).isEqualTo(digest(row, "jobId"));
    long attempt = number(row, "attempt");
    var opening =
        new OutputOpening(
            jobId,
            attempt,
            wallet(row, "worker"),
            digest(row, "salt"),
            digest(row, "outputDigest"));
    assertThat(opening.commitment()).isEqualTo(digest(row, "outputCommitment"));
    assertThat(
            Offence.of((int) number(row, "kind"))
                .caseId(wallet(row, "worker"), Offence.attempt(jobId, attempt)))
        .isEqualTo(digest(row, "caseId"));
  }

  static Stream<JsonNode> typed() {
    return rows("typed.json");
  }

  static Stream<JsonNode> leaves() {
    return rows("leaves.json");
  }

  static Stream<JsonNode> trees() {
    return rows("trees.json");
  }

  static Stream<JsonNode> draw() {
    return rows("draw.json");
  }

  static Stream<JsonNode> committee() {
    return rows("committee.json");
  }

  static Stream<JsonNode> heads() {
    return rows("heads.json");
  }

  static Stream<JsonNode> identifiers() {
    return rows("identifiers.json");
  }

  private static Stream<JsonNode> rows(String file) {
    return JSON.readTree(VECTORS.resolve(file).toFile()).valueStream();
  }

  private static Digest digest(JsonNode row, String field) {
    return Digest.parse(row.path(field).asString());
  }

  private static WalletAddress wallet(JsonNode row, String field) {
    return new WalletAddress(row.path(field).asString());
  }

  private static long number(JsonNode row, String field) {
    return Long.parseLong(row.path(field).asString());
  }

  private static List<Digest> digests(JsonNode array) {
    return array.valueStream().map(node -> Digest.parse(node.asString())).toList();
  }

  private static List<Long> numbers(JsonNode array) {
    return array.valueStream().map(node -> Long.valueOf(node.asString())).toList();
  }

  private static List<Entry> entries(JsonNode packed) {
    String digits = packed.asString().substring(2);
    return Stream.iterate(0, i -> i < digits.length(), i -> i + 24)
        .map(i ->
            new Entry(
                new AccountId(Long.parseLong(digits.substring(i, i + 8), 16)),
                TokenAmount.parse(
                    Long.toUnsignedString(
                        Long.parseUnsignedLong(digits.substring(i + 8, i + 24), 16)))))
        .toList();
  }
}
