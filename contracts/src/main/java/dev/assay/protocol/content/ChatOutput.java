package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.Digest;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The continuation of a {@link ChatInput}.
 *
 * @param trace the tokens that the text is made of, with the one that ended it if there is one, and
 *     what the model thought of each; null from a runtime that does not tell, or for no token
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ChatOutput(String text, FinishReason finishReason, @Nullable TokenTrace trace)
    implements JobOutput {
  private static final String TAG = "assay/output/chat/1";
  private static final String TRACED_TAG = "assay/output/chat/2";

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

  /** Of a runtime that does not tell what its model thought. */
  public ChatOutput(String text, FinishReason finishReason) {
    this(text, finishReason, null);
  }

  @Override
  public Digest digest() {
    return trace == null
        ? new CanonicalBytes(TAG).text(text).text(finishReason.toString()).keccak256()
        : new CanonicalBytes(TRACED_TAG)
            .text(text)
            .text(finishReason.toString())
            .digest(trace.root())
            .keccak256();
  }

  /** One leaf a token; without a trace one leaf: then a text is looked at whole. */
  @Override
  public Digest evidenceRoot() {
    return trace == null ? Digest.keccak256(digest().toBytes()) : trace.root();
  }

  @Override
  public JobKind kind() {
    return JobKind.CHAT;
  }
}
