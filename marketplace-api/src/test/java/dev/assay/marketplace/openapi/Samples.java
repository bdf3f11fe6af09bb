package dev.assay.marketplace.openapi;

import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.TokenTrace;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.random.RandomGenerator;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Values that a schema of the document allows; where it leaves a choice, chance makes it. */
final class Samples {
  private static final List<String> TEXTS =
      List.of(
          "a",
          "hello world",
          "zwölf Boxkämpfer 東京 🦔",
          "line\none\ttwo",
          "' or 1=1; drop table job; --",
          "${jndi:ldap://127.0.0.1/a}",
          "<script>alert(1)</script>",
          "{\"a\":1}",
          "%s %n %00",
          "x".repeat(300));

  /** Texts of the forms for which the document has no example. */
  private static final Map<String, List<String>> OF_PATTERN =
      Map.ofEntries(
          Map.entry("^[!-~]{1,64}$", List.of("test/1", "~", "\"{}\\", "x".repeat(64))),
          Map.entry("^[a-z0-9-]{1,32}$", List.of("eu", "us-east", "-", "9".repeat(32))),
          Map.entry("^[^\\r\\n]*\\S[^\\r\\n]*$", List.of("k", "my key", "x".repeat(64), "ü ")),
          Map.entry("^[0-9]{1,3}$", List.of("0", "1", "2", "999")),
          Map.entry("^([0-9]|[12][0-9]|30)s$", List.of("0s")),
          Map.entry("^[a-z0-9][a-z0-9._:/-]{0,95}$", List.of("all-minilm-l6-v2", "a/b:c", "0")),
          Map.entry("^[1-9][0-9]{0,14}$", List.of("1", "2", "999999999999999")),
          Map.entry("^(0|[1-9][0-9]{0,9})$", List.of("0", "1", "9999999999")),
          Map.entry("^[1-9][0-9]{0,8}$", List.of("1", "999999999")),
          Map.entry("^[A-Za-z0-9._@-]{1,100}$", List.of("nobody", "ada@example.org", "x")),
          Map.entry("^([0-9]|[1-9][0-9]|[1-5][0-9]{2}|600)s$", List.of("0s")),
          Map.entry("^(0|[1-9][0-9]{0,14})$", List.of("0", "1", "999999999999999")),
          Map.entry("^\"(0|[1-9][0-9]{0,14})\"$", List.of("\"0\"", "\"7\"")),
          Map.entry("^(jobs|workers|requesters|epochs|audits|cases)$", List.of("workers", "cases")),
          Map.entry("^(jsonl|csv)$", List.of("jsonl", "csv")),
          Map.entry("^[a-z0-9-]{1,50}$", List.of("done", "forbidden", "0")),
          Map.entry(
              "^(spot|strict|quorum:([1-9]|1[0-5])/([2-9]|1[0-5]))$",
              List.of("spot", "strict", "quorum:2/3", "quorum:15/15")));

  private final ApiDocument api;
  private final Map<String, List<String>> pools;

  Samples(ApiDocument api, World world) {
    this.api = api;
    String nobodys = "job_" + UUID.randomUUID();
    this.pools =
        new HashMap<>(
            Map.of(
                "JobId",
                List.of(world.alice.attested(), world.alice.open(), world.bob.attested(), nobodys),
                "KeyId",
                List.of(world.alice.key(), world.bob.key(), "key_" + UUID.randomUUID()),
                "Uuid",
                List.of(world.alice.transfer(), world.bob.transfer()),
                "Digest",
                List.of(
                    KnownModels.ALL_MINILM_L6_V2.digest().toString(),
                    world.lease.assignment().jobId().toString(),
                    "0x" + "00".repeat(32)),
                "WalletAddress",
                List.of(
                    world.leasing.address().hex(), world.alice.wallet().address().checksummed()),
                "TokenAmount",
                List.of("0", "1", "20000", "18446744073709551615"),
                "UnitPrice",
                List.of("0", "20000", "1000000000000000"),
                "Timestamp",
                List.of("2026-11-23T12:00:00Z", "2099-12-31T23:59:59.999999999Z"),
                "Signature",
                List.of(world.result.signature().toString())));
    List<String> files = new ArrayList<>(world.alice.files());
    files.addAll(world.bob.files().subList(0, 1));
    pools.put("FileId", files);
    pools.put("BatchId", List.of(world.alice.batch(), world.bob.batch()));
  }

