package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;

/** How the vectors of an answer are written. */
enum EncodingFormat {
  /** An array of numbers. */
  FLOAT,
  /** 32-bit floats, little-endian; what OpenAI's own clients ask for. */
  BASE64;

  @JsonCreator
  static EncodingFormat parse(String label) {
    return Arrays.stream(values())
        .filter(format -> format.label().equals(label))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("encoding_format is 'float' or 'base64'."));
  }

  @JsonValue
  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
