package dev.assay.marketplace.identity;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.Http;
import dev.assay.marketplace.MarketModuleTest;
import jakarta.servlet.FilterRegistration;
import jakarta.servlet.ServletContext;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Import;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.test.context.TestPropertySource;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.json.JsonMapper;

@MarketModuleTest
@Import(MovableClock.class)
@TestPropertySource(
    properties = {
      "marketplace.identity.browser-origins=https://app.example",
      "marketplace.identity.rates.failures=100"
    })
class AccessModuleTests {
  /** Everything that a stranger may call. Whoever adds to it means it. */
  private static final Set<String> PUBLIC =
      Set.of(
          "POST /api/auth/siwe/nonce",
          "POST /api/auth/siwe/verify",
          "POST /worker/v1/sessions",
          "GET /api/market",
          "GET /api/models",
          "GET /api/models/{}",
          "GET /api/epochs/{}",
          "GET /api/epochs/{}/leaves",
          "GET /api/epochs/{}/verifiers",
          "GET /api/proof-of-reserves",
          "GET /api/openapi.json",
          "GET /v1/models",
          "GET /v1/models/{}");

  private final int port;
  private final JsonMapper json;
  private final List<String> operations = new ArrayList<>();
  private final ServletContext servlets;
  private final SecurityFilterChain market;
  private final String requester;
  private final String worker;

  AccessModuleTests(
      @LocalServerPort int port,
      @Autowired JsonMapper json,
      @Autowired ServletContext servlets,
      @Autowired @Qualifier("marketChain") SecurityFilterChain market,
      @Autowired @Qualifier("requestMappingHandlerMapping") RequestMappingHandlerMapping mappings,
      @Autowired BoundKeys boundKeys) {
    this.port = port;
    this.json = json;
    this.servlets = servlets;
    this.market = market;
    mappings
        .getHandlerMethods()
        .forEach((mapping, _) -> {
          for (String path : mapping.getPatternValues()) {
            for (RequestMethod method : mapping.getMethodsCondition().getMethods()) {
              operations.add(method + " " + path);
            }
          }
        });
    var wallet = TestWallet.create();
    boundKeys.bind(wallet.address(), wallet.address());
    this.requester = wallet.signIn(port);
    this.worker = wallet.signInAsWorker(port);
  }

  @Test
  void every_operation_is_under_a_path_that_has_a_rule() {
    assertThat(operations)
        .hasSizeGreaterThan(8)
        .allMatch(operation -> operation.matches("[A-Z]+ /(api|worker/v1|v1)/.*"));
  }

  @Test
  void a_stranger_gets_nothing_that_is_not_public() {
    for (String operation : operations) {
      var answer = call(operation, "");
      if (isPublic(operation)) {
        assertThat(answer.statusCode()).as(operation).isNotIn(401, 403);
      } else {
        assertThat(answer.statusCode()).as(operation).isEqualTo(401);
        assertThat(answer.headers().firstValue("www-authenticate"))
            .as(operation)
            .contains("Bearer realm=\"assay\"");
        assertCode(answer, "unauthenticated");
      }
    }
  }

  @Test
  void a_worker_gets_nothing_of_requesters_and_a_requester_nothing_of_workers() {
    for (String operation : operations) {
      if (isPublic(operation)) {
        continue;
      }
      boolean isWorkers = operation.contains(" /worker/");
      var answer = call(operation, isWorkers ? requester : worker);

      assertThat(answer.statusCode()).as(operation).isEqualTo(403);
      assertCode(answer, "forbidden");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "GET, /, 404",
    "GET, /api, 401",
    "GET, /api/nothing, 401",
    "PATCH, /api/jobs, 401",
    "HEAD, /api/keys, 401",
    "OPTIONS, /api/keys, 401",
    "GET, /worker, 404",
    "GET, /worker/v1, 401",
    "GET, /worker/v2/leases, 404",
    "GET, /api/auth/siwe/nonce, 401",
    "GET, /v3/api-docs, 404",
    "GET, /v1, 401",
    "GET, /v1/nothing, 401",
    "GET, /v2/models, 404",
    "GET, /actuator/health, 404",
    "GET, /error, 404",
    "GET, /login, 404",
    "GET, /favicon.ico, 404"
  })
  void what_no_rule_names_is_open_to_nobody(String method, String path, int status) {
    assertThat(Http.send(port, method, path, "", null).statusCode()).isEqualTo(status);
  }

