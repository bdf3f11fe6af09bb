package dev.assay.marketplace.openapi;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.Signature;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatMessage;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.UnitPrice;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.Executable;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.lang.reflect.TypeVariable;
import java.net.URI;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.annotation.JsonNaming;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON Schemas (2020-12) of what goes over the wire, made from the records that are read and
 * written, by the rules that the API's reader keeps: what a record does not call nullable must be
 * there, and requests have no other members.
 */
final class Schemas {
  private static final String UUID_SHAPE =
      "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}";
  private static final String EXAMPLE_UUID = "0198f1c2-7d1e-7c55-9d52-0b9f2f6e3c11";

  /**
   * A text of a certain form.
   *
   * @param name of the schema
   * @param example also where the fuzz begins
   */
  private record Scalar(String name, String pattern, String example) {}

  private static final Map<String, Scalar> SCALARS =
      new HashMap<>(
          Map.of(
              TokenAmount.class.getName(),
              new Scalar("TokenAmount", "^(0|[1-9][0-9]{0,19})$", "20000"),
              UnitPrice.class.getName(),
              new Scalar("UnitPrice", "^(0|[1-9][0-9]{0,14}|1000000000000000)$", "20000"),
              WalletAddress.class.getName(),
              new Scalar(
                  "WalletAddress",
                  "^0x[0-9a-fA-F]{40}$",
                  "0x5fbdb2315678afecb367f032d93f642f64180aa3"),
              Digest.class.getName(),
              new Scalar("Digest", "^0x[0-9a-fA-F]{64}$", "0x" + "5a".repeat(32)),
              Signature.class.getName(),
              new Scalar(
                  "Signature",
                  "^0x[0-9a-fA-F]{128}1[bcBC]$",
                  "0x" + "0".repeat(62) + "5a" + "0".repeat(62) + "5a1b"),
              JobId.class.getName(),
              new Scalar("JobId", "^job_" + UUID_SHAPE + "$", "job_" + EXAMPLE_UUID),
              "dev.assay.marketplace.identity.KeyId",
              new Scalar("KeyId", "^key_" + UUID_SHAPE + "$", "key_" + EXAMPLE_UUID),
              "dev.assay.marketplace.job.Verification",
              new Scalar(
                  "Verification", "^(spot|strict|quorum:([1-9]|1[0-5])/([2-9]|1[0-5]))$", "spot"),
              UUID.class.getName(),
              new Scalar("Uuid", "^" + UUID_SHAPE + "$", EXAMPLE_UUID),
              Instant.class.getName(),
              new Scalar(
                  "Timestamp",
                  "^20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,9})?)?Z$",
                  "2026-11-23T12:00:00Z")));

  static {
    SCALARS.put(Bytes.class.getName(), new Scalar("Bytes", "^0x([0-9a-fA-F]{2})*$", "0x5a5a"));
    SCALARS.put(
        "dev.assay.marketplace.openai.FileId",
        new Scalar("FileId", "^file-" + UUID_SHAPE + "$", "file-" + EXAMPLE_UUID));
    SCALARS.put(
        "dev.assay.marketplace.openai.BatchId",
        new Scalar("BatchId", "^batch_" + UUID_SHAPE + "$", "batch_" + EXAMPLE_UUID));
  }

  private static final String FRONT = "dev.assay.marketplace.openai.";

  private final JsonMapper json;
  private final Comments comments;

