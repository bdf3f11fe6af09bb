package dev.assay.protocol;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Makes the rows of {@code src/test/resources/vectors}, which {@code docs/reference/protocol.md}
 * describes: the least, the greatest and some drawn values of every type, always the same.
 */
final class GoldenVectors {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final long MAX_UINT32 = (1L << 32) - 1;
  private static final long MAX_TIME = (1L << 53) - 1;
  private static final Digest ALL_ONES = Digest.parse("0x" + "f".repeat(64));
  private static final WalletAddress FIRST = new WalletAddress("0x" + "0".repeat(39) + "1");
  private static final WalletAddress LAST = new WalletAddress("0x" + "f".repeat(40));
  private static final int DRAWN = 4;

  /** Where the values of a row come from: all least, all greatest, or drawn. */
  private interface Values {
    Digest digest();

    WalletAddress wallet();

    TokenAmount amount();

    long upTo(long max);
  }

  private enum Edge implements Values {
    LEAST(Digest.ZERO, FIRST, TokenAmount.ZERO),
    GREATEST(ALL_ONES, LAST, TokenAmount.MAX);

    private final Digest digest;
    private final WalletAddress wallet;
    private final TokenAmount amount;

    Edge(Digest digest, WalletAddress wallet, TokenAmount amount) {
      this.digest = digest;
      this.wallet = wallet;
      this.amount = amount;
    }

    @Override
    public Digest digest() {
      return digest;
    }

    @Override
    public WalletAddress wallet() {
      return wallet;
    }

    @Override
    public TokenAmount amount() {
      return amount;
    }

    @Override
    public long upTo(long max) {
      return this == LEAST ? 0 : max;
    }
  }

  private record Drawn(Random chance) implements Values {
    @Override
    public Digest digest() {
      byte[] bytes = new byte[32];
      chance.nextBytes(bytes);
      return Digest.of(bytes);
    }

    @Override
    public WalletAddress wallet() {
      return new WalletAddress("0x" + digest().toString().substring(26));
    }

    @Override
    public TokenAmount amount() {
      return TokenAmount.of(chance.nextLong(1L << 40));
    }

    @Override
    public long upTo(long max) {
      return chance.nextLong(max) + 1;
    }
  }

  private GoldenVectors() {}

  /** File name to content. */
  static Map<String, String> files() {
    Map<String, String> files = new TreeMap<>();
    files.put("typed.json", text(typed()));
    files.put("leaves.json", text(leaves()));
    files.put("trees.json", text(trees()));
    files.put("draw.json", text(draws()));
    files.put("committee.json", text(committees()));
    files.put("heads.json", text(heads()));
    files.put("identifiers.json", text(identifiers()));
    return files;
  }

  private static ArrayNode typed() {
    ArrayNode rows = JSON.createArrayNode();
    Map<String, Function<Values, Signable>> types = new TreeMap<>();
    types.put("Ceiling", v -> new Ceiling(account(v), v.amount(), v.upTo(MAX_TIME)));
    types.put("SessionKey", v -> new SessionKeyConsent(v.wallet(), v.wallet(), v.upTo(MAX_TIME)));
    types.put(
        "JobSpec",
        v ->
            new JobSpec(
                v.digest(),
                v.wallet(),
                v.digest(),
                v.digest(),
                (int) v.upTo(65_535),
                v.digest(),
                (int) v.upTo(255),
                (int) v.upTo(255),
                v.amount(),
                v.upTo(MAX_TIME)));
    types.put(
        "Assignment",
        v ->
            new Assignment(
                v.digest(),
                v.upTo(MAX_UINT32),
                v.digest(),
                v.wallet(),
                (int) v.upTo(65_535),
                v.amount(),
                v.amount(),
                v.upTo(MAX_TIME),
                v.upTo(MAX_TIME)));
    types.put("ResultAttestation", GoldenVectors::attestation);
    types.put(
        "Verdict",
        v ->
            new Verdict(
                v.digest(),
                v.upTo(MAX_TIME),
                (int) v.upTo(255),
                Outcome.of(1 + (int) v.upTo(2)),
                (int) v.upTo(65_535),
                v.digest(),
                v.digest(),
                v.wallet(),
                v.upTo(MAX_TIME)));
    types.put(
        "EpochSeal",
        v ->
            new EpochSeal(
                Math.max(1, v.upTo(MAX_TIME)),
                v.digest(),
                v.digest(),
                Math.max(1, v.upTo(MAX_UINT32)),
                v.amount(),
                v.digest(),
                v.digest(),
                v.upTo(MAX_UINT32),
                v.digest()));
    types.put("AuditNotice", v -> new AuditNotice(v.upTo(MAX_TIME), v.digest(), v.upTo(MAX_TIME)));
    types.forEach((type, make) ->
        sources(type)
            .forEach((name, values) ->
                rows.add(typedRow(type + ", " + name, type, domain(values), make.apply(values)))));
    return rows;
  }