  static List<String> forged() {
    String secret = "A".repeat(43);
    return List.of(
        "",
        "Bearer",
        "Bearer ",
        "Bearer null",
        "Bearer undefined",
        "Bearer ses_" + secret,
        "Bearer  ses_" + secret,
        "Bearer ses_" + secret + " ",
        "Bearer ses_" + secret + "A",
        "Bearer ses_" + secret.substring(1),
        "Bearer SES_" + secret,
        "Bearer " + secret,
        "Bearer assay_0123456789_" + secret,
        "Bearer assay_0123456789" + secret,
        "Bearer assay_" + "%".repeat(10) + "_" + secret,
        "Bearer assay_0123456789_' or 1=1 --",
        "Bearer assay_0123456789_" + "=".repeat(43),
        "Bearer sk-" + secret,
        "Basic YWRtaW46YWRtaW4=",
        "Digest username=\"admin\"",
        "Token ses_" + secret,
        "ses_" + secret,
        "Bearer ses_" + secret + ", Bearer ses_" + secret,
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.",
        "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.c2ln",
        "Bearer eyJhbGciOiJIUzI1NiIsImtpZCI6Ii4uLy4uL2Rldi9udWxsIn0.e30.c2ln",
        "Bearer eyJhbGciOiJSUzI1NiIsImprdSI6Imh0dHA6Ly8xMjcuMC4wLjEvIn0.e30.c2ln",
        "Bearer eyJhbGciOiJSUzI1NiIsIng1dSI6Imh0dHA6Ly8xMjcuMC4wLjEvIn0.e30.c2ln",
        "Bearer ${jndi:ldap://127.0.0.1/a}",
        "Bearer ../../../../etc/passwd",
        "Bearer \u00e9",
        "Bearer ses_" + "\u00e9".repeat(43),
        "Bearer ses_" + "A".repeat(4_000),
        "bearer ses_" + secret,
        "BEARER assay_0123456789_" + secret,
        "Bearer\tses_" + secret,
        "Bearer ses_" + "-".repeat(43),
        "Bearer ses_" + "_".repeat(43),
        "Bearer 0x" + "f".repeat(64),
        "Bearer true");
  }

  @ParameterizedTest
  @MethodSource("forged")
  void a_forged_token_is_nobodys(String header) {
    var answer =
        Http.send(HttpRequest.newBuilder(at("/api/keys")).header("authorization", header).GET());

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(401);
    assertCode(answer, "unauthenticated");
  }

  @Test
  void a_good_token_with_one_letter_changed_or_sent_twice_is_nobodys() {
    char last = requester.charAt(10);
    String changed =
        requester.substring(0, 10) + (last == 'A' ? 'B' : 'A') + requester.substring(11);

    assertThat(Http.send(port, "GET", "/api/keys", changed, null).statusCode()).isEqualTo(401);
    var twice =
        HttpRequest.newBuilder(at("/api/keys"))
            .header("authorization", "Bearer " + requester)
            .header("authorization", "Bearer " + requester)
            .GET();
    assertThat(Http.send(twice).statusCode()).isEqualTo(401);
    assertThat(Http.send(port, "GET", "/api/keys", requester, null).statusCode()).isEqualTo(200);
  }

  @Test
  void a_bad_token_is_refused_also_where_none_is_needed() {
    assertThat(Http.send(port, "GET", "/api/market", "ses_" + "A".repeat(43), null).statusCode())
        .isEqualTo(401);
  }

