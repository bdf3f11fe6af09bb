package dev.assay.agent.work;

import dev.assay.agent.hardware.BatteryRule;
import dev.assay.agent.hardware.PowerSource;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;

/** Everything that may keep a worker from taking work on this machine, and why. */
public final class PauseRules {
  private final Control control;
  private final Schedule schedule;
  private final BatteryRule battery;
  private final PowerSource power;
  private final Clock clock;
  private final ZoneId zone;
  private boolean isPausedByBattery;

  /**
   * @param zone in which the schedule's hours are meant
   */
  public PauseRules(
      Control control,
      Schedule schedule,
      BatteryRule battery,
      PowerSource power,
      Clock clock,
      ZoneId zone) {
    this.control = control;
    this.schedule = schedule;
    this.battery = battery;
    this.power = power;
    this.clock = clock;
    this.zone = zone;
  }

  /** All reasons not to work now, as sentences; none to work. */
  List<String> objections() {
    List<String> reasons = new ArrayList<>();
    control.objection(clock.instant()).ifPresent(reasons::add);
    schedule.objection(LocalDateTime.ofInstant(clock.instant(), zone)).ifPresent(reasons::add);
    var byBattery = battery.objection(power.now(), isPausedByBattery);
    isPausedByBattery = byBattery.isPresent();
    byBattery.ifPresent(reasons::add);
    return reasons;
  }

  boolean isDraining() {
    return control.isDraining();
  }
}
