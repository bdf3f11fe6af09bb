package dev.assay.marketplace.job;

/** A job has its end; said after the commit. */
public record JobEnded(JobEnd end) {}