  private static ObjectNode typedRow(String name, String type, Domain domain, Signable message) {
    byte[] key = Domain.hash("key of " + name).toBytes();
    LocalSigner signer = LocalSigner.ofKey(key);
    ObjectNode row = JSON.createObjectNode();
    row.put("name", name).put("type", type);
    row.put("chainId", Long.toString(domain.chainId()));
    row.put("verifyingContract", domain.verifyingContract().toString());
    row.set("message", message(message));
    row.put("structHash", message.structHash().toString());
    row.put("digest", message.digest(domain).toString());
    row.put("privateKey", Digest.of(key).toString());
    row.put("signer", signer.address().toString());
    row.put("signature", signer.sign(message, domain).toString());
    return row;
  }

  private static ResultAttestation attestation(Values v) {
    return new ResultAttestation(
        v.digest(),
        v.upTo(MAX_UINT32),
        v.digest(),
        v.wallet(),
        v.digest(),
        v.digest(),
        v.digest(),
        v.digest(),
        v.digest(),
        v.digest(),
        (int) v.upTo(65_535),
        v.upTo(MAX_TIME),
        v.upTo(MAX_TIME),
        v.upTo(MAX_TIME),
        v.upTo(MAX_TIME));
  }

  private static ArrayNode leaves() {
    ArrayNode rows = JSON.createArrayNode();
    leafRows(rows, "SealLeaf", GoldenVectors::sealLeaf, SealLeaf::hash);
    leafRows(
        rows,
        "CanaryLeaf",
        v -> new CanaryLeaf(v.digest(), v.digest(), v.digest(), v.digest(), v.digest(), v.digest()),
        CanaryLeaf::hash);
    leafRows(
        rows,
        "VerifierEntry",
        v -> {
          long ofProfile = Math.max(1, v.upTo(MAX_UINT32));
          return new VerifierEntry(
              v.upTo(MAX_UINT32),
              v.wallet(),
              v.digest(),
              ofProfile == 1 ? 0 : v.upTo(ofProfile - 1),
              ofProfile);
        },
        VerifierEntry::hash);
    leafRows(
        rows,
        "ReceiptLeaf",
        v -> {
          TokenAmount price = v.amount();
          return new ReceiptLeaf(
              v.digest(),
              v.upTo(MAX_UINT32),
              account(v),
              account(v),
              price,
              price.min(v.amount()),
              v.digest());
        },
        ReceiptLeaf::hash);
    return rows;
  }

  private static SealLeaf sealLeaf(Values v) {
    return new SealLeaf(
        v.digest(), v.wallet(), v.wallet(), v.amount(), new BasisPoints((int) v.upTo(10_000)));
  }

  private static <L> void leafRows(
      ArrayNode rows, String type, Function<Values, L> make, Function<L, Digest> hash) {
    sources(type)
        .forEach((name, values) -> {
          L leaf = make.apply(values);
          ObjectNode row = rows.addObject().put("name", type + ", " + name).put("type", type);
          row.set("message", message(leaf));
          row.put("leaf", hash.apply(leaf).toString());
        });
  }

