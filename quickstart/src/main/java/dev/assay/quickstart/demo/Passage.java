package dev.assay.quickstart.demo;

/**
 * A sentence of a text that people read.
 *
 * @param source where it stands, for people: {@code Constitution, Article II, Section 1}
 */
public record Passage(String source, String text) {}
