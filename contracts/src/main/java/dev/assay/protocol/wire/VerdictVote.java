package dev.assay.protocol.wire;

import dev.assay.protocol.Signature;
import dev.assay.protocol.Verdict;

/**
 * A verifier's vote: {@code POST /worker/v1/verdicts}. Sending the same again is safe.
 *
 * @param signature by the verifier's session key, over the verdict in the court's domain
 */
public record VerdictVote(Verdict verdict, Signature signature) {}
