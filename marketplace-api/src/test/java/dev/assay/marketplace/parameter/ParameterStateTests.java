package dev.assay.marketplace.parameter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.parameter.ParameterState.Change;
import dev.assay.marketplace.parameter.ParameterState.Kind;
import dev.assay.marketplace.parameter.ParameterState.Proposal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ParameterStateTests {
  private static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");

  private static Change proposed(long id, long value) {
    return new Change(id, Kind.PROPOSED, value, 0, Optional.empty(), "why", "ada", NOON);
  }

  private static Change approved(long id, long proposal, Instant effectiveAt) {
    return new Change(
        id, Kind.APPROVED, 0, proposal, Optional.of(effectiveAt), "yes", "grace", NOON);
  }

  private static Change withdrawn(long id, long proposal) {
    return new Change(id, Kind.WITHDRAWN, 0, proposal, Optional.empty(), "no", "ada", NOON);
  }

  private static ParameterState at(Instant now, Change... changes) {
    return ParameterState.of(List.of(changes), now);
  }

  @Test
  void without_a_change_nothing_is_changed() {
    assertThat(at(NOON)).isEqualTo(new ParameterState(0, Optional.empty(), Optional.empty()));
  }

  @Test
  void a_change_is_in_force_from_its_time_on_and_not_before() {
    Change[] changes = {proposed(1, 9), approved(2, 1, NOON.plusSeconds(10))};

    assertThat(at(NOON.plusSeconds(9), changes).changed()).isEmpty();
    assertThat(at(NOON.plusSeconds(9), changes).proposal().flatMap(Proposal::approvedBy))
        .contains("grace");
    assertThat(at(NOON.plusSeconds(10), changes).changed()).contains(9L);
    assertThat(at(NOON.plusSeconds(10), changes).proposal()).isEmpty();
  }

  @Test
  void what_is_withdrawn_before_its_time_never_comes_into_force_and_the_earlier_stays() {
    ParameterState state =
        at(
            NOON.plusSeconds(99),
            proposed(1, 9),
            approved(2, 1, NOON),
            proposed(3, 50),
            approved(4, 3, NOON.plusSeconds(60)),
            withdrawn(5, 3));

    assertThat(state).isEqualTo(new ParameterState(5, Optional.of(9L), Optional.empty()));
  }
}
