package dev.assay.determinism;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IdsTests {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");

  private static Ids seeded(Instant now) {
    return new Ids(Clock.fixed(now, ZoneOffset.UTC), new Random(7));
  }

  @Test
  void the_same_clock_and_seed_make_the_same_ids() {
    assertThat(seeded(NOON).next()).isEqualTo(seeded(NOON).next());
  }

  @Test
  void an_id_is_a_version_7_uuid_that_carries_its_millisecond() {
    var id = seeded(NOON).next();
    assertThat(id.version()).isEqualTo(7);
    assertThat(id.getMostSignificantBits() >>> 16).isEqualTo(NOON.toEpochMilli());
  }

  @Test
  void later_ids_sort_after_earlier_ones() {
    assertThat(seeded(NOON.plusMillis(1)).next().toString())
        .isGreaterThan(seeded(NOON).next().toString());
  }
}
