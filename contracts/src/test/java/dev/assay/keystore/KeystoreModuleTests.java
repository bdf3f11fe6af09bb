package dev.assay.keystore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.keystore.Keystore.Strength;
import dev.assay.protocol.LocalSigner;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HexFormat;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeystoreModuleTests {
  private static final byte[] KEY =
      HexFormat.of().parseHex("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80");
  private static final UUID ID = UUID.fromString("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b");
  private static final String NODE =
      """
      {"version":3,"id":"e13b209c-3b2f-4327-bab0-3bef2e51630d",
       "address":"f39fd6e51aad88f6f4ce6ab8827279cfffb92266",
       "crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"0f0e0d0c0b0a09080706050403020100"},
       "ciphertext":"8851de9d16ec98299b54f33758b59c98c9c1196ec8dc88a47cba43d4b42855db",
       "kdf":"scrypt","kdfparams":{"dklen":32,"n":4096,"p":6,"r":8,
       "salt":"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"},
       "mac":"a0ebcb398f7a0645ad40f7806ff7dcd14b5ddc5ab219880e6f3b08645b43c00f"}}
      """;

  @TempDir Path folder;

  /**
   * The vector of the Web3 Secret Storage definition that scrypt's RFC 7914 does not forbid (the
   * other has N = 2¹⁸ with r = 1), and two by other programs.
   */
  static Stream<Arguments> others() {
    return Stream.of(
        Arguments.of(
            "specification, pbkdf2",
            """
            {"crypto":{"cipher":"aes-128-ctr",
             "cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
             "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
             "kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
             "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
             "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
             "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
            """,
            "testpassword",
            "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b"),
        Arguments.of(
            "Node's crypto, a password beyond ASCII",
            NODE,
            "pässwörd 東京",
            "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"),
        Arguments.of(
            "ethers 6",
            """
            {"address":"f39fd6e51aad88f6f4ce6ab8827279cfffb92266","id":"91a698e6-46a4-4830-867d-5927c9a0be5a","version":3,
             "Crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"1e425a05aa49e6aa795cb565a59cef5e"},
             "ciphertext":"0d6f680b061f96e2c10bff74c8dfbe188dc1968e6cd6d31797d3ca9aa6f3f329",
             "kdf":"scrypt","kdfparams":{"salt":
             "b55b10aee1344e522d1e86b3d913e75dc179cd2615a9ae8cbad78e9079a075af",
             "n":8192,"dklen":32,"p":1,"r":8},
             "mac":"f457230542cae81ec770ae0d98136b50a0cf0eb4da5c6795d4885cad767e660d"}}
            """,
            "correct horse",
            "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("others")
  void keystores_of_others_are_opened(String maker, String json, String password, String address)
      throws IOException {
    Path file = Files.writeString(folder.resolve("key.json"), json);

    assertThat(Keystore.open(file).unlock(Password.of(password)).address()).hasToString(address);
    assertThatThrownBy(() -> Keystore.open(file).unlock(Password.of(password + " ")))
        .isInstanceOf(Keystore.WrongPassword.class)
        .hasMessage("The password does not open " + file);
  }

  @ParameterizedTest
  @ValueSource(strings = {"LIGHT", "STANDARD"})
  void a_key_comes_out_as_it_went_in_and_only_its_owner_may_read_it(String strength)
      throws IOException {
    Path file = folder.resolve("key.json");

    create(file, Strength.valueOf(strength));

    Keystore opened = Keystore.open(file);
    assertThat(opened.unlock(Password.of("secret")).address())
        .isEqualTo(LocalSigner.ofKey(KEY).address())
        .isEqualTo(opened.address());
    assertThat(opened.isLight()).isEqualTo(strength.equals("LIGHT"));
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(PrivateFiles.isOpenToOthers(file)).isFalse();
    assertThat(Files.readString(file)).doesNotContain(HexFormat.of().formatHex(KEY));
    try (var files = Files.list(folder)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void a_key_is_never_overwritten() throws IOException {
    Path file = Files.writeString(folder.resolve("key.json"), "precious");

    assertThatThrownBy(() -> create(file, Strength.LIGHT))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(file).hasContent("precious");
  }

  @Test
  void the_strength_fits_the_machine() {
    assertThat(Strength.within(64L << 20)).isEqualTo(Strength.LIGHT);
    assertThat(Strength.within(512L << 20)).isEqualTo(Strength.LIGHT);
    assertThat(Strength.within(1L << 30)).isEqualTo(Strength.STANDARD);
  }

  static Stream<Arguments> damaged() {
    return Stream.of(
        Arguments.of(NODE.replace("\"version\":3", "\"version\":1"), "only version 3"),
        Arguments.of(NODE.replace("aes-128-ctr", "aes-256-gcm"), "a cipher other than"),
        Arguments.of(NODE.replace("\"n\":4096", "\"n\":4095"), "out of bounds"),
        Arguments.of(NODE.replace("\"n\":4096", "\"n\":1073741824"), "out of bounds"),
        Arguments.of(NODE.replace("\"n\":4096,", ""), "out of bounds"),
        Arguments.of(
            NODE.replace("\"n\":4096", "\"n\":262144").replace("\"r\":8", "\"r\":1"),
            "out of bounds"),
        Arguments.of(NODE.replace("\"kdf\":\"scrypt\"", "\"kdf\":\"md5\""), "neither scrypt"),
        Arguments.of(NODE.replace("\"dklen\":32", "\"dklen\":16"), "another length"),
        Arguments.of(NODE.replace("f39fd6e5", "f39fd6e6"), "but holds the key of"),
        Arguments.of(NODE.replace("a0ebcb39", "zzebcb39"), "mac that is not hexadecimal"),
        Arguments.of(NODE.replace("\"mac\"", "\"nomac\""), "no keystore in JSON"),
        Arguments.of("{", "no keystore in JSON"),
        Arguments.of("null", "no keystore in JSON"),
        Arguments.of("", "no keystore in JSON"));
  }

  @ParameterizedTest
  @MethodSource("damaged")
  void what_is_no_keystore_is_told_without_showing_it(String json, String words)
      throws IOException {
    Path file = Files.writeString(folder.resolve("key.json"), json);

    assertThatThrownBy(() -> Keystore.open(file).unlock(Password.of("pässwörd 東京")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(words)
        .hasMessageNotContaining("8851de9d")
        .hasNoCause();
  }

  @Test
  void a_generated_password_is_long_private_and_read_back() throws IOException {
    Path file = folder.resolve("password");
    Password made = Password.generate(file, new Random(3));

    assertThat(Files.readString(file)).matches("[0-9a-f]{48}\n");
    assertThat(PrivateFiles.isOpenToOthers(file)).isFalse();
    assertThat(Password.read(file).bytes()).isEqualTo(made.bytes());
    assertThat(made).hasToString("Password[not shown]");
    assertThatThrownBy(() -> Password.generate(file, new Random(4)))
        .isInstanceOf(FileAlreadyExistsException.class);
  }

  @Test
  void an_empty_password_file_is_refused() throws IOException {
    Path file = Files.writeString(folder.resolve("password"), "\nsecond line");

    assertThatThrownBy(() -> Password.read(file)).hasMessageContaining("is empty");
  }

  private static void create(Path file, Strength strength) throws IOException {
    Keystore.create(file, KEY, Password.of("secret"), strength, ID, new Random(9));
  }
}
