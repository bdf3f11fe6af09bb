package dev.assay.marketplace.job;

/** A job is posted and its money is held; whoever can serve it may have it. */
public record JobOpened(Job job) {}
