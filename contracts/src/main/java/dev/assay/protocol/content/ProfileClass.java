package dev.assay.protocol.content;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.Digest;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Class of runtime, precision and batch policy within which two honest answers agree as closely as
 * a method of verification asks. Thresholds belong to a model and a class.
 */
public enum ProfileClass {
  /** 32-bit floats on processors, whatever the instruction set, one text a run. */
  F32_CPU,
  /** 32-bit floats on graphics processors, without TF32. */
  F32_GPU,
  /** 16-bit floats. */
  F16,
  /** A language model behind an OpenAI-compatible runtime. */
  LLM;

  private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');
  private final Digest digest = new CanonicalBytes("assay/profile/1").text(label).keccak256();

  /**
   * @throws IllegalArgumentException for a class that does not exist
   */
  @JsonCreator
  public static ProfileClass parse(String label) {
    return Arrays.stream(values())
        .filter(profile -> profile.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "A profile class is one of %s."
                    .formatted(
                        Arrays.stream(values())
                            .map(ProfileClass::label)
                            .collect(Collectors.joining(", ")))));
  }

  /** For example {@code f32-cpu}. */
  @JsonValue
  public String label() {
    return label;
  }

  /** {@code profileDigest} of everything that is signed. */
  public Digest digest() {
    return digest;
  }
}
