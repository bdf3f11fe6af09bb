package dev.assay.protocol.wire;

import java.nio.charset.StandardCharsets;

/**
 * A line of what a worker streams while it computes a chat: {@code POST
 * /worker/v1/attempts/{jobId}/{attempt}/stream}, {@code application/x-ndjson}. An empty line says
 * that the worker lives and has nothing to say.
 *
 * @param offset where in the whole text of the attempt {@code text} begins, in bytes of UTF-8; what
 *     the market has already is passed over, so that a stream that broke may begin again at 0
 * @param text at most {@value #MAX_BYTES} bytes of UTF-8
 */
public record OutputPiece(long offset, String text) {
  public static final int MAX_BYTES = 65_536;

  /**
   * @throws IllegalArgumentException outside these bounds
   */
  public OutputPiece {
    if (offset < 0) {
      throw new IllegalArgumentException("offset is 0 or more, not %d.".formatted(offset));
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new IllegalArgumentException(
          "A piece has at most %d bytes of UTF-8.".formatted(MAX_BYTES));
    }
  }

  /** Without the text, which is the requester's own. */
  @Override
  public String toString() {
    return "OutputPiece[offset=%d]".formatted(offset);
  }
}
