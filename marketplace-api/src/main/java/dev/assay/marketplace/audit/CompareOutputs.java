package dev.assay.marketplace.audit;

import dev.assay.marketplace.attestation.AttestedResults;
import dev.assay.marketplace.attestation.AttestedResults.Opened;
import dev.assay.marketplace.job.Blobs;
import dev.assay.protocol.JobId;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.ProfileClass;
import java.util.Optional;
import org.springframework.stereotype.Service;
import tools.jackson.databind.json.JsonMapper;

/** Holds two signed results of the same input against each other. */
@Service
class CompareOutputs {
  /** Euclidean distance of two vectors of length 1, for 32-bit floats on processors. */
  private static final double F32_CPU = 1e-5;

  private final AttestedResults results;
  private final Blobs blobs;
  private final JsonMapper json;

  CompareOutputs(AttestedResults results, Blobs blobs, JsonMapper json) {
    this.results = results;
    this.blobs = blobs;
    this.json = json;
  }

  /**
   * @param subject whose model and profile say how they are compared
   * @param claim the job whose result is looked at
   * @param reference the job whose result it is held against
   */
  Answer compare(Opened subject, JobId claim, JobId reference) {
    Optional<JobOutput> claimed = output(claim);
    Optional<JobOutput> right = output(reference);
    if (claimed.isEmpty() || right.isEmpty()) {
      return Answer.NONE; // no longer kept: the fault is nobody's
    }
    return compare(subject.attested().profile(), claimed.get(), right.get());
  }

  /** Pure. What cannot be compared is never the same, and never held against anybody. */
  static Answer compare(ProfileClass profile, JobOutput claim, JobOutput reference) {
    if (claim.digest().equals(reference.digest())) {
      return Answer.SAME;
    }
    if (profile != ProfileClass.F32_CPU
        || !(claim instanceof EmbeddingsOutput claimed)
        || !(reference instanceof EmbeddingsOutput right)) {
      return Answer.NONE;
    }
    if (claimed.count() != right.count() || claimed.dimensions() != right.dimensions()) {
      return Answer.OTHER;
    }
    for (int i = 0; i < right.count(); i++) {
      if (!(distance(claimed.vector(i), right.vector(i)) <= F32_CPU)) {
        return Answer.OTHER;
      }
    }
    return Answer.SAME;
  }

  private static double distance(float[] one, float[] other) {
    double squares = 0;
    for (int d = 0; d < one.length; d++) {
      double difference = (double) one[d] - other[d];
      squares += difference * difference;
    }
    return Math.sqrt(squares);
  }

  private Optional<JobOutput> output(JobId job) {
    return results
        .of(job)
        .flatMap(opened -> blobs.find(opened.outputDigest()))
        .map(content -> json.readValue(content, JobOutput.class));
  }
}