  /** What may be of several shapes, which its reader tells apart. */
  private final Map<String, Maker> shapes =
      Map.of(
          FRONT + "Unsupported",
          () ->
              anyOf(
                  object().put("const", false),
                  object().put("type", "array").put("maxItems", 0),
                  object().put("type", "object").put("maxProperties", 0)),
          FRONT + "EmbeddedTexts",
          () -> {
            ObjectNode one =
                object()
                    .put("type", "string")
                    .put("minLength", 1)
                    .put("maxLength", EmbeddingsInput.MAX_TEXT_BYTES);
            var several = object().put("type", "array").put("minItems", 1);
            several.put("maxItems", EmbeddingsInput.MAX_TEXTS);
            several.set("items", one.deepCopy());
            return anyOf(one, several);
          },
          FRONT + "TurnContent",
          () -> {
            var parts = object().put("type", "array").put("maxItems", 16); // TurnContent.MAX_PARTS
            parts.set("items", of(type(FRONT + "TurnContent$ContentPart")));
            return anyOf(
                object().put("type", "string").put("maxLength", ChatMessage.MAX_CONTENT_BYTES),
                parts);
          },
          TokenTrace.class.getName(),
          () -> object().put("type", "string").put("contentEncoding", "base64"),
          FRONT + "EmbeddingList$EmbeddedVector",
          () -> anyOf(ofClass(byte[].class), ofClass(float[].class)));

  private final Map<String, ObjectNode> components = new TreeMap<>();
  private final Map<String, Class<?>> owners = new HashMap<>();
  private final Set<String> closed = new HashSet<>();
  private final Set<String> unusedLimits = new HashSet<>(Limits.MEMBERS.keySet());

  Schemas(JsonMapper json, Comments comments) {
    this.json = json;
    this.comments = comments;
  }

  /** What has been referred to so far, by name. */
  ObjectNode components() {
    var all = object();
    components.forEach(all::set);
    return all;
  }

  /** Limits of members that are nowhere: the table is behind. */
  Set<String> unusedLimits() {
    return Set.copyOf(unusedLimits);
  }

  /** What a request is made of takes no members that it does not name. */
  void close(ObjectNode request) {
    for (String reference : request.findValuesAsString("$ref")) {
      String name = reference.substring(reference.lastIndexOf('/') + 1);
      ObjectNode component = components.get(name);
      if (component != null && closed.add(name)) {
        if (component.has("properties")) {
          component.put("additionalProperties", false);
        }
        close(component);
      }
    }
  }

  ObjectNode of(Type type) {
    return of(type, Map.of());
  }

  private ObjectNode of(Type type, Map<TypeVariable<?>, Type> bound) {
    return switch (type) {
      case TypeVariable<?> variable -> of(Objects.requireNonNull(bound.get(variable)), Map.of());
      case ParameterizedType generic -> ofGeneric(generic, bound);
      case Class<?> plain -> ofClass(plain);
      default -> throw new IllegalStateException("No schema is known for " + type);
    };
  }

  private ObjectNode ofGeneric(ParameterizedType type, Map<TypeVariable<?>, Type> bound) {
    var raw = (Class<?>) type.getRawType();
    Type[] arguments = type.getActualTypeArguments();
    if (Collection.class.isAssignableFrom(raw)) {
      var array = object().put("type", "array");
      array.set("items", of(arguments[0], bound));
      return array;
    }
    if (Map.class.isAssignableFrom(raw)) {
      var map = object().put("type", "object");
      map.set("additionalProperties", of(arguments[1], bound));
      return map;
    }
    String name =
        raw.getSimpleName()
            + Arrays.stream(arguments)
                .map(argument -> ((Class<?>) argument).getSimpleName())
                .collect(Collectors.joining("And", "Of", ""));
    Map<TypeVariable<?>, Type> inside = new HashMap<>();
    for (int i = 0; i < arguments.length; i++) {
      inside.put(raw.getTypeParameters()[i], arguments[i]);
    }
    return component(name, raw, () -> record(raw, inside));
  }

