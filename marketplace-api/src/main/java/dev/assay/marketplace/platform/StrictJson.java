package dev.assay.marketplace.platform;

import dev.assay.json.RequiredMembers;
import java.time.DateTimeException;
import java.time.Instant;
import org.springframework.boot.jackson.autoconfigure.JsonFactoryBuilderCustomizer;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * JSON means what it says: no number becomes a text, no text a number, no fraction an integer, no
 * float a date. What can be said by a switch is in application.yml; this is the rest.
 */
@Configuration(proxyBeanMethods = false)
class StrictJson {
  /** A body in UTF-16 would be read as such, whatever its header says. */
  @Bean
  JsonFactoryBuilderCustomizer utf8Only() {
    return factory -> factory.disable(TokenStreamFactory.Feature.CHARSET_DETECTION);
  }

  @Bean
  JsonMapperBuilderCustomizer strictScalars() {
    return builder ->
        builder.addModule(
            new SimpleModule("strict-scalars")
                .addDeserializer(String.class, new StrictText())
                .addDeserializer(Instant.class, new StrictInstant()));
  }

  /** A blank text is no boolean and no number either; Jackson reads it as null, which is false. */
  @Bean
  JsonMapperBuilderCustomizer strictBlanks() {
    return builder ->
        builder.withCoercionConfigDefaults(coercions ->
            coercions.setCoercion(CoercionInputShape.EmptyString, CoercionAction.Fail));
  }

  @Bean
  JsonMapperBuilderCustomizer requiredMembers() {
    return builder -> builder.addModule(RequiredMembers.module());
  }

  private static final class StrictText extends StdScalarDeserializer<String> {
    StrictText() {
      super(String.class);
    }

    @Override
    public String deserialize(JsonParser json, DeserializationContext context) {
      return text(json, context, String.class);
    }
  }

  private static final class StrictInstant extends StdScalarDeserializer<Instant> {
    private static final Instant FROM = Instant.parse("2000-01-01T00:00:00Z");
    private static final Instant TO = Instant.parse("2100-01-01T00:00:00Z");

    StrictInstant() {
      super(Instant.class);
    }

    @Override
    public Instant deserialize(JsonParser json, DeserializationContext context) {
      String text = text(json, context, Instant.class);
      try {
        var instant = Instant.parse(text);
        if (!instant.isBefore(FROM) && instant.isBefore(TO)) {
          return instant;
        }
      } catch (DateTimeException e) {
        // Said below, in the words of this API.
      }
      throw new Problem(
          ProblemType.INVALID_BODY,
          "A time is RFC 3339 in UTC between 2000 and 2100, for example 2026-11-23T12:00:00Z.");
    }
  }

  private static String text(JsonParser json, DeserializationContext context, Class<?> target) {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      return (String) context.handleUnexpectedToken(context.constructType(target), json);
    }
    return TextPolicy.checked(json.getString());
  }
}
