package dev.assay.marketplace.openapi;

import dev.assay.marketplace.identity.OperationNeeds;
import dev.assay.marketplace.platform.OpenAiTerms;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import jakarta.servlet.http.HttpServletResponse;
import java.io.InputStream;
import java.lang.reflect.Method;
import java.lang.reflect.Parameter;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.springframework.core.annotation.AnnotatedElementUtils;
import org.springframework.core.env.Environment;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.ValueConstants;
import org.springframework.web.multipart.MultipartFile;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.core.util.DefaultIndenter;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * docs/reference/openapi.json: what the running API is, in OpenAPI 3.1. Paths and parameters are
 * those that Spring MVC knows, security is what {@code AccessRules} demands, schemas come from the
 * records, words from their Javadoc and refusals from {@link Refuses}.
 */
final class OpenApiDocument {
  /** Where it is kept, seen from this module. */
  static final Path FILE = Path.of("../docs/reference/openapi.json");

  private static final List<Path> SOURCES =
      List.of(Path.of("src/main/java"), Path.of("../contracts/src/main/java"));

  /** What any request may be refused for. */
  static final Set<ProblemType> GENERAL =
      EnumSet.of(
          ProblemType.MALFORMED_REQUEST,
          ProblemType.INVALID_PARAMETER,
          ProblemType.INVALID_TEXT,
          ProblemType.UNAUTHENTICATED,
          ProblemType.FORBIDDEN,
          ProblemType.BODY_TOO_LARGE,
          ProblemType.UNSUPPORTED_MEDIA_TYPE,
          ProblemType.RATE_LIMITED,
          ProblemType.HEADERS_TOO_LARGE,
          ProblemType.INTERNAL_ERROR,
          ProblemType.UNAVAILABLE);

  /** What an id or a choice among parameters looks like; the API takes them as plain text. */
  private static final Map<String, Type> PARAMETER_TYPES =
      Map.ofEntries(
          Map.entry("GET /v1/files after", type("dev.assay.marketplace.openai.FileId")),
          Map.entry("GET /v1/batches after", type("dev.assay.marketplace.openai.BatchId")),
          Map.entry("GET /api/jobs after", JobId.class),
          Map.entry("GET /api/account/transfers after", UUID.class),
          Map.entry("GET /api/keys after", type("dev.assay.marketplace.identity.KeyId")),
          Map.entry("DELETE /api/keys/{id} id", type("dev.assay.marketplace.identity.KeyId")),
          Map.entry("GET /api/epochs/{number}/leaves after", Digest.class),
          Map.entry("GET /api/admin/workers after", WalletAddress.class),
          Map.entry("GET /api/admin/workers/{address} address", WalletAddress.class),
          Map.entry("GET /api/admin/requesters after", WalletAddress.class),
          Map.entry("GET /api/admin/jobs after", JobId.class),
          Map.entry("GET /api/admin/jobs requester", WalletAddress.class),
          Map.entry("GET /api/admin/jobs/{job} job", JobId.class),
          Map.entry("GET /api/admin/audits after", JobId.class),
          Map.entry("GET /api/admin/cases after", Digest.class),
          Map.entry("GET /api/admin/cases/{case} case", Digest.class),
          Map.entry("GET /api/admin/bulk-actions/{action} action", UUID.class),
          Map.entry("POST /worker/v1/attempts/{jobId}/{attempt}/stream jobId", Digest.class));

  /** By the paths of what they name. */
  private static final Map<String, Type> IDS =
      Map.of(
          "/api/jobs/{id}",
          JobId.class,
          "/v1/files/{id}",
          type("dev.assay.marketplace.openai.FileId"),
          "/v1/batches/{id}",
          type("dev.assay.marketplace.openai.BatchId"));

  /** Of what OpenAI's clients ask for at once; a page has fewer. */
  private static final int MOST_FILES = 99_999;

  private static final String REQUEST_KEY = "^[!-~]{1,64}$";
  private static final String MODEL_NAME = "^[a-z0-9][a-z0-9._:/-]{0,95}$";
  private static final String RETRIES = "^[0-9]{1,3}$";

