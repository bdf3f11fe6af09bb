package dev.assay.marketplace.openapi;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** docs/reference/openapi.json as a stranger reads it: nothing but the document is looked at. */
final class ApiDocument {
  private static final Set<String> METHODS = Set.of("get", "put", "post", "delete");

  private final JsonNode root;
  private final ObjectNode closedSchemas;
  private final Map<String, Schema> validators = new ConcurrentHashMap<>();
  private final SchemaRegistry registry =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);

  /**
   * An operation.
   *
   * @param node the operation object
   */
  record Operation(String method, String path, JsonNode node) {
    String name() {
      return method + " " + path;
    }

    /** Nothing if the operation takes no body. */
    @Nullable JsonNode body() {
      JsonNode schema = node.at("/requestBody/content/application~1json/schema");
      return schema.isMissingNode() ? null : schema;
    }

    /** Whether its body is lines that are read as they come. */
    boolean isStream() {
      return node.at("/requestBody/content").has("application/x-ndjson");
    }

    /** Whether its body is a form with a file. */
    boolean takesFile() {
      return node.at("/requestBody/content").has("multipart/form-data");
    }

    boolean isPublic() {
      return node.path("security").isEmpty();
    }

    /** {@code requester}, {@code worker} or {@code admin}; empty for a public operation. */
    String audience() {
      return isPublic() ? "" : node.path("security").get(0).propertyNames().iterator().next();
    }

    /** The scope that a requester's key needs, or the role of an operator; empty for none. */
    String scope() {
      return isPublic() ? "" : node.path("security").get(0).path(audience()).path(0).asString("");
    }

    @Override
    public String toString() {
      return name();
    }
  }

  private ApiDocument(JsonNode root) {
    this.root = root;
    this.closedSchemas = (ObjectNode) root.path("components").path("schemas").deepCopy();
    closedSchemas.forEach(schema -> {
      if (schema.has("properties") && !schema.has("additionalProperties")) {
        ((ObjectNode) schema).put("additionalProperties", false);
      }
    });
  }

  static ApiDocument read() {
    try {
      return new ApiDocument(JsonMapper.shared().readTree(Files.readString(OpenApiDocument.FILE)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    root.path("paths")
        .properties()
        .forEach(path ->
            path.getValue()
                .properties()
                .forEach(operation -> {
                  if (METHODS.contains(operation.getKey())) {
                    operations.add(
                        new Operation(
                            operation.getKey().toUpperCase(Locale.ROOT),
                            path.getKey(),
                            operation.getValue()));
                  }
                }));
    return operations;
  }

  /** What a reference stands for. */
  JsonNode resolve(JsonNode node) {
    JsonNode present = node;
    while (present.has("$ref")) {
      present = root.at(present.path("$ref").stringValue().substring(1));
    }
    return present;
  }

  /** The response that the document has for a status; missing if it has none. */
  JsonNode response(Operation operation, int status) {
    return resolve(operation.node().path("responses").path(Integer.toString(status)));
  }

  /** The kinds of problem that the document names for a status. */
  Set<String> problems(Operation operation, int status) {
    return response(operation, status)
        .at("/content/application~1problem+json/schema/allOf/1/properties/type/enum")
        .valueStream()
        .map(JsonNode::stringValue)
        .collect(Collectors.toSet());
  }

  /**
   * What is wrong with {@code value}; members that the document does not name are wrong too: what
   * is said to nobody must not be told.
   */
  List<Error> faults(JsonNode schema, JsonNode value) {
    return validators.computeIfAbsent(schema.toString(), _ -> validator(schema)).validate(value);
  }

  private Schema validator(JsonNode schema) {
    var whole = Schemas.object();
    whole.putArray("allOf").add(schema);
    whole.putObject("components").set("schemas", closedSchemas);
    return registry.getSchema(whole);
  }
}
