package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** What a model does with its input. */
public enum JobKind {
  /** Texts to vectors. */
  EMBEDDINGS,
  /** Messages to a completion. */
  CHAT;

  @JsonValue
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
