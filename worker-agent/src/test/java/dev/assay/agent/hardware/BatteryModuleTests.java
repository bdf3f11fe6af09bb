package dev.assay.agent.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The rule, and what it is told by files as Linux writes them. */
class BatteryModuleTests {
  @TempDir Path supplies;

  @Test
  void a_battery_between_the_thresholds_changes_nothing() {
    BatteryRule rule = BatteryRule.parse("40-60");

    assertThat(rule.objection(on(41), false)).isEmpty();
    assertThat(rule.objection(on(39), false)).get().asString().contains("39 %", "40 %", "60 %");
    assertThat(rule.objection(on(59), true)).isPresent();
    assertThat(rule.objection(on(60), true)).isEmpty();
    assertThat(rule.objection(on(50), false)).isEmpty();
    assertThat(rule.objection(new Power(true, OptionalInt.of(1)), true)).isEmpty();
  }

  @Test
  void a_machine_on_battery_works_never_or_always_if_its_owner_says_so() {
    assertThat(BatteryRule.parse("never").objection(on(100), false)).isPresent();
    assertThat(BatteryRule.parse("never").objection(Power.MAINS, true)).isEmpty();
    assertThat(BatteryRule.parse("always").objection(on(1), true)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "40", "60-40", "40-200", "-1-5", "sometimes"})
  void what_is_no_rule_is_refused(String text) {
    assertThatThrownBy(() -> BatteryRule.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("40-60");
  }

  @Test
  void a_laptop_is_read_as_linux_describes_it() throws IOException {
    supply("AC", "type", "Mains", "online", "0");
    supply("BAT0", "type", "Battery", "status", "Discharging", "capacity", "37");
    supply("BAT1", "type", "Battery", "status", "Not charging", "capacity", "81");
    supply("mouse", "type", "Battery", "scope", "Device", "capacity", "5");
    assertThat(now()).isEqualTo(new Power(false, OptionalInt.of(81)));

    Files.writeString(supplies.resolve("AC/online"), "1\n");
    assertThat(now().isOnMains()).isTrue();
  }

  @Test
  void a_battery_that_charges_has_power_whatever_the_plugs_say() throws IOException {
    supply("BAT0", "type", "Battery", "status", "Charging", "capacity", "nonsense");

    assertThat(now()).isEqualTo(new Power(true, OptionalInt.empty()));
  }

  @Test
  void a_machine_without_a_battery_or_without_such_files_is_plugged_in() throws IOException {
    assertThat(now()).isEqualTo(Power.MAINS);
    assertThat(new SysfsPower(supplies.resolve("missing")).now()).isEqualTo(Power.MAINS);
    supply("AC", "type", "Mains", "online", "0");
    assertThat(now()).isEqualTo(Power.MAINS);
  }

  private Power now() {
    return new SysfsPower(supplies).now();
  }

  private static Power on(int percent) {
    return new Power(false, OptionalInt.of(percent));
  }

  private void supply(String name, String... members) throws IOException {
    Path folder = Files.createDirectory(supplies.resolve(name));
    for (int i = 0; i < members.length; i += 2) {
      Files.writeString(folder.resolve(members[i]), members[i + 1] + "\n");
    }
  }
}