  private static final Map<String, String> PARAMETER_PATTERNS =
      Map.ofEntries(
          Map.entry("POST /worker/v1/leases wait", "^([0-9]|[12][0-9]|30)s$"),
          Map.entry("POST /api/jobs Idempotency-Key", REQUEST_KEY),
          Map.entry("POST /api/keys Idempotency-Key", REQUEST_KEY),
          Map.entry("POST /v1/chat/completions Idempotency-Key", REQUEST_KEY),
          Map.entry("POST /v1/chat/completions x-stainless-retry-count", RETRIES),
          Map.entry("POST /v1/batches Idempotency-Key", REQUEST_KEY),
          Map.entry("POST /v1/batches x-stainless-retry-count", RETRIES),
          Map.entry("POST /v1/embeddings Idempotency-Key", REQUEST_KEY),
          Map.entry("POST /v1/embeddings x-stainless-retry-count", RETRIES),
          Map.entry("GET /api/models/{name} name", MODEL_NAME),
          Map.entry("GET /v1/models/{name} name", MODEL_NAME),
          Map.entry("GET /api/jobs/{id}/receipt voice", "^[1-9][0-9]{0,8}$"),
          Map.entry("GET /api/epochs/{number} number", "^[1-9][0-9]{0,14}$"),
          Map.entry("GET /api/epochs/{number}/leaves number", "^[1-9][0-9]{0,14}$"),
          Map.entry("GET /api/epochs/{number}/verifiers number", "^[1-9][0-9]{0,14}$"),
          Map.entry("GET /api/epochs/{number}/verifiers from", "^(0|[1-9][0-9]{0,9})$"),
          Map.entry("GET /api/admin/log after", "^[1-9][0-9]{0,14}$"),
          Map.entry("GET /api/admin/epochs after", "^[1-9][0-9]{0,14}$"),
          Map.entry(
              "POST /api/admin/parameters/{name}/proposals If-Match", "^\"(0|[1-9][0-9]{0,14})\"$"),
          Map.entry("POST /api/admin/approvals/{proposal} proposal", "^[1-9][0-9]{0,14}$"),
          Map.entry("POST /api/admin/withdrawals/{proposal} proposal", "^[1-9][0-9]{0,14}$"),
          Map.entry("GET /api/admin/events for", "^([0-9]|[1-9][0-9]|[1-5][0-9]{2}|600)s$"),
          Map.entry("GET /api/admin/events Last-Event-ID", "^(0|[1-9][0-9]{0,14})$"),
          Map.entry(
              "GET /api/admin/lists/{list}/export list",
              "^(jobs|workers|requesters|epochs|audits|cases)$"),
          Map.entry("GET /api/admin/lists/{list}/export format", "^(jsonl|csv)$"),
          Map.entry("GET /api/admin/log who", "^[A-Za-z0-9._@-]{1,100}$"),
          Map.entry("GET /api/admin/log outcome", "^[a-z0-9-]{1,50}$"),
          Map.entry(
              "POST /worker/v1/attempts/{jobId}/{attempt}/stream attempt", "^[1-9][0-9]{0,8}$"));

  private static final Map<String, List<String>> PARAMETER_CHOICES =
      Map.of(
          "GET /api/jobs/{id}/result encoding",
          List.of("float", "base64"),
          "GET /v1/files purpose",
          List.of("batch", "batch_output"),
          "GET /v1/files order",
          List.of("asc", "desc"),
          "POST /api/admin/parameters/{name}/proposals name",
          List.of("hedge-percent", "open-jobs-per-requester"));

  /** Statuses of operations that choose between several, each with its meaning. */
  private static final Map<String, Map<Integer, String>> STATUSES =
      Map.of(
          "POST /api/jobs",
          new TreeMap<>(
              Map.of(
                  200, "The job is there and has ended.",
                  202, "The job is there and has not ended yet.")));

  private static final Map<String, List<String>> HEADERS =
      Map.of(
          "POST /api/jobs", List.of("Location", "Idempotent-Replayed"),
          "POST /v1/chat/completions", List.of("X-Job-Id", "X-Receipt", "Idempotent-Replayed"),
          "POST /v1/embeddings", List.of("X-Job-Id", "X-Receipt", "Idempotent-Replayed"));

  /** Whose answer may also come as it becomes. */
  private static final Set<String> STREAMING = Set.of("POST /v1/chat/completions");

  private final RequestMappingHandlerMapping mappings;
  private final Environment environment;
  private final Comments comments = Comments.of(SOURCES);
  private final Schemas schemas;

  OpenApiDocument(RequestMappingHandlerMapping mappings, JsonMapper json, Environment environment) {
    this.mappings = mappings;
    this.environment = environment;
    this.schemas = new Schemas(json, comments);
  }

  private record Operation(String method, String path, Method handler) {
    String name() {
      return method + " " + path;
    }

