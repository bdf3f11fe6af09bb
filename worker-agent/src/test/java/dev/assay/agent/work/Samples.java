package dev.assay.agent.work;

import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.protocol.Assignment;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.Lease;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Leases and results of jobs with numbers, for tests of what a worker does with them. */
final class Samples {
  static final Instant NOON = Instant.parse("2026-11-26T12:00:00Z");
  static final WalletAddress WORKER = new WalletAddress("0x" + "ab".repeat(20));
  static final Domain COURT = new Domain(31337, new WalletAddress("0x" + "c0".repeat(20)));
  static final Session SESSION =
      new Session("a token", WORKER, COURT, NOON.plus(Duration.ofHours(1)));

  private static final EmbeddingsInput INPUT = new EmbeddingsInput(List.of("one", "two"));
  private static final EmbeddingsOutput OUTPUT = EmbeddingsOutput.of(List.of(new float[] {3, 1}));

  private Samples() {}

  static AttemptRef ref(int job) {
    return new AttemptRef(jobId(job), 1);
  }

  static Lease lease(int job, Duration untilDeadline) {
    return new Lease(
        new Assignment(
            jobId(job),
            1,
            Digest.ZERO,
            WORKER,
            1,
            TokenAmount.ZERO,
            TokenAmount.ZERO,
            NOON.getEpochSecond(),
            NOON.plus(untilDeadline).getEpochSecond()),
        KnownModels.ALL_MINILM_L6_V2.digest(),
        ProfileClass.F32_CPU,
        INPUT.digest(),
        INPUT,
        7,
        10);
  }

  static Unsent result(int job) {
    return result(job, OUTPUT);
  }

  static Unsent result(int job, JobOutput output) {
    return new Unsent(
        new ResultAttestation(
            jobId(job),
            1,
            Digest.ZERO,
            WORKER,
            KnownModels.ALL_MINILM_L6_V2.digest(),
            ProfileClass.F32_CPU.digest(),
            INPUT.digest(),
            output.digest(),
            output.evidenceRoot(),
            Digest.ZERO,
            1,
            6,
            0,
            7,
            NOON.getEpochSecond()),
        Digest.ZERO,
        output);
  }

  private static Digest jobId(int job) {
    return Digest.keccak256((byte) job, (byte) (job >> 8));
  }
}
