package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import dev.assay.protocol.Digest;

/** What a model answered. In JSON the member {@code kind} tells which of them it is. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = EmbeddingsOutput.class, name = "embeddings"),
  @JsonSubTypes.Type(value = ChatOutput.class, name = "chat")
})
public sealed interface JobOutput permits EmbeddingsOutput, ChatOutput {
  /** Keccak-256 of the canonical bytes; what {@code outputCommitment} hides. */
  @JsonIgnore
  Digest digest();

  /** Root of the Merkle tree over the output's parts, of which a verifier may ask for some only. */
  @JsonIgnore
  Digest evidenceRoot();

  @JsonIgnore
  JobKind kind();
}