  JsonNode of(JsonNode schema, RandomGenerator chance) {
    return of(schema, "", chance);
  }

  private JsonNode of(JsonNode schema, String member, RandomGenerator chance) {
    String reference = schema.path("$ref").asString("");
    if (!reference.isEmpty()) {
      String name = reference.substring(reference.lastIndexOf('/') + 1);
      return pools.containsKey(name)
          ? text(pick(pools.get(name), chance))
          : mended(name, of(api.resolve(schema), member, chance), chance);
    }
    if (schema.has("const")) {
      return schema.path("const");
    }
    for (String choice : List.of("enum", "oneOf", "anyOf")) {
      if (schema.has(choice)) {
        JsonNode one = schema.path(choice).get(chance.nextInt(schema.path(choice).size()));
        return choice.equals("enum") ? one : of(one, member, chance);
      }
    }
    JsonNode types = schema.path("type");
    String type =
        types.isArray()
            ? types.get(chance.nextInt(types.size())).stringValue()
            : types.stringValue();
    return switch (type) {
      case "null" -> JsonNodeFactory.instance.nullNode();
      case "boolean" -> JsonNodeFactory.instance.booleanNode(chance.nextBoolean());
      case "integer" -> integer(schema, chance);
      case "number" -> number(schema, chance);
      case "string" -> string(schema, member, chance);
      case "array" -> array(schema, member, chance);
      case "object" -> object(schema, chance);
      default -> throw new IllegalStateException("No sample is known of " + schema);
    };
  }

  private static JsonNode integer(JsonNode schema, RandomGenerator chance) {
    long widest =
        schema.path("format").asString().equals("int64") ? Long.MAX_VALUE : Integer.MAX_VALUE;
    long from = schema.path("minimum").asLong(-widest - 1);
    long to = schema.path("maximum").asLong(widest);
    long value =
        switch (chance.nextInt(4)) {
          case 0 -> from;
          case 1 -> to;
          default -> Math.max(from, Math.min(to, 1 + chance.nextInt(60)));
        };
    return JsonNodeFactory.instance.numberNode(value);
  }

  private static JsonNode number(JsonNode schema, RandomGenerator chance) {
    double from = schema.path("minimum").asDouble(0);
    double to = schema.path("maximum").asDouble(1_000);
    return JsonNodeFactory.instance.numberNode(
        switch (chance.nextInt(3)) {
          case 0 -> from;
          case 1 -> to;
          default -> from + (to - from) / 4;
        });
  }

  private static JsonNode string(JsonNode schema, String member, RandomGenerator chance) {
    if (member.equals("model")) {
      return text("all-minilm-l6-v2");
    }
    if (schema.has("contentEncoding")) {
      return text(Base64.getEncoder().encodeToString(new byte[4]));
    }
    String pattern = schema.path("pattern").asString("");
    if (!pattern.isEmpty()) {
      List<String> known = OF_PATTERN.get(pattern);
      if (known == null) {
        throw new IllegalStateException("Samples has no text of the form " + pattern);
      }
      String text = pick(known, chance);
      if (!Pattern.compile(pattern).matcher(text).find()) {
        throw new IllegalStateException(text + " is not of the form " + pattern);
      }
      return text(text);
    }
    int most = schema.path("maxLength").asInt(Integer.MAX_VALUE);
    String text = pick(TEXTS, chance);
    return text(text.length() <= most ? text : text.substring(0, most));
  }

  private ArrayNode array(JsonNode schema, String member, RandomGenerator chance) {
    int fewest = schema.path("minItems").asInt(0);
    int most = Math.min(schema.path("maxItems").asInt(64), 64);
    int count = chance.nextInt(20) == 0 ? most : Math.min(most, fewest + chance.nextInt(3));
    var array = JsonNodeFactory.instance.arrayNode();
    for (int i = 0; i < count; i++) {
      array.add(of(schema.path("items"), member, chance));
    }
    return array;
  }