  private ObjectNode ofClass(Class<?> type) {
    if (type == String.class) {
      return object().put("type", "string");
    }
    if (type == boolean.class || type == Boolean.class) {
      return object().put("type", "boolean");
    }
    if (type == int.class || type == Integer.class) {
      return object().put("type", "integer").put("format", "int32");
    }
    if (type == long.class || type == Long.class) {
      return object().put("type", "integer").put("format", "int64");
    }
    if (type == double.class || type == Double.class) {
      return object().put("type", "number").put("format", "double");
    }
    if (type == float.class) {
      return object().put("type", "number").put("format", "float");
    }
    if (type == float[].class) {
      var array = object().put("type", "array");
      array.set("items", object().put("type", "number").put("format", "float"));
      return array;
    }
    if (type == byte[].class) {
      return object().put("type", "string").put("contentEncoding", "base64");
    }
    if (type == URI.class) {
      return object().put("type", "string").put("format", "uri");
    }
    Maker shape = shapes.get(type.getName());
    if (shape != null) {
      return component(
          type.getSimpleName(), type, () -> describe(shape.make(), comments.of(type).text()));
    }
    Scalar scalar = SCALARS.get(type.getName());
    if (scalar != null) {
      return component(scalar.name(), type, () -> scalar(type, scalar));
    }
    if (type == BasisPoints.class) {
      return component(
          "BasisPoints",
          type,
          () -> {
            var schema = object().put("type", "integer").put("minimum", 0);
            schema.put("maximum", BasisPoints.WHOLE.value());
            describe(schema, comments.of(type).text());
            return schema;
          });
    }
    if (type == Beacon.class) {
      return of(Digest.class);
    }
    if (type == AccountId.class) {
      return component(
          "AccountId",
          type,
          () -> {
            var schema = object().put("type", "integer").put("minimum", 0);
            schema.put("maximum", 0xffff_ffffL);
            describe(schema, comments.of(type).text());
            return schema;
          });
    }
    if (type == MerkleProof.class) {
      return component(
          "MerkleProof",
          type,
          () -> {
            var schema = object().put("type", "array").put("maxItems", MerkleProof.MAX_DEPTH);
            schema.set("items", of(Digest.class));
            describe(schema, comments.of(type).text());
            return schema;
          });
    }
    if (type.isEnum()) {
      Class<?> around = type.getEnclosingClass();
      String name = (around == null ? "" : around.getSimpleName()) + type.getSimpleName();
      return component(name, type, () -> choice(type));
    }
    if (type.isSealed()) {
      return component(type.getSimpleName(), type, () -> oneOf(type));
    }
    if (type.isRecord() && hasNoTextOfItsOwn(type)) {
      return component(type.getSimpleName(), type, () -> record(type, Map.of()));
    }
    throw new IllegalStateException(
        "%s goes over the wire, and Schemas has no rule for it. A text of a certain form belongs into SCALARS."
            .formatted(type));
  }

  private static boolean hasNoTextOfItsOwn(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .noneMatch(method -> method.isAnnotationPresent(JsonValue.class));
  }

  private interface Maker {
    ObjectNode make();
  }

  private ObjectNode component(String name, Class<?> type, Maker maker) {
    Class<?> owner = owners.putIfAbsent(name, type);
    if (owner == null) {
      components.put(name, maker.make());
    } else if (owner != type) {
      throw new IllegalStateException(
          "Both %s and %s would be the schema %s: rename one.".formatted(owner, type, name));
    }
    return object().put("$ref", "#/components/schemas/" + name);
  }

  private ObjectNode scalar(Class<?> type, Scalar scalar) {
    var schema = object().put("type", "string").put("pattern", scalar.pattern());
    if (type == Instant.class) {
      schema.put("format", "date-time");
      schema.put("description", "RFC 3339 in UTC, between 2000 and 2100.");
    } else if (type == UUID.class) {
      schema.put("format", "uuid");
    } else {
      describe(schema, comments.of(type).text());
    }
    schema.putArray("examples").add(scalar.example());
    return schema;
  }

  private ObjectNode choice(Class<?> type) {
    var schema = object();
    var values = schema.putArray("enum");
    var text = new StringBuilder(comments.of(type).text());
    for (Object constant : type.getEnumConstants()) {
      JsonNode value = json.valueToTree(constant);
      String label = value.asString();
      schema.put("type", value.isNumber() ? "integer" : "string");
      values.add(value);
      String words = comments.of((Enum<?>) constant).text();
      if (!words.isEmpty()) {
        text.append("\n- `").append(label).append("`: ").append(words);
      }
    }
    return describe(schema, text.toString());
  }

