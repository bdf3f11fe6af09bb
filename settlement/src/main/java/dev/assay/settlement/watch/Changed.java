package dev.assay.settlement.watch;

/**
 * @param block up to which was read when it changed last
 */
public record Changed<T>(T what, long block) {}
