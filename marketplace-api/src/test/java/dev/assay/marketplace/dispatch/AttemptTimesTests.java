package dev.assay.marketplace.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.job.Checking;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.Tier;
import dev.assay.marketplace.job.Verification;
import dev.assay.marketplace.job.Wishes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class AttemptTimesTests {
  private final AttemptTimes times = new AttemptTimes(new SimpleMeterRegistry());

  private static Job job(long units) {
    var requester = new WalletAddress("0x" + "22".repeat(20));
    var id = new JobId(new UUID(7, 1));
    return new Job(
        id,
        id.of(requester),
        requester,
        Digest.ZERO,
        JobKind.EMBEDDINGS,
        Digest.ZERO,
        Digest.ZERO,
        new Checking(2, Verification.SPOT, Digest.ZERO),
        TokenAmount.of(1),
        units,
        0,
        Tier.REALTIME,
        Wishes.NONE,
        Instant.EPOCH,
        Instant.EPOCH,
        Optional.empty(),
        "");
  }

  @Test
  void nothing_is_said_of_what_is_hardly_known() {
    for (int i = 0; i < 19; i++) {
      times.took(job(10), Duration.ofMillis(1));
    }
    assertThat(times.p95(job(10))).isEmpty();
    times.took(job(10), Duration.ofMillis(1));
    assertThat(times.p95(job(10))).contains(Duration.ofMillis(1));
    assertThat(times.p95(job(100))).isEmpty();
  }

  @Test
  void one_in_twenty_is_slower() {
    for (int i = 1; i <= 100; i++) {
      times.took(job(10), Duration.ofMillis(i));
    }
    assertThat(times.p95(job(10))).contains(Duration.ofMillis(95));
    assertThat(times.p95(job(9))).contains(Duration.ofMillis(95));
  }

  @Test
  void what_is_long_ago_is_forgotten() {
    for (int i = 0; i < 100; i++) {
      times.took(job(10), Duration.ofSeconds(9));
    }
    for (int i = 0; i < 1_000; i++) {
      times.took(job(10), Duration.ofMillis(5));
    }
    assertThat(times.p95(job(10))).contains(Duration.ofMillis(5));
  }
}