  private ObjectNode oneOf(Class<?> type) {
    var schema = describe(object(), comments.of(type).text());
    var choices = schema.putArray("oneOf");
    var subTypes = type.getAnnotation(JsonSubTypes.class);
    if (subTypes == null) {
      for (Class<?> permitted : type.getPermittedSubclasses()) {
        choices.add(ofClass(permitted));
      }
      return schema;
    }
    String property = type.getAnnotation(JsonTypeInfo.class).property();
    var discriminator = object().put("propertyName", property);
    var mapping = discriminator.putObject("mapping");
    for (JsonSubTypes.Type subType : subTypes.value()) {
      ObjectNode ref = ofClass(subType.value());
      choices.add(ref);
      String target = ref.path("$ref").stringValue();
      mapping.put(subType.name(), target);
      ObjectNode component =
          Objects.requireNonNull(components.get(target.substring(target.lastIndexOf('/') + 1)));
      component.withObject("/properties").putObject(property).put("const", subType.name());
      component.withArray("/required").add(property);
    }
    schema.set("discriminator", discriminator);
    return schema;
  }

  private ObjectNode record(Class<?> type, Map<TypeVariable<?>, Type> bound) {
    Comments.Comment comment = comments.of(type);
    var schema = object().put("type", "object");
    describe(schema, comment.text());
    var properties = schema.putObject("properties");
    Set<String> optional = optionalWhenRead(type);
    boolean isSnake = type.isAnnotationPresent(JsonNaming.class);
    var required = JsonNodeFactory.instance.arrayNode();
    for (RecordComponent component : type.getRecordComponents()) {
      String name = component.getName();
      String said = isSnake ? snake(name) : name;
      boolean isNullable = isNullable(component.getAnnotatedType()) || optional.contains(name);
      ObjectNode member = of(component.getGenericType(), bound);
      Limits.Limit limit = Limits.MEMBERS.get(type.getSimpleName() + "." + name);
      if (limit != null) {
        unusedLimits.remove(type.getSimpleName() + "." + name);
        limit.narrow(member);
      }
      if (isNullable) {
        member = orNull(member);
      } else {
        required.add(said);
      }
      properties.set(said, describe(member, comment.member(name)));
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    return schema;
  }

  /** A record that is read by a factory is as demanding as the factory. */
  private static Set<String> optionalWhenRead(Class<?> type) {
    return Arrays.stream(type.getDeclaredMethods())
        .filter(method -> method.isAnnotationPresent(JsonCreator.class))
        .map(Executable::getParameters)
        .flatMap(Arrays::stream)
        .filter(parameter -> isNullable(parameter.getAnnotatedType()))
        .map(parameter -> parameter.getName())
        .collect(Collectors.toSet());
  }

  private static boolean isNullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }

  /** As Jackson's strategy of this name. */
  private static String snake(String name) {
    return name.replaceAll("([a-z0-9])([A-Z])", "$1_$2").toLowerCase(Locale.ROOT);
  }

  private static ObjectNode anyOf(ObjectNode... choices) {
    var schema = object();
    var any = schema.putArray("anyOf");
    for (ObjectNode choice : choices) {
      any.add(choice);
    }
    return schema;
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }

  static ObjectNode orNull(ObjectNode schema) {
    if (schema.has("$ref")) {
      var choice = object();
      choice.putArray("anyOf").add(schema).add(object().put("type", "null"));
      return choice;
    }
    String type = schema.path("type").stringValue();
    schema.putArray("type").add(type).add("null");
    if (schema.has("enum")) {
      schema.withArray("/enum").addNull();
    }
    return schema;
  }

  static ObjectNode describe(ObjectNode schema, String text) {
    return text.isEmpty() ? schema : schema.put("description", text);
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
