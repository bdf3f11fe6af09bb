package dev.assay.protocol.receipt;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** All documents that differ from a receipt in one place, made from the document itself. */
public final class Mutations {
  private static final JsonMapper JSON = JsonMapper.shared();

  private static final Map<String, List<String>> LABELS =
      Map.of(
          "status",
          labels(ReceiptStatus.values(), ReceiptStatus::label),
          "reason",
          labels(ReceiptCheck.Reason.values(), ReceiptCheck.Reason::label));

  private final JsonNode whole;
  private final List<Mutation> mutations = new ArrayList<>();

  private Mutations(JsonNode whole) {
    this.whole = whole;
  }

  /**
   * @param where the one place, names joined by dots
   * @param what was done to it
   */
  public record Mutation(String where, String what, String document) {
    @Override
    public String toString() {
      return where + ": " + what;
    }
  }

  public static List<Mutation> of(String document) {
    var mutations = new Mutations(JSON.readTree(document));
    mutations.walk("", mutations.whole, "");
    return mutations.mutations;
  }

  private static <L> List<String> labels(L[] all, java.util.function.Function<L, String> label) {
    return List.of(all).stream().map(label).toList();
  }

  /** The place is kept as a JSON pointer, by which a copy is changed. */
  private void walk(String pointer, JsonNode node, String where) {
    switch (node) {
      case ObjectNode object -> {
        change(pointer, where + ".unknown", "added", it -> ((ObjectNode) it).put("unknown", 1));
        for (String name : object.propertyNames()) {
          String there = where.isEmpty() ? name : where + "." + name;
          change(pointer, there, "removed", it -> ((ObjectNode) it).remove(name));
          change(pointer, there, "null", it -> ((ObjectNode) it).putNull(name));
          twice(pointer, there, name);
          walk(pointer + "/" + name, object.path(name), there);
        }
      }
      case ArrayNode array -> {
        for (int i = 0; i < array.size(); i++) {
          int index = i;
          change(pointer, where, "without " + i, it -> ((ArrayNode) it).remove(index));
          change(
              pointer,
              where,
              "with " + i + " twice",
              it -> ((ArrayNode) it).insert(index, it.get(index).deepCopy()));
          walk(pointer + "/" + i, array.get(i), where + "[" + i + "]");
        }
      }
      default -> others(node, where).forEach(other -> replace(pointer, where, other));
    }
  }

  private interface Change {
    void make(JsonNode at);
  }

  private void change(String pointer, String where, String what, Change change) {
    JsonNode copy = whole.deepCopy();
    change.make(copy.at(pointer));
    mutations.add(new Mutation(where, what, JSON.writeValueAsString(copy)));
  }

  private void replace(String pointer, String where, Object other) {
    int last = pointer.lastIndexOf('/');
    String name = pointer.substring(last + 1);
    JsonNode value = JSON.valueToTree(other);
    change(
        pointer.substring(0, last),
        where,
        "made " + other,
        parent -> {
          if (parent instanceof ArrayNode array) {
            array.set(Integer.parseInt(name), value);
          } else {
            ((ObjectNode) parent).set(name, value);
          }
        });
  }

  /** A member that is there twice: no tree can hold that, so the text is made by a mark. */
  private void twice(String pointer, String where, String name) {
    JsonNode copy = whole.deepCopy();
    ObjectNode parent = (ObjectNode) copy.at(pointer);
    parent.set("mark", parent.path(name));
    String document = JSON.writeValueAsString(copy).replace("\"mark\":", "\"" + name + "\":");
    mutations.add(new Mutation(where, "there twice", document));
  }

  private static List<Object> others(JsonNode node, String where) {
    String name = where.substring(where.lastIndexOf('.') + 1);
    List<Object> others = new ArrayList<>();
    if (node.isBoolean()) {
      others.add(!node.booleanValue());
      others.add("" + node.booleanValue());
    } else if (node.isIntegralNumber()) {
      others.add(node.longValue() + 1);
      others.add(node.longValue() + (1L << 32));
      others.add(node.longValue() + 0.5);
      others.add("" + node.longValue());
    } else if (node.isNumber()) {
      others.add(Math.nextUp(node.doubleValue()));
      others.add(Math.nextDown(node.doubleValue()));
      others.add(node.doubleValue() / 2);
    } else {
      others.addAll(ofText(node.stringValue(), name));
    }
    return others;
  }

  private static List<String> ofText(String text, String name) {
    List<String> others = new ArrayList<>();
    if (text.startsWith("0x")) {
      others.add(turned(text, 2));
      others.add(turned(text, text.length() / 2));
      others.add(turned(text, text.length() - 1));
      others.add(text.substring(0, text.length() - 2));
      others.add("0x" + text.substring(2).toUpperCase(Locale.ROOT));
    } else if (text.startsWith("job_")) {
      others.add(turned(text, text.length() - 1));
    } else if (text.matches("[0-9]+")) {
      others.add(Long.toUnsignedString(Long.parseUnsignedLong(text) + 1));
      others.add("0" + text);
    } else {
      others.addAll(LABELS.getOrDefault(name, List.of()));
    }
    others.add(text + " ");
    others.removeIf(text::equals);
    return others;
  }

  private static String turned(String hex, int at) {
    int digit = Character.digit(hex.charAt(at), 16) ^ 1;
    return hex.substring(0, at) + Character.forDigit(digit, 16) + hex.substring(at + 1);
  }
}
