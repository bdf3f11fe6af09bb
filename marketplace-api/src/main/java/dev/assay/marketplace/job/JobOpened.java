package dev.assay.marketplace.job;

/**
 * A job is posted and its money is held; whoever can serve it may have it. May be said again of a
 * job that is already being served.
 *
 * @param isLeased whether a worker that waited has it already
 */
public record JobOpened(Job job, boolean isLeased) {}
