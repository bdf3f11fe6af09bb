package dev.assay.quickstart.stack;

import java.nio.file.Files;
import java.nio.file.Path;

/** Finds the folder that holds {@code contracts/}, {@code marketplace-api/} and the rest. */
public final class Checkout {
  /** Set by the launcher; without it the folder is looked for upwards from the present one. */
  public static final String PROPERTY = "assay.root";

  /** Set by the launcher, whose build has folders of its own; without it they are Maven's. */
  private static final String BUILT = "assay.target";

  private Checkout() {}

  /** Where the jars are that belong to this process: what a module has been built into. */
  public static Path built(Path checkout, String module) {
    return checkout.resolve(module).resolve(System.getProperty(BUILT, "target"));
  }

  /**
   * @throws Refusal if there is none
   */
  public static Path find() {
    String given = System.getProperty(PROPERTY);
    Path start = Path.of(given == null ? "" : given).toAbsolutePath().normalize();
    for (Path folder = start; folder != null; folder = folder.getParent()) {
      if (Files.isRegularFile(folder.resolve("contracts/package.json"))) {
        return folder;
      }
    }
    throw new Refusal(
        ExitCode.CONFIGURATION,
        "%s is not inside a checkout of Assay. Run the launcher ./assay from there."
            .formatted(start));
  }
}
