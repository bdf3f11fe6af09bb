package dev.assay.marketplace.openai;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JavaType;
import tools.jackson.databind.annotation.JsonDeserialize;
import tools.jackson.databind.deser.std.StdDeserializer;

/** A text, or an array of parts that are texts; parts are joined by a line end. */
@JsonDeserialize(using = TurnContent.Reader.class)
record TurnContent(@JsonValue String text) {
  static final int MAX_PARTS = 16;

  /** A part of a content. */
  record ContentPart(PartKind type, String text) {}

  /** What a part is. */
  enum PartKind {
    TEXT;

    @JsonCreator
    static PartKind parse(String label) {
      if (!label.equals(TEXT.label())) {
        throw new IllegalArgumentException(
            "A part of a content is of the type 'text'; workers here read nothing else.");
      }
      return TEXT;
    }

    @JsonValue
    String label() {
      return "text";
    }
  }

  /** Of either shape. */
  static final class Reader extends StdDeserializer<TurnContent> {
    Reader() {
      super(TurnContent.class);
    }

    @Override
    public TurnContent deserialize(JsonParser json, DeserializationContext context) {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        return new TurnContent(context.readValue(json, String.class));
      }
      JavaType several =
          context.getTypeFactory().constructCollectionType(List.class, ContentPart.class);
      List<ContentPart> parts = context.readValue(json, several);
      if (parts.size() > MAX_PARTS || parts.contains(null)) {
        throw new Problem(
            ProblemType.INVALID_BODY,
            "A content is a text, or at most %d parts, none of them null.".formatted(MAX_PARTS));
      }
      return new TurnContent(
          parts.stream().map(ContentPart::text).collect(Collectors.joining("\n")));
    }
  }
}
