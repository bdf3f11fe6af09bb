package dev.assay.marketplace.openapi;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Makes a body that an operation takes into one that it may not. */
final class Mutations {
  private static final JsonMapper JSON = JsonMapper.shared();

  /** What no writer of JSON writes: put in place of a text with this in front and behind. */
  private static final String RAW = "@@";

  /** None of them is taken anywhere, whatever a schema calls them. */
  private static final List<String> NUMBERS =
      List.of("1E1000000", "-1E1000000", "NaN", "Infinity", "01", "0x1", "+1", "9".repeat(2_000));

  /** Where a member is a number and no integer. */
  private static final List<String> FRACTIONS = List.of("1e40", "1e-9", "0.5", "1.0", "-0.0");

  private static final List<String> TEXTS =
      List.of(
          "\"\\u0000\"",
          "\"a\\u0000b\"",
          "\"\\ud800\"",
          "\"\\udc00\\ud800\"",
          "\"\\u001b[31m\"",
          "\"\\u0085\"",
          "\"a\u0001b\"",
          "'a'",
          "undefined",
          "\"" + "x".repeat(140_000) + "\"");

  private static final List<String> MEMBERS =
      List.of("state", "id", "price", "status", "__proto__", "", "requester", "kind", "@type");

  /**
   * @param mustBeRefused if false, the schema decides
   */
  @SuppressWarnings("ArrayRecordComponent") // made to be sent, never compared
  record Mutant(byte[] body, boolean mustBeRefused, String what) {}

  private Mutations() {}

  static Mutant of(JsonNode body, RandomGenerator chance) {
    return switch (chance.nextInt(3)) {
      case 0 -> ofText(JSON.writeValueAsString(body), chance);
      default -> ofTree(body, chance);
    };
  }

  private static Mutant ofTree(JsonNode body, RandomGenerator chance) {
    var holder = JsonNodeFactory.instance.arrayNode().add(body.deepCopy());
    List<JsonNode> containers = new ArrayList<>();
    containers(holder, containers);
    JsonNode container = Samples.pick(containers, chance);
    boolean[] isFatal = {false};
    if (container instanceof ObjectNode object && chance.nextInt(4) == 0) {
      object.set(Samples.pick(MEMBERS, chance), JsonNodeFactory.instance.numberNode(1));
    } else if (container instanceof ObjectNode object && !object.isEmpty()) {
      String name = Samples.pick(List.copyOf(object.propertyNames()), chance);
      if (chance.nextInt(4) == 0) {
        object.remove(name);
      } else {
        object.set(name, other(object.get(name), chance, isFatal));
      }
    } else if (container instanceof ArrayNode array && !array.isEmpty()) {
      int index = chance.nextInt(array.size());
      if (container != containers.getFirst() && chance.nextInt(4) == 0) {
        for (int i = 0; i < 70; i++) {
          array.add(array.get(index).deepCopy());
        }
      } else {
        array.set(index, other(array.get(index), chance, isFatal));
      }
    }
    String text = JSON.writeValueAsString(holder.get(0));
    text = text.replace("\"" + RAW, "").replace(RAW + "\"", "");
    text = unescaped(text);
    return new Mutant(text.getBytes(StandardCharsets.UTF_8), isFatal[0], "another value");
  }

  private static void containers(JsonNode node, List<JsonNode> found) {
    if (node.isContainer()) {
      found.add(node);
      node.forEach(child -> containers(child, found));
    }
  }