  private static ArrayNode trees() {
    ArrayNode rows = JSON.createArrayNode();
    for (int size : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 31}) {
      Drawn values = drawn("tree of " + size);
      tree(rows, size + " leaves", Stream.generate(values::digest).limit(size).toList());
    }
    tree(rows, "one leaf, zero", List.of(Digest.ZERO));
    tree(rows, "least and greatest", List.of(ALL_ONES, Digest.ZERO));
    Digest twin = drawn("twins").digest();
    tree(rows, "the same leaf three times", List.of(twin, twin, twin));
    return rows;
  }

  private static void tree(ArrayNode rows, String name, List<Digest> leaves) {
    MerkleTree tree = MerkleTree.of(leaves);
    ObjectNode row = rows.addObject().put("name", name);
    row.set("leaves", strings(leaves));
    row.put("root", tree.root().toString());
    ArrayNode proofs = row.putArray("proofs");
    leaves.forEach(leaf -> proofs.add(strings(tree.proof(leaf).siblings())));
  }

  private static ArrayNode draws() {
    ArrayNode rows = JSON.createArrayNode();
    draw(rows, "least", Edge.LEAST, 0);
    draw(rows, "least, always", Edge.LEAST, 10_000);
    draw(rows, "greatest", Edge.GREATEST, 10_000);
    draw(rows, "more than always", Edge.GREATEST, 65_535);
    Drawn values = drawn("draw");
    for (int rate : new int[] {0, 1, 2, 100, 300, 300, 300, 2_500, 5_000, 9_999}) {
      draw(rows, "rate %d, row %d".formatted(rate, rows.size()), values, rate);
    }
    nearThreshold(rows);
    return rows;
  }

  /** For one ticket, the greatest rate that does not draw it and the least that does. */
  private static void nearThreshold(ArrayNode rows) {
    for (int i = 0; i < 6; i++) {
      int seed = i;
      int rate =
          IntStream.rangeClosed(1, 10_000)
              .filter(r -> drawRow("", drawn("edge " + seed), r).path("selected").booleanValue())
              .findFirst()
              .orElseThrow();
      draw(rows, "edge %d, not drawn".formatted(i), drawn("edge " + i), rate - 1);
      draw(rows, "edge %d, drawn".formatted(i), drawn("edge " + i), rate);
    }
  }

  private static void draw(ArrayNode rows, String name, Values v, int rate) {
    rows.add(drawRow(name, v, rate));
  }

  private static ObjectNode drawRow(String name, Values v, int rate) {
    Digest preimage = v.digest();
    Digest blockHash = v.digest();
    Digest root = v.digest();
    long epoch = v.upTo(MAX_TIME);
    Digest leaf = v.digest();
    Beacon beacon = Beacon.of(preimage, blockHash, root);
    return JSON.createObjectNode()
        .put("name", name)
        .put("preimage", preimage.toString())
        .put("blockHash", blockHash.toString())
        .put("root", root.toString())
        .put("beacon", beacon.value().toString())
        .put("epoch", Long.toString(epoch))
        .put("leaf", leaf.toString())
        .put("auditRateBps", Integer.toString(rate))
        .put("selected", beacon.selects(epoch, leaf, new BasisPoints(rate)));
  }

  private static ArrayNode committees() {
    ArrayNode rows = JSON.createArrayNode();
    long[][] sizes = {
      {0, 0},
      {1, 1},
      {2, 1},
      {3, 3},
      {4, 2},
      {5, 4},
      {7, 7},
      {40, 12},
      {1_000, 3},
      {100_000, 99_999},
      {MAX_UINT32, MAX_UINT32}
    };
    for (long[] size : sizes) {
      for (int round : new int[] {0, 2}) {
        Drawn values = drawn("committee");
        Beacon beacon = new Beacon(values.digest());
        Digest leaf = values.digest();
        Beacon.Committee committee = beacon.committee(leaf, round, size[0], size[1]);
        ObjectNode row =
            rows.addObject()
                .put("name", "%d and %d, round %d".formatted(size[0], size[1], round))
                .put("beacon", beacon.value().toString())
                .put("leaf", leaf.toString())
                .put("round", Integer.toString(round))
                .put("verifierCount", Long.toString(size[0]))
                .put("ofProfile", Long.toString(size[1]));
        row.set("general", strings(committee.general()));
        row.set("own", strings(committee.own()));
      }
    }
    return rows;
  }

  private static ArrayNode heads() {
    ArrayNode rows = JSON.createArrayNode();
    TokenAmount one = TokenAmount.of(1);
    head(rows, "one debit of nothing", Edge.LEAST, batch(List.of(entry(1, "0")), List.of()));
    head(
        rows,
        "one debit, one credit",
        drawn("head 1"),
        batch(List.of(entry(1, "1000000")), List.of(entry(2, "900000"))));
    head(
        rows,
        "greatest accounts and amounts",
        Edge.GREATEST,
        batch(
            List.of(new Entry(new AccountId(MAX_UINT32), TokenAmount.MAX)),
            List.of(new Entry(new AccountId(MAX_UINT32), TokenAmount.MAX))));
    head(
        rows,
        "three debits, no fee",
        drawn("head 2"),
        batch(
            List.of(entry(1, "5"), entry(256, "7"), entry(65_536, "18446744073709551603")),
            List.of(entry(3, "18446744073709551615"))));
    head(
        rows,
        "2,800 parties",
        drawn("head 3"),
        batch(
            IntStream.rangeClosed(1, 1_400)
                .mapToObj(i -> new Entry(new AccountId(i), one))
                .toList(),
            IntStream.rangeClosed(2, 1_401)
                .mapToObj(i -> new Entry(new AccountId(i), one))
                .toList()));
    return rows;
  }

  private static Batch batch(List<Entry> debits, List<Entry> credits) {
    return new Batch(drawn("receipts").digest(), debits, credits);
  }

  private static Entry entry(long account, String amount) {
    return new Entry(new AccountId(account), TokenAmount.parse(amount));
  }

  private static void head(ArrayNode rows, String name, Values v, Batch batch) {
    Domain escrow = domain(v);
    Digest parent = v.digest();
    rows.addObject()
        .put("name", name)
        .put("chainId", Long.toString(escrow.chainId()))
        .put("escrow", escrow.verifyingContract().toString())
        .put("genesis", Batch.firstHead(escrow).toString())
        .put("parent", parent.toString())
        .put("root", batch.root().toString())
        .put("debits", batch.packedDebits().toString())
        .put("credits", batch.packedCredits().toString())
        .put("head", batch.head(parent).toString());
  }

  private static ArrayNode identifiers() {
    ArrayNode rows = JSON.createArrayNode();
    String[] outputs = {"", "a", "Straße 東京 🜚", "\u0000", "x".repeat(135), "x".repeat(136)};
    for (String output : outputs) {
      Drawn values = drawn("identifier " + output);
      identifier(
          rows,
          "output of %d characters".formatted(output.length()),
          values,
          new UUID(values.chance().nextLong(), values.chance().nextLong()),
          Digest.keccak256(output.getBytes(StandardCharsets.UTF_8)));
    }
    identifier(rows, "least", Edge.LEAST, new UUID(0, 0), Digest.ZERO);
    identifier(rows, "greatest", Edge.GREATEST, new UUID(-1, -1), ALL_ONES);
    return rows;
  }

  private static void identifier(
      ArrayNode rows, String name, Values v, UUID uuid, Digest outputDigest) {
    WalletAddress requester = v.wallet();
    WalletAddress worker = v.wallet();
    Digest salt = v.digest();
    long attempt = v.upTo(MAX_UINT32);
    Offence offence = Offence.of(1 + rows.size() % 6);
    Digest jobId = new JobId(uuid).of(requester);
    rows.addObject()
        .put("name", name)
        .put("requester", requester.toString())
        .put("uuid", "0x" + uuid.toString().replace("-", ""))
        .put("jobId", jobId.toString())
        .put("attempt", Long.toString(attempt))
        .put("worker", worker.toString())
        .put("salt", salt.toString())
        .put("outputDigest", outputDigest.toString())
        .put(
            "outputCommitment",
            new OutputOpening(jobId, attempt, worker, salt, outputDigest).commitment().toString())
        .put("kind", Integer.toString(offence.number()))
        .put("caseId", offence.caseId(worker, Offence.attempt(jobId, attempt)).toString());
  }

  private static Map<String, Values> sources(String seed) {
    Map<String, Values> sources = new TreeMap<>();
    sources.put("greatest", Edge.GREATEST);
    sources.put("least", Edge.LEAST);
    for (int i = 1; i <= DRAWN; i++) {
      sources.put("row " + i, drawn(seed + i));
    }
    return sources;
  }

  private static Drawn drawn(String seed) {
    return new Drawn(new Random(seed.hashCode()));
  }

  private static AccountId account(Values v) {
    return new AccountId(v.upTo(MAX_UINT32));
  }

  private static Domain domain(Values v) {
    return new Domain(v == Edge.LEAST ? 1 : v.upTo(MAX_TIME), v.wallet());
  }

  /** Numbers become decimal strings, which every language reads without rounding. */
  private static ObjectNode message(Object message) {
    ObjectNode node = JSON.valueToTree(message);
    for (String field : new ArrayList<>(node.propertyNames())) {
      if (node.get(field).isNumber()) {
        node.put(field, node.get(field).asString());
      }
    }
    return node;
  }

  private static ArrayNode strings(List<?> values) {
    ArrayNode array = JSON.createArrayNode();
    values.forEach(value -> array.add(value.toString()));
    return array;
  }

  /** One row a line, so that a change shows as few changed lines. */
  private static String text(ArrayNode rows) {
    List<String> lines = new ArrayList<>();
    for (JsonNode row : rows) {
      lines.add(row.toString());
    }
    return "[\n" + String.join(",\n", lines) + "\n]\n";
  }
}