  @Test
  void answers_say_that_they_are_data_and_for_one_reader_only() {
    var headers = Http.send(port, "GET", "/api/keys", requester, null).headers();

    assertThat(headers.firstValue("x-content-type-options")).contains("nosniff");
    assertThat(headers.firstValue("x-frame-options")).contains("DENY");
    assertThat(headers.firstValue("content-security-policy"))
        .contains("default-src 'none'; frame-ancestors 'none'");
    assertThat(headers.firstValue("referrer-policy")).contains("no-referrer");
    assertThat(headers.firstValue("cache-control").orElse("")).contains("no-store");
    assertThat(headers.firstValue("set-cookie")).isEmpty();
    assertThat(headers.firstValue("x-request-id").orElse("")).startsWith("req_");
  }

  @Test
  void a_request_passes_no_filter_that_does_nothing_here() {
    assertThat(market.getFilters())
        .extracting(filter -> filter.getClass().getSimpleName())
        .containsExactly(
            "SecurityContextHolderFilter",
            "HeaderWriterFilter",
            "CorsFilter",
            "BearerFilter",
            "ExceptionTranslationFilter",
            "AuthorizationFilter");
    assertThat(servlets.getFilterRegistrations().values())
        .extracting(FilterRegistration::getClassName)
        .hasSizeGreaterThan(4)
        .noneMatch(
            name -> name.matches(".*(WsFilter|FormContent|RequestContext|CharacterEncoding).*"));
  }

  /** What each answer has beside what it says of itself, as text and in any order. */
  private static final Set<String> SAFE =
      Set.of(
          "cache-control: no-cache, no-store, max-age=0, must-revalidate",
          "content-security-policy: default-src 'none'; frame-ancestors 'none'",
          "expires: 0",
          "pragma: no-cache",
          "referrer-policy: no-referrer",
          "vary: Access-Control-Request-Headers",
          "vary: Access-Control-Request-Method",
          "vary: Origin",
          "x-content-type-options: nosniff",
          "x-frame-options: DENY",
          "x-xss-protection: 0");

  @Test
  void answers_have_these_headers_and_no_others() {
    String json = "application/json";
    String problem = "application/problem+json";
    assertThat(headers("GET", "/api/keys", requester, null, Map.of())).isEqualTo(safe(json, true));
    assertThat(headers("GET", "/api/market", "", null, Map.of())).isEqualTo(safe(json, true));
    assertThat(headers("POST", "/api/jobs", requester, "{", Map.of()))
        .isEqualTo(safe(problem, true));
    assertThat(headers("GET", "/api/nothing", requester, null, Map.of()))
        .isEqualTo(safe(problem, true));
    assertThat(headers("GET", "/nothing", "", null, Map.of())).isEqualTo(safe(problem, true));
    assertThat(headers("GET", "/worker/v1/account", requester, null, Map.of()))
        .isEqualTo(safe(problem, true));
    assertThat(headers("GET", "/api/market", "", null, Map.of("origin", "https://evil.example")))
        .isEqualTo(safe(problem, false));
  }

  @Test
  void an_answer_says_how_long_it_is_and_needs_no_second_packet_to_say_that_it_is_over() {
    for (String path : List.of("/api/keys", "/api/nothing")) {
      var answer = Http.send(port, "GET", path, requester, null);

      assertThat(answer.headers().firstValueAsLong("content-length"))
          .as(path)
          .hasValue(answer.body().getBytes(StandardCharsets.UTF_8).length);
      assertThat(answer.headers().firstValue("transfer-encoding")).as(path).isEmpty();
    }
  }

  private Set<String> headers(
      String method,
      String path,
      String token,
      @Nullable Object body,
      Map<String, String> headers) {
    Set<String> found = new TreeSet<>();
    // Whether the connection lasts is the container's to say: it drops it after a 400.
    Http.send(port, method, path, token, body, headers)
        .headers()
        .map()
        .forEach((name, values) -> {
          boolean isItsOwn =
              name.startsWith("ratelimit")
                  || name.startsWith("x-ratelimit")
                  || List.of("date", "x-request-id", "content-length").contains(name);
          values.forEach(value -> found.add(isItsOwn ? name : name + ": " + value));
        });
    found.remove("connection: close");
    return found;
  }