    boolean hasBody() {
      return Arrays.stream(handler.getParameters())
          .anyMatch(parameter -> parameter.isAnnotationPresent(RequestBody.class));
    }

    /** Whether the body is read as it comes. */
    boolean reads() {
      return List.of(handler.getParameterTypes()).contains(InputStream.class);
    }

    /** Whether the answer is written as it becomes, always or at wish. */
    boolean writes() {
      return STREAMING.contains(name())
          || handler.getReturnType() == void.class
              && List.of(handler.getParameterTypes()).contains(HttpServletResponse.class);
    }

    /** Whether the body is a form with a file. */
    boolean takesFile() {
      return List.of(handler.getParameterTypes()).contains(MultipartFile.class);
    }

    /** Under {@code /v1} a refusal may have another status than elsewhere. */
    HttpStatus status(ProblemType type) {
      return OpenAiTerms.isRoot(path) ? OpenAiTerms.of(type).status() : type.status();
    }

    Set<ProblemType> refusals() {
      Set<ProblemType> refusals = EnumSet.copyOf(GENERAL);
      if (hasBody() || reads()) {
        refusals.add(ProblemType.INVALID_BODY);
      }
      var own = AnnotatedElementUtils.findMergedAnnotation(handler, Refuses.class);
      if (own != null) {
        refusals.addAll(List.of(own.value()));
      }
      return refusals;
    }
  }

  /** As it is kept: pretty, in one order. */
  static String text(ObjectNode document) {
    var printer =
        new DefaultPrettyPrinter()
            .withObjectIndenter(new DefaultIndenter("  ", "\n"))
            .withArrayIndenter(new DefaultIndenter("  ", "\n"));
    return JsonMapper.shared().writer().with(printer).writeValueAsString(document) + "\n";
  }

  ObjectNode build() {
    List<Operation> operations = operations();
    var document = Schemas.object().put("openapi", "3.1.0");
    document.set("info", info());
    document
        .putArray("servers")
        .add(
            Schemas.object()
                .put("url", "http://127.0.0.1:8080")
                .put("description", "A market that ./assay up has started."));
    var paths = document.putObject("paths");
    List<ObjectNode> requests = new ArrayList<>();
    for (Operation operation : operations) {
      paths
          .withObject("/" + operation.path().replace("~", "~0").replace("/", "~1"))
          .set(operation.method().toLowerCase(Locale.ROOT), operation(operation, requests));
    }
    schemas.of(type("dev.assay.marketplace.platform.ProblemBody"));
    requests.forEach(schemas::close);
    var components = document.putObject("components");
    components.set("schemas", schemas.components());
    components.set("responses", generalResponses());
    components.set("headers", headers());
    components.set("securitySchemes", securitySchemes());
    if (!schemas.unusedLimits().isEmpty()) {
      throw new IllegalStateException("Limits of nothing: " + schemas.unusedLimits());
    }
    return document;
  }

  private List<Operation> operations() {
    List<Operation> operations = new ArrayList<>();
    mappings
        .getHandlerMethods()
        .forEach((mapping, handler) -> {
          for (String path : mapping.getPatternValues()) {
            for (RequestMethod method : mapping.getMethodsCondition().getMethods()) {
              operations.add(
                  new Operation(method.name(), path.replace("{*", "{"), handler.getMethod()));
            }
          }
        });
    operations.sort(Comparator.comparing(Operation::path).thenComparing(Operation::method));
    return operations;
  }

  private ObjectNode info() {
    String read = "spring.jackson.factory.constraints.read.";
    var info = Schemas.object().put("title", "Assay marketplace API").put("version", "1");
    info.put(
        "description",
        """
        What requesters (`/api`, and with clients made for OpenAI `/v1`), workers \
        (`/worker/v1`) and operators (`/api/admin`) say to a market.

        **Bodies** are one JSON object in UTF-8 with `Content-Type: application/json`, not \
        compressed, of at most %s, with at most %s levels, %s tokens and %s characters in one \
        text. Requests are read strictly: an unknown, missing or doubled member, a number where a \
        text is due or a text where a number is, a fraction, an exponent or anything after the \
        object is refused. Texts hold no control characters except tab and line ends, and no half \
        of a surrogate pair. Answers may get further members; ignore those that you do not know.

        **Amounts** are decimal strings of atomic units. **Ids** that a caller makes are UUIDv7 \
        behind a prefix; make them before sending and send the same again after a failure.

        **Refusals** are `application/problem+json` (RFC 9457): decide by `type`, and try the same \
        again only if `retryable`, after as many seconds as `Retry-After` says. Under `/v1` their \
        member `error` has OpenAI's codes, and the header \
        `x-should-retry` says whether to try again. A `HEAD` is taken wherever a `GET` is. Query parameters that an \
        operation does not name, an empty one and one given twice are refused.

        **Credentials** are sent as `Authorization: Bearer …`. One that is not good is refused \
        also by operations that need none. What belongs to somebody else is answered as if it \
        were not there.
        """
            .formatted(
                environment.getProperty("marketplace.input.max-body", "256 KB"),
                environment.getRequiredProperty(read + "max-nesting-depth"),
                environment.getRequiredProperty(read + "max-token-count"),
                environment.getRequiredProperty(read + "max-string-length"))
            .strip());
    info.set("license", Schemas.object().put("name", "Apache-2.0").put("identifier", "Apache-2.0"));
    return info;
  }

