package dev.assay.protocol.wire;

/**
 * The market's answer to a stream of {@link OutputPiece}s that was read to its end. One that the
 * market ends before is answered with a problem: the next heartbeat says what is to be done.
 *
 * @param bytes how much of the attempt's text the market has, in UTF-8
 */
public record StreamAnswer(AttemptRef attempt, long bytes) {}
