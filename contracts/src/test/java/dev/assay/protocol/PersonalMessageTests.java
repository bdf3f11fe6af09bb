package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Texts, digests and signatures made by viem 2.57.20 with the first development key. */
class PersonalMessageTests {
  private static final LocalSigner SIGNER =
      LocalSigner.ofKey(
          HexFormat.of()
              .parseHex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"));

  static Stream<Arguments> signed() {
    return Stream.of(
        Arguments.of(
            "",
            "0x5f35dce98ba4fba25530a026ed80b2cecdaa31091ba4958b99b52ea1d068adad",
            "0xc1977b761f1dd36c29795783460d241885c8e7f9d962dbe7bba2753fd94e89b444a1cd9ed855dd09af"
                + "a3b73f7c2bd097ec9abc2d2775d737505a02d3f0cafa591b"),
        Arguments.of(
            "hello",
            "0x50b2c43fd39106bafbba0da34fc430e1f91e3c96ea2acee2bc34119f92b37750",
            "0xf16ea9a3478698f695fd1401bfe27e9e4a7e8e3da94aa72b021125e31fa899cc573c48ea3fe1d4ab61"
                + "a9db10c19032026e3ed2dbccba5a178235ac27f94504311c"),
        Arguments.of(
            "naïve 東京 🙂",
            "0x988007e2663945eea77dfe7a8f870d0a4dfa706e726641d483f6695917d78b2b",
            "0x4c4ded2c6e60700d57b2ca7ad5bc059074895fcf677aca864b1424b027e0b94d6ae16b37c58883c82a"
                + "c7fb3fc9e9c8ec66d0b32b1f2b7a40a0d55733d8bf2a3c1b"),
        Arguments.of(
            "line\nline\n",
            "0xc18f07d68c5951b684c109e02881fcb6936b20b71fe52d2a88880bcf5615b20e",
            "0xe7dddfb216851bc3de5ed9e32e993f33d18c330fbbb08ab6839ce3fe737110c22ba4f94fe9695eeabc"
                + "aa0f34bc9ff64532a91384cd309e2ca5000f25e4969d571c"),
        Arguments.of(
            "x".repeat(1000),
            "0x6a37e0b91509decb144d44cf932ba38dd926594952faf4817922845f01fa2908",
            "0xa98be53fb903de316935dfba8f173947a9458526af43db7fffcab0c7aaea53df5650797a1fe4e07398"
                + "61451b5f02b806037fb1e87e79eb18c15216c07ece44631b"));
  }

  @ParameterizedTest
  @MethodSource("signed")
  void a_text_is_signed_as_wallets_sign_it(String text, String digest, String signature) {
    assertThat(PersonalMessage.digest(text)).hasToString(digest);
    assertThat(PersonalMessage.sign(text, SIGNER)).hasToString(signature);
    assertThat(Signature.parse(signature).signerOf(PersonalMessage.digest(text)))
        .contains(SIGNER.address());
    assertThat(Signature.parse(signature).signerOf(PersonalMessage.digest(text + " ")))
        .isNotEqualTo(Optional.of(SIGNER.address()));
  }
}
