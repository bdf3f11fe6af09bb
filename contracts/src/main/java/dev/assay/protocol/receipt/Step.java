package dev.assay.protocol.receipt;

/**
 * One step of a check.
 *
 * @param name of what was looked at, as docs/reference/receipt.md lists them
 * @param compared what was compared; of a step that does not hold, what is wrong
 */
public record Step(String name, boolean holds, String compared) {}
