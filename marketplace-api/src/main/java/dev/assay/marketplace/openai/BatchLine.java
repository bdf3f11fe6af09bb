package dev.assay.marketplace.openai;

import dev.assay.protocol.JobId;

/**
 * One request of a batch.
 *
 * @param line from 0
 * @param customId by which its client knows it again
 * @param body of the request, as it was sent; empty once it is answered
 * @param job that asks it, named before it is posted
 */
record BatchLine(int line, String customId, String body, JobId job) {
  /**
   * What became of one.
   *
   * @param status 200 with an answer
   * @param answer the body of the answer, or of the refusal
   */
  record Answered(int line, int status, String answer) {}

  /** Without the body, which is the requester's own. */
  @Override
  public String toString() {
    return "BatchLine[%d, %s]".formatted(line, job);
  }
}
