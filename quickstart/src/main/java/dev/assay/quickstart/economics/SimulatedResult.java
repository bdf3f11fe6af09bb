package dev.assay.quickstart.economics;

/**
 * One line of what a simulation has shown.
 *
 * @param strategy who acts
 * @param measured what came of it
 * @param target what should come of it
 */
public record SimulatedResult(String strategy, String measured, String target, boolean isMet) {}
