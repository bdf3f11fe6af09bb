package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.assay.protocol.Digest;

/** What a model is asked. In JSON the member {@code kind} tells which of them it is. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = EmbeddingsInput.class, name = "embeddings"),
  @JsonSubTypes.Type(value = ChatInput.class, name = "chat")
})
public sealed interface JobInput permits EmbeddingsInput, ChatInput {
  /** Keccak-256 of the canonical bytes, which docs/reference/protocol.md states for each kind. */
  @JsonIgnore
  Digest digest();

  @JsonIgnore
  JobKind kind();

  /**
   * No tokenizer makes more tokens of this input than that: each covers at least a byte, and some
   * stand around each text.
   */
  @JsonIgnore
  long mostInputUnits();

  /** The most output units that the requester wants to pay for. */
  @JsonIgnore
  long mostOutputUnits();
}
