package dev.assay.quickstart.house;

import dev.assay.quickstart.stack.Checkout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The files of the checkout that git tracks, or would if they were added. */
final class Tree {
  static final Path ROOT = Checkout.find();

  private Tree() {}

  /** Relative to {@link #ROOT}. */
  static List<Path> files() {
    String listing =
        new String(
            output("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"),
            StandardCharsets.UTF_8);
    return listing
        .lines()
        .flatMap(line -> List.of(line.split("\0", -1)).stream())
        .filter(name -> !name.isEmpty())
        .map(Path::of)
        .filter(file -> Files.isRegularFile(ROOT.resolve(file)))
        .toList();
  }

  static List<Path> files(String suffix) {
    return files().stream().filter(file -> file.toString().endsWith(suffix)).toList();
  }

  static String read(Path file) {
    try {
      return Files.readString(ROOT.resolve(file));
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  /** True if it begins with {@code #!}. */
  static boolean isScript(Path file) {
    try (var bytes = Files.newInputStream(ROOT.resolve(file))) {
      return Arrays.equals(bytes.readNBytes(2), new byte[] {'#', '!'});
    } catch (IOException e) {
      throw new UncheckedIOException(file.toString(), e);
    }
  }

  private static byte[] output(String... command) {
    try {
      Process process = new ProcessBuilder(command).directory(ROOT.toFile()).start();
      byte[] output = process.getInputStream().readAllBytes();
      if (process.waitFor() != 0) {
        throw new IllegalStateException(
            new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8));
      }
      return output;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
