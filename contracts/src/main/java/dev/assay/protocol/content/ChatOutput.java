package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.Digest;
import java.util.Locale;

/** The continuation of a {@link ChatInput}. */
public record ChatOutput(String text, FinishReason finishReason) implements JobOutput {
  private static final String TAG = "assay/output/chat/1";

  /** Why generation ended. */
  public enum FinishReason {
    /** The model was done. */
    STOP,
    /** {@link ChatInput#maxTokens} were generated. */
    LENGTH,
    /** The requester wanted no more; what there is was made as if it would go on. */
    CANCELLED;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Override
  public Digest digest() {
    return new CanonicalBytes(TAG).text(text).text(finishReason.toString()).keccak256();
  }

  /** One leaf: a text is looked at whole. */
  @Override
  public Digest evidenceRoot() {
    return Digest.keccak256(digest().toBytes());
  }

  @Override
  public JobKind kind() {
    return JobKind.CHAT;
  }
}
