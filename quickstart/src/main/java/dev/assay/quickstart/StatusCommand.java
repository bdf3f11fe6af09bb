package dev.assay.quickstart;

import dev.assay.quickstart.stack.ExitCode;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Tells what runs and how it is; exits 69 if nothing runs or something is ill.")
final class StatusCommand implements Callable<Integer> {
  private static final List<String> PARTS =
      List.of("postgresql", "kafka", "evm-node", "api", "settlement", "worker");

  @Mixin private HomeOption home = new HomeOption();

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    Path directory = home.directory();
    var running = RunningMarket.in(directory);
    if (running.isEmpty()) {
      out.printf("Nothing runs in %s. Start it with: ./assay up%n", directory);
      return ExitCode.UNAVAILABLE.number();
    }
    boolean isWell = true;
    out.printf("%-12s %8s %9s %8s  %-6s %s%n", "part", "pid", "CPU s", "MiB", "health", "address");
    for (String part : PARTS) {
      Optional<ProcessHandle> process = process(directory, part);
      String address = running.get().addresses().getOrDefault(part, "");
      if (process.isEmpty()) {
        isWell = false;
        out.printf("%-12s %8s %9s %8s  %-6s %s%n", part, "-", "-", "-", "gone", address);
        continue;
      }
      var usage = Usage.of(process.get());
      String health = health(part, running.get());
      isWell &= !health.equals("down");
      out.printf(
          "%-12s %8d %9.1f %8d  %-6s %s%n",
          part,
          process.get().pid(),
          usage.cpu().toMillis() / 1000.0,
          usage.residentMebibytes(),
          health,
          address);
    }
    return isWell ? 0 : ExitCode.UNAVAILABLE.number();
  }

  private static Optional<ProcessHandle> process(Path home, String part) {
    try {
      String pidFile = Files.readString(home.resolve("run/" + part + ".pid")).strip();
      return ProcessHandle.of(Long.parseLong(pidFile.split(" ", 2)[0]))
          .filter(ProcessHandle::isAlive);
    } catch (IOException | NumberFormatException notRunning) {
      return Optional.empty();
    }
  }

  /** {@code up}, {@code down}, or empty for a part that is well as long as it runs. */
  private static String health(String part, RunningMarket running) throws InterruptedException {
    String management = part.equals("api") ? "api-management" : part;
    String address = running.addresses().get(management);
    if (address == null || !(part.equals("api") || part.equals("settlement"))) {
      return "";
    }
    try (var http = HttpClient.newHttpClient()) {
      var request =
          HttpRequest.newBuilder(URI.create(address + "/actuator/health"))
              .timeout(Duration.ofSeconds(5))
              .build();
      return http.send(request, BodyHandlers.discarding()).statusCode() == 200 ? "up" : "down";
    } catch (IOException noAnswer) {
      return "down";
    }
  }
}
