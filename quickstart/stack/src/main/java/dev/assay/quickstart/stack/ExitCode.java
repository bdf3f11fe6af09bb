package dev.assay.quickstart.stack;

/**
 * Why a command ended, as a number that scripts can rely on: the names and values of sysexits.h.
 */
public enum ExitCode {
  USAGE(64),
  /** Data that is there and is not ours, or of a version that we do not know. */
  DATA(65),
  /** Something that we need is not on this machine. */
  UNAVAILABLE(69),
  /** One of our own parts broke. */
  SOFTWARE(70),
  /** A file or folder cannot be created, as on a read-only file system. */
  CANNOT_CREATE(73),
  /** Reading or writing failed, as on a full disk. */
  IO(74),
  /** Somebody else uses it now; later it may work. */
  IN_USE(75),
  NO_PERMISSION(77),
  CONFIGURATION(78);

  private final int number;

  ExitCode(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }
}
