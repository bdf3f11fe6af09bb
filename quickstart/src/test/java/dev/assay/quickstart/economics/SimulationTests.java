package dev.assay.quickstart.economics;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** A small run of {@code assay bench economics}; the whole one at night. */
class SimulationTests {
  private static final boolean IS_NIGHTLY = Boolean.getBoolean("assay.nightly");

  @Test
  void no_way_to_cheat_pays_and_nobody_honest_is_slashed() {
    var simulation =
        IS_NIGHTLY
            ? new Simulation(20_261_125, 10_000_000, 2_000)
            : new Simulation(20_261_125, 200_000, 300);

    assertThat(simulation.run()).hasSizeGreaterThan(20).allMatch(SimulatedResult::isMet);
  }

  @Test
  void the_same_seed_gives_the_same_table() {
    assertThat(new Simulation(7, 20_000, 20).run()).isEqualTo(new Simulation(7, 20_000, 20).run());
  }
}
