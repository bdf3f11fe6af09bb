package dev.assay.marketplace.openai;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.deser.std.StdDeserializer;

/**
 * A member that asks for what no worker here does. It may be there if it asks for nothing: null,
 * false, an empty array or an empty object.
 */
@JsonDeserialize(using = Unsupported.Reader.class)
final class Unsupported {
  private Unsupported() {}

  /** Refuses the member by its name: an answer without what it asks for would be another answer. */
  static final class Reader extends StdDeserializer<Unsupported> {
    Reader() {
      super(Unsupported.class);
    }

    @Override
    public @Nullable Unsupported deserialize(JsonParser json, DeserializationContext context) {
      String name = json.currentName();
      boolean asksForNothing =
          switch (json.currentToken()) {
            case VALUE_FALSE -> true;
            case START_ARRAY -> json.nextToken() == JsonToken.END_ARRAY;
            case START_OBJECT -> json.nextToken() == JsonToken.END_OBJECT;
            case null, default -> false;
          };
      if (!asksForNothing) {
        throw new Problem(
            ProblemType.UNSUPPORTED_PARAMETER,
            "'%s' asks for what no worker here does. Leave it out.".formatted(name));
      }
      return null;
    }
  }
}