  private ObjectNode object(JsonNode schema, RandomGenerator chance) {
    List<String> required = new ArrayList<>();
    schema.path("required").forEach(name -> required.add(name.stringValue()));
    var object = JsonNodeFactory.instance.objectNode();
    if (schema.path("additionalProperties").isObject()) {
      for (int i = chance.nextInt(3); i > 0; i--) {
        object.set("key" + i, of(schema.path("additionalProperties"), "", chance));
      }
    }
    schema
        .path("properties")
        .properties()
        .forEach(property -> {
          if (required.contains(property.getKey()) || chance.nextInt(3) == 0) {
            object.set(property.getKey(), of(property.getValue(), property.getKey(), chance));
          }
        });
    return object;
  }

  /** Of one token, as likely as its likeliest five. */
  private static byte[] trace() {
    var bytes = ByteBuffer.allocate(TokenTrace.ENTRY).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(0).putFloat(-2);
    for (int token = 0; token < TokenTrace.LISTED; token++) {
      bytes.putInt(token).putFloat(-2);
    }
    return bytes.array();
  }

  /** Rules between members, which a schema does not say. */
  private static JsonNode mended(String name, JsonNode value, RandomGenerator chance) {
    if (!(value instanceof ObjectNode object)) {
      return value;
    }
    switch (name) {
      case "EmbeddingsOutput" -> {
        int count = 1 + chance.nextInt(3);
        int dimensions = 1 + chance.nextInt(8);
        object.put("count", count).put("dimensions", dimensions);
        object.put("float32", Base64.getEncoder().encodeToString(new byte[4 * count * dimensions]));
      }
      case "ChatInput" -> {
        ((ObjectNode) object.path("messages").get(object.path("messages").size() - 1))
            .put("role", "user");
        if (object.path("forcedTokens").isArray()) {
          object.put("maxTokens", ChatInput.MAX_TOKENS);
        }
      }
      case "ChatOutput" -> {
        if (object.path("trace").isString()) {
          object.set("trace", text(Base64.getEncoder().encodeToString(trace())));
        }
      }
      case "ChatRequest" -> {
        var turns = object.path("messages");
        ((ObjectNode) turns.get(turns.size() - 1)).put("role", "user");
        served(object, "tiny-words");
        if (object.path("max_tokens").asInt(1) >= 2_048) {
          object.put("max_tokens", 2_047);
        }
        if (object.path("max_completion_tokens").asInt(1) >= 2_048) {
          object.put("max_completion_tokens", 2_047);
        }
      }
      case "BatchRequest" ->
          object.put("endpoint", "/v1/embeddings").put("completion_window", "24h");
      case "EmbeddingsRequest" -> served(object, "two-precisions");
      case "OfferBook" -> {
        var offers = object.withArray("/offers");
        while (offers.size() > 1) {
          offers.remove(1); // else a model and profile may be offered twice
        }
      }
      case "SwitchRequest" -> {
        // The others' requests must go on; this worker is nobody.
        object.put("what", "worker").put("subject", "0x00000000000000000000000000000000000b0b0b");
      }
      case "BulkRequest" -> {
        // Whatever else is said, no worker is both.
        object.put("agentVersion", "nobody's");
        object.putArray("workers").add("0x00000000000000000000000000000000000b0b0b");
      }
      case "MintRequest" -> {
        if (object.path("expiresAt").isString()) {
          object.put("expiresAt", "2099-01-01T00:00:00Z");
        }
      }
      default -> {
        // Whatever the schema allows will do.
      }
    }
    return value;
  }

  /** By somebody who answers; how a result is made sure of is another story. */
  private static void served(ObjectNode request, String model) {
    request.put("model", model);
    if (request.path("provider") instanceof ObjectNode provider) {
      provider.remove("verification");
    }
  }

  private static JsonNode text(String text) {
    return JsonNodeFactory.instance.stringNode(text);
  }

  static <T> T pick(List<T> from, RandomGenerator chance) {
    return from.get(chance.nextInt(from.size()));
  }
}
