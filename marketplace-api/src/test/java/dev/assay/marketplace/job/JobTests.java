package dev.assay.marketplace.job;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.JobId;
import dev.assay.protocol.JobSpec;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.JobKind;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class JobTests {
  private static final Instant NOON = Instant.parse("2026-06-01T12:00:00Z");
  private static final WalletAddress PURSE = wallet(1);
  private static final Domain COURT = new Domain(31_337, wallet(2));

  /** A worker is shown its assignment, and may know the market's terms and its purse for audits. */
  @Test
  void who_guesses_all_of_a_job_but_its_uuid_cannot_tell_by_its_spec_who_asked() {
    Job job =
        Job.posted(
            COURT,
            new JobId(UUID.fromString("01970000-0000-7abc-8def-0123456789ab")),
            PURSE,
            digest("model"),
            JobKind.EMBEDDINGS,
            digest("input"),
            new Checking(2, Verification.SPOT, digest("thresholds")),
            TokenAmount.of(1_000_000),
            1_000,
            0,
            Tier.STANDARD,
            Wishes.NONE,
            NOON.plusSeconds(60),
            NOON,
            Optional.empty(),
            "");

    Stream<Digest> known =
        Stream.of(job.signedId(), job.inputDigest(), job.modelDigest(), Digest.ZERO);

    assertThat(known.map(word -> guess(job, word))).doesNotContain(job.specDigest());
    assertThat(guess(job, job.id().word())).isEqualTo(job.specDigest());
  }

  private static Digest guess(Job job, Digest word) {
    return new JobSpec(
            word,
            PURSE,
            job.modelDigest(),
            job.inputDigest(),
            job.method(),
            job.checking().thresholds(),
            job.checking().verification().workers(),
            0,
            job.maxPrice(),
            job.deadline().getEpochSecond())
        .digest(COURT);
  }

  private static WalletAddress wallet(int number) {
    return new WalletAddress("0x%040x".formatted(number));
  }

  private static Digest digest(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }
}
