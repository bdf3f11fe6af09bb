package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.deser.std.StdDeserializer;

/** One text, or an array of texts. */
@JsonDeserialize(using = EmbeddedTexts.Reader.class)
record EmbeddedTexts(@JsonValue List<String> texts) {
  EmbeddedTexts {
    texts = List.copyOf(texts);
  }

  /** Refuses tokens by name: they are of one tokenizer, and another model's would be nonsense. */
  static final class Reader extends StdDeserializer<EmbeddedTexts> {
    Reader() {
      super(EmbeddedTexts.class);
    }

    @Override
    public EmbeddedTexts deserialize(JsonParser json, DeserializationContext context) {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        return new EmbeddedTexts(List.of(context.readValue(json, String.class)));
      }
      List<String> texts = new ArrayList<>();
      while (json.nextToken() != JsonToken.END_ARRAY) {
        if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
            || json.currentToken() == JsonToken.START_ARRAY) {
          throw new Problem(
              ProblemType.UNSUPPORTED_PARAMETER,
              "Arrays of tokens are not taken: each model has its own tokenizer. Send texts.");
        }
        texts.add(context.readValue(json, String.class));
      }
      return new EmbeddedTexts(texts);
    }
  }
}
