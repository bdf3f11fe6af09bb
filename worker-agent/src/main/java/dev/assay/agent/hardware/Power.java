package dev.assay.agent.hardware;

import java.util.OptionalInt;

/**
 * Where a machine's power comes from.
 *
 * @param isOnMains whether it is plugged in, or has no battery at all
 * @param batteryPercent how full the battery is, 0 to 100; the fullest of several
 */
public record Power(boolean isOnMains, OptionalInt batteryPercent) {
  /** A machine without a battery. */
  public static final Power MAINS = new Power(true, OptionalInt.empty());
}
