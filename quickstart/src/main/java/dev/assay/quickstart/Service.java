package dev.assay.quickstart;

import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One of Assay's own programs, as the build leaves it: a jar and a list of the jars it needs. */
enum Service {
  API("api", "marketplace-api", "dev.assay.marketplace.MarketplaceApplication", 320),
  SETTLEMENT("settlement", "settlement", "dev.assay.settlement.SettlementApplication", 256),
  WORKER("worker", "worker-agent", "dev.assay.agent.cli.Agent", 128);

  private final String label;
  private final String module;
  private final String mainClass;
  private final int heapMegabytes;

  Service(String label, String module, String mainClass, int heapMegabytes) {
    this.label = label;
    this.module = module;
    this.mainClass = mainClass;
    this.heapMegabytes = heapMegabytes;
  }

  /** Names its log and pid files. */
  String label() {
    return label;
  }

  String mainClass() {
    return mainClass;
  }

  int heapMegabytes() {
    return heapMegabytes;
  }

  /** What its own module wants of the JVM beside what all have. */
  List<String> jvmOptions(Path checkout) {
    Path file = checkout.resolve(module).resolve("jvm.options");
    return Files.isRegularFile(file) ? List.of("@" + file) : List.of();
  }

  /**
   * @throws Refusal if it is not built
   */
  String classPath(Path checkout) {
    Path target = Checkout.built(checkout, module);
    try (var files = Files.list(target)) {
      List<Path> jars =
          files
              .filter(file -> file.getFileName().toString().matches(module + "-[0-9].*\\.jar"))
              .toList();
      if (jars.size() == 1) {
        return jars.getFirst() + ":" + Files.readString(target.resolve("classpath")).strip();
      }
    } catch (IOException notBuilt) {
      // Said below.
    }
    throw new Refusal(
        ExitCode.SOFTWARE,
        "%s is not built (%s has no jar of it). Run: mvn -DskipTests package"
            .formatted(module, target));
  }
}
