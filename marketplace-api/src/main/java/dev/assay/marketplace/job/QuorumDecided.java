package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;

/** It is decided on the answers to a job: they agree, the strict replay confirms one, or none. */
public record QuorumDecided(JobId job) {}
