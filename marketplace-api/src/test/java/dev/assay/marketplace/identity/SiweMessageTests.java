package dev.assay.marketplace.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.Signature;
import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class SiweMessageTests {
  private static final JsonNode VECTORS = vectors();
  private static final String FULL =
      """
      https://market.example:8443 wants you to sign in with your Ethereum account:
      0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266

      Sign in to the [compute] market: it's 100 (percent) free, isn't it?

      URI: https://market.example:8443/login?a=b#c
      Version: 1
      Chain ID: 31337
      Nonce: 0123456789abcdef
      Issued At: 2026-11-23T08:00:00.000Z
      Expiration Time: 2026-11-23T09:05:00+01:00
      Not Before: 2026-11-23T07:59:59.5Z
      Request ID: a-b_c~d%20:@
      Resources:
      - https://market.example/v1
      - ipfs://bafybeiemxf5abjwjbikoz4mc3a3dla6ual3jsgpdr4cjr3oz3evfyavhwq/\
      """;

  private static JsonNode vectors() {
    try (InputStream file = SiweMessageTests.class.getResourceAsStream("siwe-vectors.json")) {
      return JsonMapper.shared().readTree(file);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void a_message_of_another_implementation_is_read_and_its_signature_is_its_accounts() {
    String text = VECTORS.path("siwe").path("message").stringValue();

    var message = SiweMessage.parse(text);

    var account = new WalletAddress(VECTORS.path("address").stringValue());
    assertThat(message.account()).isEqualTo(account);
    assertThat(message.domain()).isEqualTo("market.example");
    assertThat(message.statement()).contains("Sign in to the compute market.");
    assertThat(message.uri()).isEqualTo(URI.create("https://market.example/login"));
    assertThat(message.chainId()).isEqualTo(31337);
    assertThat(message.nonce()).isEqualTo("0123456789abcdef");
    assertThat(message.issuedAt().instant()).isEqualTo(Instant.parse("2026-11-23T08:00:00Z"));
    assertThat(message.resources()).contains(List.of(URI.create("https://market.example/v1")));
    assertThat(message).hasToString(text);
    var digest = PersonalMessage.digest(text);
    assertThat(digest).hasToString(VECTORS.path("siwe").path("eip191Hash").stringValue());
    var signature = Signature.parse(VECTORS.path("siwe").path("signature").stringValue());
    assertThat(signature.signerOf(digest)).contains(account);
  }

  @Test
  void without_a_statement_two_empty_lines_stand_between_address_and_uri() {
    String text = VECTORS.path("siweNoStatement").path("message").stringValue();

    var message = SiweMessage.parse(text);

    assertThat(message.statement()).isEmpty();
    assertThat(message.resources()).isEmpty();
    assertThat(message).hasToString(text);
  }

  @Test
  void every_optional_part_is_read_and_written_again() {
    var message = SiweMessage.parse(FULL);

    assertThat(message).hasToString(FULL);
    assertThat(message.scheme()).contains("https");
    assertThat(message.domain()).isEqualTo("market.example:8443");
    assertThat(message.expirationTime().orElseThrow().instant())
        .isEqualTo(Instant.parse("2026-11-23T08:05:00Z"));
    assertThat(message.requestId()).contains("a-b_c~d%20:@");
    assertThat(message.resources().orElseThrow()).hasSize(2);
  }

  @ParameterizedTest
  @CsvSource({
    "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26"
  })
  void addresses_are_written_as_eip_55_shows(String address) {
    assertThat(new WalletAddress(address).checksummed()).isEqualTo(address);
  }

  static List<String> changed() {
    return List.of(
        FULL + "\n",
        FULL + "\n- ",
        FULL.replace("\n", "\r\n"),
        FULL.replace("https://market.example:8443 wants", "://market.example:8443 wants"),
        FULL.replace("https://market.example:8443 wants", "1ttp://market.example:8443 wants"),
        FULL.replace("https://market.example:8443 wants", "wants"),
        FULL.replace("https://market.example:8443 wants", " wants"),
        FULL.replace("https://market.example:8443 wants", "market.example/x wants"),
        FULL.replace("https://market.example:8443 wants", "market.example?x wants"),
        FULL.replace("https://market.example:8443 wants", "market example wants"),
        FULL.replace("https://market.example:8443 wants", "m\u0430rket.example wants"),
        FULL.replace(" wants you", "  wants you"),
        FULL.replace("Ethereum account:", "Ethereum account: "),
        FULL.replace("Ethereum account:", "ethereum account:"),
        FULL.replace("0xf39Fd6", "0xf39fd6"),
        FULL.replace("0xf39Fd6", "0Xf39Fd6"),
        FULL.replace("92266\n", "9226\n"),
        FULL.replace("92266\n", "92266 \n"),
        FULL.replace("92266\n\n", "92266\n"),
        FULL.replace("92266\n\n", "92266\n\n\n"),
        FULL.replace("isn't it?", "isn't \"it\""),
        FULL.replace("isn't it?", "isn't\tit"),
        FULL.replace("isn't it?", "isn\u2019t it?"),
        FULL.replace("isn't it?\n\n", "isn't it?\n"),
        FULL.replace("isn't it?\n\n", "isn't it?\nreally\n\n"),
        FULL.replace("URI: ", "URI:"),
        FULL.replace("URI: ", "uri: "),
        FULL.replace("URI: https://market.example:8443/login", "URI: /login"),
        FULL.replace("/login", "/log in"),
        FULL.replace("/login", "/l\u00f6gin"),
        FULL.replace("/login", "/%zz"),
        FULL.replace("Version: 1", "Version: 2"),
        FULL.replace("Version: 1", "Version: 1 "),
        FULL.replace("Version: 1", "Version: 01"),
        FULL.replace("Version: 1\n", ""),
        FULL.replace("Chain ID: 31337", "Chain ID: 031337"),
        FULL.replace("Chain ID: 31337", "Chain ID: 0x7a69"),
        FULL.replace("Chain ID: 31337", "Chain ID: -1"),
        FULL.replace("Chain ID: 31337", "Chain ID: \u0663"),
        FULL.replace("Chain ID: 31337", "Chain ID: 99999999999999999999"),
        FULL.replace("Chain ID: 31337", "Chain ID: "),
        FULL.replace("0123456789abcdef", "0123456"),
        FULL.replace("0123456789abcdef", "01234567-9abcdef"),
        FULL.replace("0123456789abcdef", "a".repeat(129)),
        FULL.replace("08:00:00.000Z", "08:00:00.000"),
        FULL.replace("08:00:00.000Z", "08:00Z"),
        FULL.replace("08:00:00.000Z", "24:00:01Z"),
        FULL.replace("08:00:00.000Z", "08:00:00.Z"),
        FULL.replace("2026-11-23T08:00:00.000Z", "2026-02-30T08:00:00Z"),
        FULL.replace("2026-11-23T08:00:00.000Z", "+2026-11-23T08:00:00Z"),
        FULL.replace("2026-11-23T08:00:00.000Z", "1795424204"),
        FULL.replace("+01:00", "+0100"),
        FULL.replace("Not Before", "Not before"),
        FULL.replace("Request ID: a-b", "Request ID: a b"),
        FULL.replace("%20", "%2"),
        FULL.replace("Resources:", "Resources: "),
        FULL.replace("- https", "-https"),
        FULL.replace("- https://market.example/v1", "- "),
        FULL.replace(
            "Nonce: 0123456789abcdef\n", "Nonce: 0123456789abcdef\nNonce: 0123456789abcdef\n"),
        FULL.replace("Version: 1\nChain ID: 31337\n", "Chain ID: 31337\nVersion: 1\n"),
        FULL.substring(0, FULL.indexOf("\nIssued")),
        FULL.substring(0, 60),
        "",
        "\n",
        "x".repeat(SiweMessage.MAX_LENGTH + 1));
  }

  @ParameterizedTest
  @MethodSource("changed")
  void what_the_grammar_does_not_allow_is_refused_and_the_line_named(String text) {
    assertThatThrownBy(() -> SiweMessage.parse(text))
        .isInstanceOf(SiweMessage.Malformed.class)
        .hasMessageMatching("(?s)Line \\d+ of the message: .{10,}");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatever_is_taken_writes_itself_again_byte_for_byte(long seed) {
    RandomGenerator chance = new Random(seed);
    String letters = "\n\r \t:-/.%0aAZz9#?@[]\u0000\u00e9\ud83d";
    int taken = 0;
    for (int i = 0; i < 20_000; i++) {
      var text = new StringBuilder(FULL);
      for (int edits = 1 + chance.nextInt(3); edits > 0; edits--) {
        int at = chance.nextInt(text.length());
        switch (chance.nextInt(3)) {
          case 0 -> text.deleteCharAt(at);
          case 1 -> text.insert(at, letters.charAt(chance.nextInt(letters.length())));
          default -> text.setCharAt(at, letters.charAt(chance.nextInt(letters.length())));
        }
      }
      String changed = text.toString();
      try {
        assertThat(SiweMessage.parse(changed)).hasToString(changed);
        taken++;
      } catch (SiweMessage.Malformed expected) {
        // Most are.
      }
    }
    assertThat(taken).as("edits that leave a message, of seed " + seed).isGreaterThan(1_000);
  }

  @Test
  void a_message_with_resources_but_none_named_is_one() {
    String text = FULL.substring(0, FULL.indexOf("\n- https"));

    assertThatCode(() -> assertThat(SiweMessage.parse(text)).hasToString(text))
        .doesNotThrowAnyException();
  }
}
