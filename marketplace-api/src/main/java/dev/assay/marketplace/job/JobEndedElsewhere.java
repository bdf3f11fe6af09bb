package dev.assay.marketplace.job;

import dev.assay.protocol.JobId;

/**
 * A job has its end, by another replica. How, is in the database, and what follows from it there
 * has been done: this wakes those who wait for it here.
 */
public record JobEndedElsewhere(JobId job) {}
