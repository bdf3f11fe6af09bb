package dev.assay.marketplace.job;

import dev.assay.protocol.Digest;

/**
 * By which rule a result will be checked; part of the job's spec, so that nobody changes it after.
 *
 * @param method by which two results are compared, {@code uint16}
 * @param verification how many workers compute it
 * @param thresholds digest of the protocol's {@code Thresholds}; zero where none are known
 */
public record Checking(int method, Verification verification, Digest thresholds) {}