  private ObjectNode operation(Operation operation, List<ObjectNode> requests) {
    Comments.Comment comment = comments.of(operation.handler());
    if (comment.text().isEmpty()) {
      throw new IllegalStateException(
          operation.name() + ": its method has no Javadoc, which would be its summary.");
    }
    var node = Schemas.object().put("operationId", operationId(operation));
    node.putArray("tags").add(tag(operation));
    node.put("summary", comment.firstSentence());
    if (!comment.text().equals(comment.firstSentence())) {
      node.put("description", comment.text());
    }
    security(operation, node);
    for (Parameter parameter : operation.handler().getParameters()) {
      if (operation.takesFile() && parameter.isAnnotationPresent(RequestParam.class)) {
        part(parameter, comment, node);
      } else if (parameter.isAnnotationPresent(RequestBody.class)) {
        var body =
            Schemas.object().put("required", parameter.getAnnotation(RequestBody.class).required());
        ObjectNode schema = schemas.of(parameter.getParameterizedType());
        requests.add(schema);
        if (!parameter.getAnnotation(RequestBody.class).required()) {
          schema = Schemas.orNull(schema); // to a reader of JSON null is the same as nothing
        }
        body.putObject("content").putObject("application/json").set("schema", schema);
        node.set("requestBody", body);
      } else {
        parameter(operation, parameter, comment, node);
      }
    }
    if (operation.reads()) {
      var body = Schemas.object().put("required", true);
      body.putObject("content")
          .putObject("application/x-ndjson")
          .set("schema", Schemas.object().put("type", "string"));
      node.set("requestBody", body);
    }
    var responses = node.putObject("responses");
    successes(operation, responses);
    refusals(operation, responses);
    return node;
  }

  private static String operationId(Operation operation) {
    return operation.method().toLowerCase(Locale.ROOT)
        + (OpenAiTerms.isRoot(operation.path()) ? "OpenAi" : "")
        + Arrays.stream(operation.path().split("[^A-Za-z0-9]+"))
            .filter(part -> !Set.of("", "api", "v1", "json").contains(part))
            .map(part -> part.substring(0, 1).toUpperCase(Locale.ROOT) + part.substring(1))
            .collect(Collectors.joining());
  }

  private static String tag(Operation operation) {
    String[] parts = operation.path().split("/", -1);
    return switch (parts[1]) {
      case "worker" -> "worker link";
      case "v1" -> "openai";
      default ->
          switch (parts[2]) {
            case "quotes" -> "jobs";
            case "market", "models", "openapi.json", "epochs", "proof-of-reserves" -> "market";
            default -> parts[2];
          };
    };
  }

  private static void security(Operation operation, ObjectNode node) {
    var security = node.putArray("security");
    OperationNeeds.of(operation.method(), operation.path())
        .forEach((scheme, scopes) -> {
          var requirement = security.addObject().putArray(scheme);
          scopes.forEach(requirement::add);
        });
  }

