package dev.assay.agent.market;

import java.time.DateTimeException;
import java.time.Instant;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.JacksonModule;
import tools.jackson.databind.deser.std.StdScalarDeserializer;
import tools.jackson.databind.module.SimpleModule;

/**
 * Times as the market sends them, RFC 3339 between 2000 and 2100. Jackson would take seconds since
 * 1970 as well; and with one at the end of the calendar nothing can be reckoned.
 */
final class MarketInstants extends StdScalarDeserializer<Instant> {
  private static final Instant FROM = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant TO = Instant.parse("2100-01-01T00:00:00Z");

  private MarketInstants() {
    super(Instant.class);
  }

  static JacksonModule module() {
    return new SimpleModule("market-instants").addDeserializer(Instant.class, new MarketInstants());
  }

  @Override
  public Instant deserialize(JsonParser json, DeserializationContext context) {
    if (json.currentToken() != JsonToken.VALUE_STRING) {
      return (Instant) context.handleUnexpectedToken(Instant.class, json);
    }
    String text = json.getString();
    try {
      var instant = Instant.parse(text);
      if (!instant.isBefore(FROM) && instant.isBefore(TO)) {
        return instant;
      }
    } catch (DateTimeException e) {
      // Refused below.
    }
    return (Instant) context.handleWeirdStringValue(Instant.class, text, "no time of a market");
  }
}