  private static Set<String> safe(String type, boolean isCounted) {
    Set<String> safe = new TreeSet<>(SAFE);
    safe.addAll(List.of("date", "x-request-id", "content-length", "content-type: " + type));
    if (isCounted) {
      safe.addAll(
          List.of(
              "ratelimit",
              "ratelimit-policy",
              "x-ratelimit-limit-requests",
              "x-ratelimit-remaining-requests",
              "x-ratelimit-reset-requests"));
    }
    return safe;
  }

  @Test
  void each_answer_tells_what_is_left() {
    var headers = Http.send(port, "GET", "/api/keys", requester, null).headers();

    assertThat(headers.firstValue("ratelimit-policy")).contains("\"rpm\";q=6000;w=60");
    assertThat(headers.firstValue("ratelimit").orElse("")).matches("\"rpm\";r=59\\d\\d;t=\\d+");
    assertThat(headers.firstValue("x-ratelimit-limit-requests")).contains("6000");
    assertThat(headers.firstValue("x-ratelimit-remaining-requests").orElse("")).matches("59\\d\\d");
    assertThat(headers.firstValue("x-ratelimit-reset-requests").orElse("")).matches("\\d+ms");
    assertThat(headers.firstValue("retry-after")).isEmpty();
  }

  @Test
  void pages_of_the_configured_origins_may_call_and_read_our_headers() {
    var preflight =
        Http.send(
            HttpRequest.newBuilder(at("/api/keys"))
                .method("OPTIONS", BodyPublishers.noBody())
                .header("origin", "https://app.example")
                .header("access-control-request-method", "POST")
                .header("access-control-request-headers", "authorization,content-type"));
    assertThat(preflight.statusCode()).isEqualTo(200);
    assertThat(preflight.headers().firstValue("access-control-allow-origin"))
        .contains("https://app.example");

    var answer =
        Http.send(
            HttpRequest.newBuilder(at("/api/keys"))
                .GET()
                .header("origin", "https://app.example")
                .header("authorization", "Bearer " + requester));
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(
            String.join(",", answer.headers().allValues("access-control-expose-headers"))
                .toLowerCase(Locale.ROOT))
        .contains("x-request-id", "ratelimit", "x-ratelimit-remaining-requests", "location");
    assertThat(answer.headers().firstValue("access-control-allow-credentials")).isEmpty();
  }

  @Test
  void pages_of_other_origins_may_not() {
    for (String origin : List.of("https://evil.example", "null", "https://app.example.evil.com")) {
      var answer =
          Http.send(HttpRequest.newBuilder(at("/api/market")).GET().header("origin", origin));

      assertThat(answer.statusCode()).as(origin).isEqualTo(403);
      assertCode(answer, "forbidden");
      assertThat(answer.headers().firstValue("access-control-allow-origin")).isEmpty();
    }
  }

  private static boolean isPublic(String operation) {
    return PUBLIC.contains(operation.replaceAll("\\{[^}]*}", "{}"));
  }

  private HttpResponse<String> call(String operation, String token) {
    String[] parts = operation.split(" ", 2);
    String path = parts[1].replaceAll("\\{[^}]*}", "1");
    return Http.send(port, parts[0], path, token, parts[0].equals("GET") ? null : "{}");
  }

  private void assertCode(HttpResponse<String> answer, String code) {
    assertThat(answer.headers().firstValue("content-type").orElse(""))
        .startsWith("application/problem+json");
    var problem = json.readTree(answer.body());
    assertThat(problem.path("type").stringValue()).isEqualTo("urn:assay:problem:" + code);
    assertThat(problem.path("requestId").stringValue())
        .isEqualTo(answer.headers().firstValue("x-request-id").orElse(""));
  }

  private URI at(String path) {
    return URI.create("http://127.0.0.1:" + port + path);
  }
}
