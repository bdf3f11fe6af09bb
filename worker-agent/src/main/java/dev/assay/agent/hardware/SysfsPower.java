package dev.assay.agent.hardware;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;

/**
 * Linux's {@code /sys/class/power_supply}: a folder a supply, with {@code type} ({@code Mains},
 * {@code USB}, {@code Battery}), {@code online}, {@code status} and {@code capacity}. A machine
 * that has none of it, or another system, counts as plugged in.
 */
public final class SysfsPower implements PowerSource {
  public static final Path LINUX = Path.of("/sys/class/power_supply");

  private final Path directory;

  public SysfsPower(Path directory) {
    this.directory = directory;
  }

  @Override
  public Power now() {
    boolean hasBattery = false;
    boolean isCharging = false;
    boolean isPlugged = false;
    OptionalInt percent = OptionalInt.empty();
    if (!Files.isDirectory(directory)) {
      return Power.MAINS;
    }
    try (DirectoryStream<Path> supplies = Files.newDirectoryStream(directory)) {
      for (Path supply : supplies) {
        if (read(supply, "scope").equals("Device")) {
          continue; // a mouse's
        }
        if (read(supply, "type").equals("Battery")) {
          hasBattery = true;
          String status = read(supply, "status");
          isCharging |= status.equals("Charging") || status.equals("Full");
          percent = fuller(percent, read(supply, "capacity"));
        } else {
          isPlugged |= read(supply, "online").equals("1");
        }
      }
    } catch (IOException | DirectoryIteratorException unreadable) {
      return Power.MAINS;
    }
    return hasBattery ? new Power(isPlugged || isCharging, percent) : Power.MAINS;
  }

  private static OptionalInt fuller(OptionalInt known, String capacity) {
    if (!capacity.matches("[0-9]{1,3}")) {
      return known;
    }
    int percent = Math.min(100, Integer.parseInt(capacity));
    return OptionalInt.of(Math.max(percent, known.orElse(0)));
  }

  private static String read(Path supply, String name) {
    try {
      return Files.readString(supply.resolve(name)).strip();
    } catch (IOException missing) {
      return "";
    }
  }
}
