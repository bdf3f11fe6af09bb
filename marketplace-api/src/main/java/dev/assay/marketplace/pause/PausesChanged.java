package dev.assay.marketplace.pause;

/** Something was stopped or let go: whoever waits should look again. */
public record PausesChanged() {}
