package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestIssuer;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.LeaseRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The operators' page as a browser shows it, where there is one, and as it is sent. */
@MarketModuleTest
@Timeout(300)
class AdminPageModuleTests {
  private static final Path SOURCES = Path.of("src/main/resources/admin");
  private static final Path PICTURES = Path.of("target/admin-page");
  private static final Duration SOON = Duration.ofSeconds(120);

  /** What a worker may call itself. */
  private static final String HOSTILE = "<img/src=x/onerror=document.title='owned'>";

  private final int port;
  private final RecordPurse purses;
  private final TestWorker worker;
  private final WalletAddress address;

  AdminPageModuleTests(
      @LocalServerPort int port, @Autowired BoundKeys keys, @Autowired RecordPurse purses) {
    this.port = port;
    this.purses = purses;
    var key = TestWallet.create();
    this.address = new WalletAddress("0x%040x".formatted(0x22001));
    keys.bind(key.address(), address);
    Http.send(
        port,
        "POST",
        "/worker/v1/leases?wait=0s",
        key.signInAsWorker(port),
        new LeaseRequest(1, HOSTILE, Instant.parse("2026-11-26T12:00:00Z")));
    this.worker = new TestWorker(port, address, key).offers(20_000);
  }

  @AfterEach
  void leave() {
    worker.offersNothing();
    worker.leaves();
    act("resumes", "over");
  }

  private void act(String verb, String reason) {
    Http.send(
        port,
        "POST",
        "/api/admin/" + verb,
        TestIssuer.operator("grace"),
        Map.of("what", "worker", "subject", address.hex(), "reason", reason));
  }

  private String jobWithResult() {
    var requester = TestWallet.create();
    purses.record(
        new Purse(
            requester.address(),
            TokenAmount.of(1_000_000),
            TokenAmount.of(1_000_000),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            1));
    String token = requester.signIn(port);
    String job =
        Http.json(
                port,
                "POST",
                "/api/jobs",
                token,
                """
                {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["a"]},
                 "provider":{"only":["%s"]}}\
                """
                    .formatted(address),
                JsonNode.class)
            .path("id")
            .stringValue();
    while (!Http.send(port, "GET", "/api/jobs/" + job, token, null).body().contains("attested")) {
      worker.sends(worker.result(worker.leases())); // there may be jobs of others
    }
    return job;
  }

  @Test
  void it_is_three_files_with_a_policy_under_which_no_text_becomes_script() throws IOException {
    var page = Http.send(port, "GET", "/admin/index.html", "", null);
    assertThat(page.statusCode()).isEqualTo(200);
    assertThat(page.headers().firstValue("content-type").orElseThrow()).startsWith("text/html");
    assertThat(page.headers().firstValue("content-security-policy").orElseThrow())
        .contains("default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'")
        .doesNotContain("unsafe", "http:", "https:", "*");
    assertThat(page.headers().firstValue("x-content-type-options")).contains("nosniff");
    assertThat(Http.send(port, "GET", "/admin", "", null).headers().firstValue("location"))
        .hasValueSatisfying(to -> assertThat(to).endsWith("/admin/index.html"));
    assertThat(page.body())
        .doesNotContainPattern("(?i)<script(?![^>]*\\bsrc=)")
        .doesNotContainPattern("(?i)\\son[a-z]+=|\\sstyle=|<style|javascript:|https?://");
    assertThat(Files.readString(SOURCES.resolve("admin.js")))
        .doesNotContainPattern(
            "innerHTML|outerHTML|insertAdjacentHTML|document\\.write|\\beval\\(|new Function");
    for (String file : List.of("admin.js", "admin.css", "icon.svg")) {
      assertThat(Http.status(port, "GET", "/admin/" + file, "", null)).as(file).isEqualTo(200);
    }
    for (String none : List.of("/admin/", "/admin/x", "/admin/../application.yml", "/admin/a/b")) {
      assertThat(Http.status(port, "GET", none, "", null)).as(none).isIn(400, 404);
    }
    assertThat(Http.status(port, "POST", "/admin/index.html", "", "{}")).isIn(404, 405);
  }

  @Test
  void everything_that_the_script_looks_for_is_on_the_page() throws IOException {
    String page = Files.readString(SOURCES.resolve("index.html"));
    List<String> wanted =
        Pattern.compile("(?:\\$|fill|figures)\\('([a-z-]+)'")
            .matcher(Files.readString(SOURCES.resolve("admin.js")))
            .results()
            .map(found -> found.group(1))
            .distinct()
            .toList();

    assertThat(wanted).hasSizeGreaterThan(25);
    assertThat(wanted).allSatisfy(id -> assertThat(page).contains("id=\"" + id + "\""));
  }

