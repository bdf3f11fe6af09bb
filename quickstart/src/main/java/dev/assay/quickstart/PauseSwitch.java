package dev.assay.quickstart;

import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.PostgresServer;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stops a part of the market that runs here, or lets it go again. A row in the database of the
 * process whose part it is: who may log in there is an operator.
 */
final class PauseSwitch {
  private static final Pattern DIGEST = Pattern.compile("0x[0-9a-f]{64}");
  private static final Pattern WALLET = Pattern.compile("0x[0-9a-f]{40}");

  /** What can be stopped. */
  enum What {
    MARKET,
    SETTLEMENT,
    MODEL,
    WORKER
  }

  @Mixin private HomeOption home = new HomeOption();

  @Parameters(index = "0", paramLabel = "WHAT", description = "market, settlement, model or worker")
  private String what = "";

  @Parameters(
      index = "1",
      arity = "0..1",
      defaultValue = "",
      paramLabel = "WHICH",
      description = "of a model its name or digest, of a worker its wallet")
  private String which = "";

  /**
   * @return what was switched, for people
   */
  String set(boolean paused, boolean drain, String reason) throws InterruptedException {
    What part = part();
    if (drain && part == What.SETTLEMENT) {
      throw new Refusal(ExitCode.USAGE, "Payments are paused or not; there is nothing to drain.");
    }
    RunningMarket running = running();
    String subject = subject(part, running);
    write(running, part, subject, paused, drain, reason);
    return (part.name().toLowerCase(Locale.ROOT) + " " + subject).strip();
  }

  private RunningMarket running() {
    return RunningMarket.in(home.directory())
        .orElseThrow(() ->
            new Refusal(
                ExitCode.UNAVAILABLE,
                "Nothing runs in %s. Start it with: ./assay up".formatted(home.directory())));
  }

  /** Whether that was settlement, and the market's operators hold payments too. */
  boolean isStoppedByTheMarket() {
    if (part() != What.SETTLEMENT) {
      return false;
    }
    try (Connection connection = connect(running(), DatabaseRole.SETTLEMENT);
        PreparedStatement newest =
            connection.prepareStatement(
                "select paused from settlement.market_pause order by at desc, number desc limit"
                    + " 1");
        ResultSet row = newest.executeQuery()) {
      return row.next() && row.getBoolean(1);
    } catch (SQLException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE, "What holds payments cannot be read: " + e.getMessage(), e);
    }
  }

  private Connection connect(RunningMarket running, DatabaseRole role) throws SQLException {
    return PostgresServer.login(
            home.directory(), Objects.requireNonNull(running.addresses().get("postgresql")), role)
        .connect();
  }

  private What part() {
    try {
      return What.valueOf(what.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new Refusal(
          ExitCode.USAGE, "WHAT is market, settlement, model or worker, not '%s'.".formatted(what));
    }
  }

  private String subject(What part, RunningMarket running) throws InterruptedException {
    String given = which.toLowerCase(Locale.ROOT);
    return switch (part) {
      case MARKET, SETTLEMENT -> {
        if (!given.isEmpty()) {
          throw new Refusal(ExitCode.USAGE, "There is one %s; name no other.".formatted(what));
        }
        yield "";
      }
      case MODEL -> DIGEST.matcher(given).matches() ? given : digest(running);
      case WORKER -> {
        if (!WALLET.matcher(given).matches()) {
          throw new Refusal(
              ExitCode.USAGE, "A worker is named by its wallet, 0x and 40 hexadecimal digits.");
        }
        yield given;
      }
    };
  }

  private String digest(RunningMarket running) throws InterruptedException {
    if (which.isEmpty()) {
      throw new Refusal(ExitCode.USAGE, "Name the model, as GET /api/models does.");
    }
    String api = Objects.requireNonNull(running.addresses().get("api"));
    String path = URLEncoder.encode(which, StandardCharsets.UTF_8).replace("%2F", "/");
    try (var http = HttpClient.newHttpClient()) {
      var answer =
          http.send(
              HttpRequest.newBuilder(URI.create(api + "/api/models/" + path))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              BodyHandlers.ofByteArray());
      if (answer.statusCode() != 200) {
        throw new Refusal(
            ExitCode.DATA, "This market does not know the model '%s'.".formatted(which));
      }
      return JsonMapper.shared().readTree(answer.body()).path("digest").asString();
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE, "The API does not answer: give the model's digest.", e);
    }
  }

  private void write(
      RunningMarket running,
      What part,
      String subject,
      boolean paused,
      boolean drain,
      String reason) {
    boolean isSettlement = part == What.SETTLEMENT;
    DatabaseRole role = isSettlement ? DatabaseRole.SETTLEMENT : DatabaseRole.MARKETPLACE;
    String statement =
        isSettlement
            ? "insert into settlement.pause (paused, reason, by) values (?, ?, ?)"
            : "insert into marketplace.pause (paused, reason, by, what, subject, drain) values (?,"
                + " ?, ?, ?, ?, ?)";
    try (Connection connection = connect(running, role);
        PreparedStatement insert = connection.prepareStatement(statement)) {
      insert.setBoolean(1, paused);
      insert.setString(2, reason);
      insert.setString(3, System.getProperty("user.name"));
      if (!isSettlement) {
        insert.setString(4, part.name());
        insert.setString(5, subject);
        insert.setBoolean(6, drain);
      }
      insert.executeUpdate();
    } catch (SQLException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE, "It could not be written down: %s".formatted(e.getMessage()), e);
    }
  }
}