  private void parameter(
      Operation operation, Parameter parameter, Comments.Comment comment, ObjectNode node) {
    String in;
    String name;
    boolean isRequired;
    String defaultValue = ValueConstants.DEFAULT_NONE;
    if (parameter.isAnnotationPresent(PathVariable.class)) {
      in = "path";
      name = parameter.getAnnotation(PathVariable.class).name();
      isRequired = true;
    } else if (parameter.isAnnotationPresent(RequestParam.class)) {
      var annotation = parameter.getAnnotation(RequestParam.class);
      in = "query";
      name = annotation.name();
      defaultValue = annotation.defaultValue();
      isRequired = annotation.required() && defaultValue.equals(ValueConstants.DEFAULT_NONE);
    } else if (parameter.isAnnotationPresent(RequestHeader.class)) {
      in = "header";
      name = parameter.getAnnotation(RequestHeader.class).name();
      isRequired = parameter.getAnnotation(RequestHeader.class).required();
    } else {
      return; // who is calling
    }
    if (name.isEmpty()) {
      name = parameter.getName();
    }
    var described = Schemas.object().put("name", name).put("in", in).put("required", isRequired);
    Schemas.describe(described, comment.member(parameter.getName()));
    described.set("schema", parameterSchema(operation, name, parameter, defaultValue));
    node.withArray("/parameters").add(described);
  }

  private ObjectNode parameterSchema(
      Operation operation, String name, Parameter parameter, String defaultValue) {
    String key = operation.name() + " " + name;
    if (parameter.getType() == PageSize.class || key.equals("GET /v1/files limit")) {
      return Schemas.object()
          .put("type", "integer")
          .put("minimum", 1)
          .put("maximum", parameter.getType() == PageSize.class ? PageSize.MAX : MOST_FILES)
          .put("default", Integer.parseInt(defaultValue));
    }
    if (PARAMETER_TYPES.containsKey(key)) {
      return schemas.of(PARAMETER_TYPES.get(key));
    }
    for (var things : IDS.entrySet()) {
      if (operation.path().startsWith(things.getKey()) && name.equals("id")) {
        return schemas.of(things.getValue());
      }
    }
    ObjectNode schema = schemas.of(parameter.getParameterizedType());
    if (PARAMETER_PATTERNS.containsKey(key)) {
      schema.put("pattern", PARAMETER_PATTERNS.get(key));
    }
    if (PARAMETER_CHOICES.containsKey(key)) {
      PARAMETER_CHOICES.get(key).forEach(schema.putArray("enum")::add);
    }
    if (parameter.getType() == boolean.class) {
      schema.put("default", Boolean.parseBoolean(defaultValue));
    } else if (!defaultValue.equals(ValueConstants.DEFAULT_NONE)) {
      schema.put("default", defaultValue);
    }
    return schema;
  }

  private static void part(Parameter parameter, Comments.Comment comment, ObjectNode node) {
    var body = node.withObject("/requestBody").put("required", true);
    var form = body.withObject("/content/multipart~1form-data/schema").put("type", "object");
    var part = form.withObject("/properties").putObject(parameter.getName()).put("type", "string");
    if (parameter.getType() == MultipartFile.class) {
      part.put("contentMediaType", "application/octet-stream");
    }
    Schemas.describe(part, comment.member(parameter.getName()));
    form.withArray("/required").add(parameter.getName());
  }

  /** What a handler gives of which only the inside is sent. */
  private static final Set<Type> AROUND_ANSWERS =
      Set.of(ResponseEntity.class, CompletableFuture.class);

  private void successes(Operation operation, ObjectNode responses) {
    Type type = operation.handler().getGenericReturnType();
    if (type instanceof ParameterizedType generic
        && AROUND_ANSWERS.contains(generic.getRawType())) {
      type = generic.getActualTypeArguments()[0];
    }
    var status =
        AnnotatedElementUtils.findMergedAnnotation(operation.handler(), ResponseStatus.class);
    int code = status == null ? 200 : status.code().value();
    Map<Integer, String> statuses =
        STATUSES.getOrDefault(
            operation.name(), Map.of(code, type == void.class ? "It is done." : "The answer."));
    for (var each : statuses.entrySet()) {
      var response = Schemas.object().put("description", each.getValue());
      headerRefs(
          response,
          Stream.concat(
              HEADERS.getOrDefault(operation.name(), List.of()).stream(),
              Stream.of("x-request-id", "RateLimit", "RateLimit-Policy")));
      if (type == byte[].class) {
        response
            .withObject("/content")
            .putObject("application/json")
            .set("schema", Schemas.object().put("type", "object"));
      } else if (type != void.class) {
        response
            .withObject("/content")
            .putObject("application/json")
            .set("schema", schemas.of(type));
      }
      if (operation.writes()) {
        response
            .withObject("/content")
            .putObject(
                switch (operation.name()) {
                  case "GET /v1/files/{id}/content" -> "application/octet-stream";
                  case String name when name.endsWith("/export") -> "application/x-ndjson";
                  default -> "text/event-stream";
                })
            .set("schema", Schemas.object().put("type", "string"));
      }
      responses.set(Integer.toString(each.getKey()), response);
    }
  }

