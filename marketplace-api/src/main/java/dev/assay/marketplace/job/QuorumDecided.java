package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;

/** All who were to compute a job have answered or cannot any more, and were compared. */
record QuorumDecided(JobId job) {}
