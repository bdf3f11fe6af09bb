package dev.assay.quickstart.stack;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.quickstart.stack.testing.Processes;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes, really killed. */
class StackModuleTests {
  /** A second or two, and ten are promised; a build beside others waits for processors too. */
  private static final Duration GONE_WITHIN = Duration.ofSeconds(30);

  /** Kept from test to test: whatever was done to it, the next one must be able to use it. */
  @TempDir static Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"postgresql", "kafka", "evm-node", "guardian"})
  void whichever_part_is_killed_the_rest_stops_and_says_which(String part) throws Exception {
    Path home = folder.resolve("home");
    try (var owner = StackOwner.start(home)) {
      assertThat(owner.isReady()).as(owner.errors()).isTrue();

      Processes.signal("KILL", List.of(Processes.pid(home, part)));

      await().atMost(GONE_WITHIN).until(() -> Processes.of(home), List::isEmpty);
      assertThat(owner.exitCode()).isEqualTo(70);
      assertThat(owner.errors())
          .contains(part)
          .contains(part.equals("guardian") ? "ended by somebody" : home + "/logs/" + part);
    }
  }

  @ParameterizedTest
  @CsvSource({"TERM, 143", "INT, 130", "HUP, 129", "KILL, 137"})
  void however_the_owner_ends_nothing_of_its_stack_is_left(String signal, int exitCode)
      throws Exception {
    Path home = folder.resolve("home");
    try (var owner = StackOwner.start(home)) {
      assertThat(owner.isReady()).as(owner.errors()).isTrue();

      Processes.signal(signal, List.of(owner.pid()));

      await().atMost(GONE_WITHIN).until(() -> Processes.of(home), List::isEmpty);
      assertThat(owner.exitCode()).isEqualTo(exitCode);
      assertThat(owner.errors()).isEmpty();
    }
  }

  @Test
  void what_was_written_outlives_the_killing_of_everything_at_once() throws Exception {
    Path directory = folder.resolve("home");
    long block;
    try (var owner = StackOwner.start(directory)) {
      assertThat(owner.isReady()).as(owner.errors()).isTrue();
      execute(owner.database(), "create table marketplace.fact (number int)");
      execute(owner.database(), "insert into marketplace.fact values (42)");
      block = mine(owner.rpcUrl());
      awaitSaved(directory.resolve("chain/state.json"));
      List<Long> all = new ArrayList<>(List.of(owner.pid()));
      for (String part : List.of("guardian", "postgresql", "kafka", "evm-node")) {
        all.add(Processes.pid(directory, part));
      }
      Processes.signal("KILL", all);
      await().atMost(GONE_WITHIN).until(() -> Processes.of(directory), List::isEmpty);
    }

    try (Home home = Home.open(directory, "a test");
        Stack stack = Stack.start(home, Ports.free(), Checkout.find())) {
      var database = stack.postgres().address().login(DatabaseRole.MARKETPLACE);
      assertThat(number(database, "select number from marketplace.fact")).isEqualTo(42);
      assertThat(newestBlock(stack.evmNode().address().rpcUrl())).isEqualTo(block);
      assertThat(number(database, "select (current_setting('fsync') = 'on')::int")).isEqualTo(1);
      // What a new connection need not repeat: its password is no person's.
      assertThat(number(database, "select current_setting('scram_iterations')::int")).isEqualTo(1);
    }
  }

  @Test
  void a_home_is_refused_to_a_second_owner_by_the_pid_of_the_first() throws Exception {
    Path directory = folder.resolve("shared");
    try (Home home = Home.open(directory, "the first");
        var second = StackOwner.start(directory)) {
      assertThat(second.isReady()).isFalse();
      assertThat(second.exitCode()).isEqualTo(75);
      assertThat(second.errors())
          .isEqualTo(
              "%s is in use by pid %d (the first). Stop it first, or choose another folder with --home DIR.%n"
                  .formatted(home, ProcessHandle.current().pid()));
    }
  }

  private static void execute(DatabaseLogin database, String sql) throws SQLException {
    try (var connection = database.connect();
        var statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private static int number(DatabaseLogin database, String sql) throws SQLException {
    try (var connection = database.connect();
        var statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getInt(1);
    }
  }

  /** The node writes its state once a second; two later writes hold all that was there before. */
  private static void awaitSaved(Path state) {
    FileTime before = lastWrite(state);
    await().until(() -> lastWrite(state).compareTo(before) > 0);
    FileTime between = lastWrite(state);
    await().until(() -> lastWrite(state).compareTo(between) > 0);
  }

  private static FileTime lastWrite(Path file) {
    try {
      return Files.getLastModifiedTime(file);
    } catch (IOException missing) {
      return FileTime.fromMillis(0);
    }
  }

  private static long mine(URI rpcUrl) throws Exception {
    long before = newestBlock(rpcUrl);
    rpc(rpcUrl, "evm_mine");
    assertThat(newestBlock(rpcUrl)).isEqualTo(before + 1);
    return before + 1;
  }

  private static long newestBlock(URI rpcUrl) throws Exception {
    return Long.decode(rpc(rpcUrl, "eth_blockNumber").replaceAll(".*\"(0x[0-9a-f]+)\".*", "$1"));
  }

  private static String rpc(URI rpcUrl, String method) throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(rpcUrl)
            .header("content-type", "application/json")
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":[]}"
                        .formatted(method)))
            .build();
    try (var http = HttpClient.newHttpClient()) {
      return http.send(request, BodyHandlers.ofString()).body();
    }
  }
}