  private static void refusals(Operation operation, ObjectNode responses) {
    byStatus(operation.refusals(), operation::status)
        .forEach((status, types) -> {
          boolean isGeneral = types.equals(byStatus(GENERAL, ProblemType::status).get(status));
          responses.set(
              Integer.toString(status.value()),
              isGeneral
                  ? Schemas.object().put("$ref", "#/components/responses/" + name(status))
                  : refusal(status, types));
        });
  }

  private static ObjectNode generalResponses() {
    var responses = Schemas.object();
    byStatus(GENERAL, ProblemType::status)
        .forEach((status, types) -> responses.set(name(status), refusal(status, types)));
    return responses;
  }

  private static Map<HttpStatus, List<ProblemType>> byStatus(
      Set<ProblemType> types, Function<ProblemType, HttpStatus> status) {
    return types.stream()
        .sorted()
        .collect(Collectors.groupingBy(status, TreeMap::new, Collectors.toList()));
  }

  private static String name(HttpStatus status) {
    return Arrays.stream(status.name().split("_"))
        .map(word -> word.charAt(0) + word.substring(1).toLowerCase(Locale.ROOT))
        .collect(Collectors.joining());
  }

  private static ObjectNode refusal(HttpStatus status, List<ProblemType> types) {
    var response =
        Schemas.object()
            .put(
                "description",
                types.stream()
                    .map(type ->
                        "`%s`: %s%s."
                            .formatted(
                                type.code(), type.title(), type.retryable() ? " (retryable)" : ""))
                    .collect(Collectors.joining("\n")));
    headerRefs(
        response,
        types.stream().anyMatch(ProblemType::retryable)
            ? Stream.of("x-request-id", "Retry-After")
            : Stream.of("x-request-id"));
    var schema =
        response.putObject("content").putObject("application/problem+json").putObject("schema");
    var all = schema.putArray("allOf");
    all.addObject().put("$ref", "#/components/schemas/ProblemBody");
    var known = all.addObject().putObject("properties").putObject("type").putArray("enum");
    types.forEach(type -> known.add(type.uri().toString()));
    return response;
  }

  private static void headerRefs(ObjectNode response, Stream<String> names) {
    var headers = response.putObject("headers");
    names.forEach(name -> headers.putObject(name).put("$ref", "#/components/headers/" + name));
  }

  private static ObjectNode headers() {
    var headers = Schemas.object();
    header(headers, "x-request-id", "Names the request; quote it when you ask for help.");
    header(headers, "RateLimit", "What is left, as in `\"rpm\";r=599;t=1`.");
    header(
        headers,
        "RateLimit-Policy",
        "How many requests a minute may come, as in `\"rpm\";q=600;w=60`.");
    header(headers, "Retry-After", "Seconds to wait.");
    header(headers, "Location", "The path of the job.");
    header(headers, "Idempotent-Replayed", "`true` if the job was there before this request.");
    header(headers, "X-Job-Id", "The job that answers; a failure after it was posted has it too.");
    header(headers, "X-Receipt", "The path of the job's receipt.");
    return headers;
  }

  private static void header(ObjectNode headers, String name, String words) {
    headers
        .putObject(name)
        .put("description", words)
        .set("schema", Schemas.object().put("type", "string"));
  }

  private static ObjectNode securitySchemes() {
    var schemes = Schemas.object();
    schemes
        .putObject("requester")
        .put("type", "http")
        .put("scheme", "bearer")
        .put(
            "description",
            "The token of a sign-in (`POST /api/auth/siwe/verify`), which may do all that a"
                + " requester may, or an API key (`POST /api/keys`) that has the named scope.");
    schemes
        .putObject("worker")
        .put("type", "http")
        .put("scheme", "bearer")
        .put("description", "The token of a worker's sign-in (`POST /worker/v1/sessions`).");
    schemes
        .putObject("admin")
        .put("type", "http")
        .put("scheme", "bearer")
        .put("bearerFormat", "JWT")
        .put(
            "description",
            "A token of the market's own issuer of OpenID Connect, for the audience `assay-admin`,"
                + " that gives the named role. `operator` and `approver` may see what `viewer`"
                + " sees.");
    return schemes;
  }

  private static Class<?> type(String name) {
    try {
      return Class.forName(name);
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException(e);
    }
  }
}
