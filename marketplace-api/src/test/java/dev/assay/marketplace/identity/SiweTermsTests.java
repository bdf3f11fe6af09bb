package dev.assay.marketplace.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SiweTermsTests {
  private static final Instant NOON = Instant.parse("2026-11-23T12:00:00Z");
  private static final SiweTerms TERMS =
      new SiweTerms(
          List.of(URI.create("https://market.example"), URI.create("http://127.0.0.1:8080")),
          31337);
  private static final String GOOD =
      """
      market.example wants you to sign in with your Ethereum account:
      0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266


      URI: https://market.example/login
      Version: 1
      Chain ID: 31337
      Nonce: 0123456789abcdef
      Issued At: 2026-11-23T12:00:00Z\
      """;

  @Test
  void a_message_for_here_and_now_counts() {
    assertThat(objection(GOOD)).isEmpty();
    assertThat(objection("https://" + GOOD)).isEmpty();
    assertThat(objection(GOOD.replace("https://market.example/login", "https://market.example")))
        .isEmpty();
    assertThat(
            objection(
                GOOD.replace("https://market.example", "http://127.0.0.1:8080")
                    .replace("market.example", "127.0.0.1:8080")))
        .isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "market.example wants, evil.example wants, domain",
    "market.example wants, market.example.evil.example wants, domain",
    "market.example wants, market.example:444 wants, domain",
    "market.example wants, MARKET.example wants, domain",
    "market.example wants, user@market.example wants, domain",
    "market.example wants, 127.0.0.1:8080 wants, URI",
    "market.example wants, http://market.example wants, scheme",
    "URI: https://market.example/, URI: https://evil.example/, URI",
    "URI: https://market.example/, URI: http://market.example/, URI",
    "URI: https://market.example/, URI: https://market.example@evil.example/, URI",
    "URI: https://market.example/, URI: https://market.example.evil.example/, URI",
    "URI: https://market.example/, URI: https://market.example:444/, URI",
    "URI: https://market.example/, URI: http://127.0.0.1:8080/, URI",
    "URI: https://market.example/login, URI: urn:market.example, URI",
    "Chain ID: 31337, Chain ID: 1, chain",
    "Chain ID: 31337, Chain ID: 0, chain",
    "T12:00:00Z, T12:01:01Z, Issued At",
    "T12:00:00Z, T11:49:59Z, Issued At",
    "2026-11, 2025-11, Issued At",
    "2026-11, 2027-11, Issued At",
    "T12:00:00Z, T12:00:00+01:00, Issued At"
  })
  void a_change_of_any_field_makes_it_not_count_and_the_field_is_named(
      String field, String changed, String named) {
    String text = GOOD.replace(field, changed);
    assertThat(text).isNotEqualTo(GOOD);

    assertThat(objection(text)).contains(named);
  }

  @ParameterizedTest
  @CsvSource({
    "Issued At: 2026-11-23T12:01:00Z, ''",
    "Issued At: 2026-11-23T11:50:00Z, ''",
    "Issued At: 2026-11-23T13:00:00+01:00, ''",
    "Expiration Time: 2026-11-23T11:59:00.001Z, ''",
    "Expiration Time: 2026-11-23T11:59:00Z, Expiration Time",
    "Expiration Time: 2020-01-01T00:00:00Z, Expiration Time",
    "Not Before: 2026-11-23T12:01:00Z, ''",
    "Not Before: 2026-11-23T12:01:00.001Z, Not Before"
  })
  void clocks_may_differ_by_a_minute_and_no_more(String line, String named) {
    String text =
        line.startsWith("Issued At")
            ? GOOD.replace("Issued At: 2026-11-23T12:00:00Z", line)
            : GOOD + "\n" + line;

    if (named.isEmpty()) {
      assertThat(objection(text)).isEmpty();
    } else {
      assertThat(objection(text)).contains(named);
    }
  }

  private static String objection(String text) {
    return TERMS.objection(SiweMessage.parse(text), NOON).orElse("");
  }
}
