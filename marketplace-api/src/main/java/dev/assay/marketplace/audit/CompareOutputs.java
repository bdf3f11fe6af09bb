package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.job.Blobs;
import dev.assay.marketplace.job.Job;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Outcome;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.Evidence.Reveals;
import dev.assay.protocol.verification.OutputComparison;
import dev.assay.protocol.verification.VerificationMethod;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Fetches two signed results of the same input and asks {@link OutputComparison} about them. */
@Service
class CompareOutputs {
  private final Blobs blobs;
  private final JsonMapper json;

  CompareOutputs(Blobs blobs, JsonMapper json) {
    this.blobs = blobs;
    this.json = json;
  }

  /**
   * @param subject what was asked for
   * @param claim the result that is looked at; its model and profile say how
   * @param items of the claim that the reference was made of; empty for all
   * @param reference whose result it is held against
   */
  Outcome compare(Job subject, Opened claim, List<Integer> items, Opened reference) {
    return new OutputComparison(claim.attested().modelDigest(), claim.attested().profile())
        .assess(subject.specDigest(), output(claim), items, output(reference))
        .outcome();
  }

  /**
   * @param accepted digests of all answers that are known to be right
   */
  Outcome compareWithKnown(Job subject, Opened claim, List<Digest> accepted) {
    JobOutput claimed = output(claim);
    List<Evidence> known =
        blobs.findAll(accepted).values().stream()
            .map(content -> OutputComparison.evidence(json.readValue(content, JobOutput.class)))
            .toList();
    Optional<VerificationMethod> likeness =
        new OutputComparison(claim.attested().modelDigest(), claim.attested().profile()).method();
    return claimed == null || likeness.isEmpty()
        ? Outcome.INCONCLUSIVE
        : new VerificationMethod.Canary(likeness.get())
            .assess(subject.specDigest(), OutputComparison.evidence(claimed), new Reveals(known))
            .outcome();
  }

  /** Null when it is no longer kept: the fault is nobody's. */
  @Nullable JobOutput output(Opened result) {
    Optional<byte[]> content = blobs.find(result.outputDigest());
    return content.map(bytes -> json.readValue(bytes, JobOutput.class)).orElse(null);
  }
}