  @Test
  void in_a_browser_it_shows_the_market_live_and_a_stranger_s_markup_as_text(@TempDir Path profile)
      throws Exception {
    var program = HeadlessBrowser.installed();
    assumeThat(program)
        .as("there is no Chromium on this machine; Debian's package is chromium")
        .isPresent();
    String job = jobWithResult();
    Files.createDirectories(PICTURES);
    try (var browser = HeadlessBrowser.start(program.orElseThrow(), profile)) {
      browser.open(
          "http://127.0.0.1:%d/admin/index.html#token=%s"
              .formatted(port, TestIssuer.token("ada", "operator")));
      until(browser, "document.getElementById('link').textContent", "Live.");
      until(browser, "document.querySelector('#worker-list table') !== null", "true");
      until(browser, MORE_UNTIL.formatted(address.hex()), "true");
      until(browser, "document.querySelector('#figures dd') !== null", "true");

      assertThat(browser.eval("location.hash")).isEmpty();
      assertThat(browser.eval("document.getElementById('who').textContent"))
          .isEqualTo("ada (operator)");
      assertThat(browser.eval("document.getElementById('worker-list').textContent"))
          .contains(HOSTILE);
      assertThat(browser.eval("document.querySelectorAll('main img, main script').length"))
          .isEqualTo("0");
      assertThat(browser.eval("document.title")).isEqualTo("Assay operators");

      browser.eval("document.getElementById('job-id').value = '%s'".formatted(job));
      browser.eval("document.getElementById('find-job').requestSubmit()");
      until(browser, "document.querySelector('#job ol') !== null", "true");
      assertThat(browser.eval("document.getElementById('job').textContent"))
          .contains("posted", "reserve", "leased", "attested", "ended");

      String reason = "</td><script>document.title='owned'</script> " + UUID.randomUUID();
      act("pauses", reason); // by somebody else, meanwhile
      until(
          browser,
          "document.getElementById('log').textContent.includes(%s)".formatted(quoted(reason)),
          "true");
      until(
          browser,
          "document.getElementById('alert-list').textContent.includes(%s)"
              .formatted(quoted(reason)),
          "true");
      assertThat(browser.eval("document.title")).isEqualTo("Assay operators");

      browser.eval(
          "document.getElementById('subject').value = '%s';".formatted(address.hex())
              + "document.getElementById('reason').value = 'mended';"
              + "document.getElementById('resume').focus()");
      browser.pressEnter();
      until(browser, "document.getElementById('stop-answer').textContent", "Let go.");
      until(browser, "document.getElementById('log').textContent.includes('mended')", "true");

      assertThat(browser.eval(UNNAMED)).as("what has no name for a reader of the screen").isEmpty();
      browser.photograph(PICTURES.resolve("light.png"));
      String light = browser.eval(BACKGROUND);
      browser.call(
          "Emulation.setEmulatedMedia",
          Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", "dark"))));
      assertThat(browser.eval(BACKGROUND)).isNotEqualTo(light);
      browser.photograph(PICTURES.resolve("dark.png"));
      System.out.printf(
          "admin page: first contentful paint after %s ms%n",
          browser.eval(
              "Math.round(performance.getEntriesByName('first-contentful-paint')[0]?.startTime ??"
                  + " -1)"));
      assertThat(browser.faults()).as("the console").isEmpty();
    }
  }

  @Test
  void in_a_browser_a_token_that_is_not_good_is_told_and_a_viewer_cannot_stop(@TempDir Path profile)
      throws Exception {
    var program = HeadlessBrowser.installed();
    assumeThat(program)
        .as("there is no Chromium on this machine; Debian's package is chromium")
        .isPresent();
    try (var browser = HeadlessBrowser.start(program.orElseThrow(), profile)) {
      browser.open("http://127.0.0.1:%d/admin".formatted(port));
      until(browser, "document.readyState", "complete");
      signIn(browser, TestIssuer.bad("expired"));
      until(
          browser,
          "document.getElementById('fault').textContent.includes('Get a new one')",
          "true");
      assertThat(browser.eval("document.getElementById('main').hidden")).isEqualTo("true");

      signIn(browser, TestIssuer.token("vera", "viewer"));
      until(browser, "document.getElementById('main').hidden", "false");
      assertThat(browser.eval("document.getElementById('stop-fields').disabled")).isEqualTo("true");
    }
  }

  /** The workers of other tests may fill the first pages. */
  private static final String MORE_UNTIL =
      """
      (document.getElementById('workers-more').hidden
        || document.getElementById('workers-more').click(),
       document.querySelector('#worker-list [title="%s"]') !== null)\
      """;

  private static final String BACKGROUND = "getComputedStyle(document.body).backgroundColor";

  /** Controls that neither a label nor text of their own names. */
  private static final String UNNAMED =
      """
      [...document.querySelectorAll('main button, main input, main select')]
        .filter(one => !one.textContent.trim() && !(one.labels && one.labels.length))
        .map(one => one.outerHTML).join()
      """;

  private static void signIn(HeadlessBrowser browser, String token) {
    browser.eval("document.getElementById('token').value = '%s'".formatted(token));
    browser.eval("document.getElementById('enter').requestSubmit()");
  }

  private static void until(HeadlessBrowser browser, String script, String value) {
    await(script)
        .atMost(SOON)
        .untilAsserted(() -> assertThat(browser.eval("String(" + script + ")")).isEqualTo(value));
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "\\'") + "'";
  }
}