  private static JsonNode other(JsonNode present, RandomGenerator chance, boolean[] isFatal) {
    var make = JsonNodeFactory.instance;
    switch (chance.nextInt(12)) {
      case 0:
        return make.nullNode();
      case 1:
        return make.booleanNode(true);
      case 2:
        return make.numberNode(
            Samples.pick(List.of(0L, -1L, 65L, 1L << 31, 1L << 53, Long.MIN_VALUE), chance));
      case 3:
        return make.stringNode(
            Samples.pick(List.of("", "1", " ", "0x", "null", "job_1-1-1-1-1"), chance));
      case 4:
        return make.arrayNode();
      case 5:
        return make.objectNode();
      case 6:
        return make.arrayNode().add(present);
      case 7:
        isFatal[0] = true;
        return make.stringNode(RAW + encoded("[".repeat(40) + "]".repeat(40)) + RAW);
      case 8:
        return make.stringNode(RAW + encoded(Samples.pick(FRACTIONS, chance)) + RAW);
      case 9:
        isFatal[0] = true;
        return make.stringNode(RAW + encoded(Samples.pick(TEXTS, chance)) + RAW);
      default:
        isFatal[0] = true;
        return make.stringNode(RAW + encoded(Samples.pick(NUMBERS, chance)) + RAW);
    }
  }

  /** As hexadecimal digits between marks, so that no writer escapes any of it. */
  private static String encoded(String raw) {
    var text = new StringBuilder("<<");
    raw.chars().forEach(c -> text.append("%04x".formatted(c)));
    return text.append(">>").toString();
  }

  private static String unescaped(String text) {
    int from = text.indexOf("<<");
    int to = text.indexOf(">>", from + 1);
    if (from < 0 || to < 0 || !text.substring(from + 2, to).matches("([0-9a-f]{4})+")) {
      return text;
    }
    var raw = new StringBuilder();
    for (int i = from + 2; i < to; i += 4) {
      raw.append((char) Integer.parseInt(text.substring(i, i + 4), 16));
    }
    return text.substring(0, from) + raw + text.substring(to + 2);
  }

  private static Mutant ofText(String text, RandomGenerator chance) {
    if (text.length() < 3) {
      return refused("[" + text, "an open array");
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    int inside = 1 + chance.nextInt(Math.max(1, text.length() - 1));
    return switch (chance.nextInt(14)) {
      case 0 -> refused(text.substring(0, Math.min(inside, text.length() - 1)), "cut off");
      case 1 -> refused(text + text, "twice");
      case 2 -> refused(text + " please", "something behind it");
      case 3 -> refused("/* hello */" + text, "a comment");
      case 4 -> refused("[" + text + "]", "in an array");
      case 5 -> refused("\"" + "x".repeat(20) + "\"", "a text");
      case 6 -> refused("[".repeat(100_000), "depth 100,000");
      case 7 -> refused("{\"" + "x".repeat(300) + "\":1}", "a long name");
      case 8 -> refused("{\"a\":[" + "1,".repeat(11_000) + "1]}", "11,000 tokens");
      case 9 -> refused("{\"a\":1,\"a\":1}", "a member twice");
      case 10 -> new Mutant(text.getBytes(StandardCharsets.UTF_16), true, "UTF-16");
      case 11 -> new Mutant(broken(utf8, chance), false, "a byte changed");
      case 12 -> new Mutant(Arrays.copyOf(utf8, 256 * 1024 + 1), true, "too large");
      default -> doubled(text);
    };
  }

  /** The first member once more, with the same value. */
  private static Mutant doubled(String text) {
    JsonNode body = JSON.readTree(text);
    if (!body.isObject() || body.isEmpty()) {
      return refused(text + "}", "a bracket too many");
    }
    var first = body.properties().iterator().next();
    return refused(
        "{%s:%s,%s"
            .formatted(
                JSON.writeValueAsString(first.getKey()),
                JSON.writeValueAsString(first.getValue()),
                text.substring(1)),
        "a member twice");
  }

  private static byte[] broken(byte[] body, RandomGenerator chance) {
    byte[] broken = body.clone();
    broken[chance.nextInt(broken.length)] = (byte) chance.nextInt(256);
    return broken;
  }

  private static Mutant refused(String body, String what) {
    return new Mutant(body.getBytes(StandardCharsets.UTF_8), true, what);
  }
}
