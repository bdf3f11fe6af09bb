package dev.assay.protocol.wire;

import dev.assay.protocol.Digest;

/**
 * Names one worker's attempt at one job.
 *
 * @param jobId as it is signed
 * @param attempt the lease's fencing token, from 1
 */
public record AttemptRef(Digest jobId, long attempt) {}
