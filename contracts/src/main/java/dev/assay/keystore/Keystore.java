package dev.assay.keystore;

import com.fasterxml.jackson.annotation.JsonAlias;
import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.protocol.Digest;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.params.KeyParameter;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A key in a file of Ethereum's Web3 Secret Storage, version 3: AES-128 in counter mode under a key
 * that scrypt (or, in others' files, PBKDF2) makes of a password, and a Keccak-256 that tells a
 * wrong password from a right one.
 */
public final class Keystore {
  private static final int VERSION = 3;
  private static final String CIPHER = "aes-128-ctr";
  private static final int DERIVED_LENGTH = 32;
  private static final long MAX_SCRYPT_BYTES = 1L << 30;
  private static final int MAX_ITERATIONS = 10_000_000;
  private static final HexFormat HEX = HexFormat.of();
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

  private final Path file;
  private final Stored stored;

  private Keystore(Path file, Stored stored) {
    this.file = file;
    this.stored = stored;
  }

  /** How much work a guess of the password costs. */
  public enum Strength {
    /** 256 MiB of memory and about a second. */
    STANDARD(1 << 18, 1),
    /** 4 MiB, for machines that have no more: choose a long password. */
    LIGHT(1 << 12, 6),
    /** 1 MiB, for passwords of 24 random bytes: nobody begins to guess those, at whatever price. */
    UNGUESSED(1 << 10, 1);

    private static final int BLOCK = 8;

    private final int n;
    private final int p;

    Strength(int n, int p) {
      this.n = n;
      this.p = p;
    }

    /**
     * The strongest that fits and is of use.
     *
     * @param heapBytes that this process may use
     */
    public static Strength of(Password password, long heapBytes) {
      return password.isRandom() ? UNGUESSED : within(heapBytes);
    }

    static Strength within(long heapBytes) {
      return heapBytes > 2 * scryptBytes(STANDARD.n, BLOCK) ? STANDARD : LIGHT;
    }
  }

  /** The file's form; unknown members are let through. */
  record Stored(
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String address,
      @JsonAlias("Crypto") Encrypted crypto,
      @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String id,
      int version) {
    Stored {
      Objects.requireNonNull(crypto);
    }
  }

  record Encrypted(
      String cipher,
      CipherParameters cipherparams,
      String ciphertext,
      String kdf,
      KdfParameters kdfparams,
      String mac) {
    Encrypted {
      Objects.requireNonNull(cipher);
      Objects.requireNonNull(cipherparams);
      Objects.requireNonNull(ciphertext);
      Objects.requireNonNull(kdf);
      Objects.requireNonNull(kdfparams);
      Objects.requireNonNull(mac);
    }
  }

  record CipherParameters(String iv) {
    CipherParameters {
      Objects.requireNonNull(iv);
    }
  }

  @JsonInclude(JsonInclude.Include.NON_NULL)
  record KdfParameters(
      int dklen,
      String salt,
      @Nullable Integer n,
      @Nullable Integer r,
      @Nullable Integer p,
      @Nullable Integer c,
      @Nullable String prf) {
    KdfParameters {
      Objects.requireNonNull(salt);
    }
  }

  /**
   * Encrypts a key into a new file that only its owner may read.
   *
   * @param key 32 bytes
   * @throws FileAlreadyExistsException if the file is there: a key is never overwritten
   */
  public static Keystore create(
      Path file, byte[] key, Password password, Strength strength, UUID id, RandomGenerator chance)
      throws IOException {
    byte[] salt = new byte[32];
    byte[] iv = new byte[16];
    chance.nextBytes(salt);
    chance.nextBytes(iv);
    byte[] derived =
        SCrypt.generate(
            password.bytes(), salt, strength.n, Strength.BLOCK, strength.p, DERIVED_LENGTH);
    byte[] secret = crypt(Cipher.ENCRYPT_MODE, derived, iv, key);
    Stored stored =
        new Stored(
            LocalSigner.ofKey(key).address().hex().substring(2),
            new Encrypted(
                CIPHER,
                new CipherParameters(HEX.formatHex(iv)),
                HEX.formatHex(secret),
                "scrypt",
                new KdfParameters(
                    DERIVED_LENGTH,
                    HEX.formatHex(salt),
                    strength.n,
                    Strength.BLOCK,
                    strength.p,
                    null,
                    null),
                HEX.formatHex(mac(derived, secret))),
            id.toString(),
            VERSION);
    PrivateFiles.create(file, JSON.writeValueAsBytes(stored));
    return new Keystore(file, stored);
  }

  /**
   * Reads a file without decrypting it.
   *
   * @throws IOException if it cannot be read or is no keystore of version 3; the message says what
   *     is wrong and shows nothing of the content
   */
  public static Keystore open(Path file) throws IOException {
    @Nullable Stored stored;
    try {
      stored = JSON.readValue(Files.readAllBytes(file), Stored.class);
    } catch (JacksonException e) {
      throw new IOException(file + " is no keystore in JSON"); // the cause would show its content
    }
    if (stored == null) {
      throw new IOException(file + " is no keystore in JSON");
    }
    if (stored.version != VERSION) {
      throw new IOException(
          "%s is a keystore of version %d; only version 3 is read".formatted(file, stored.version));
    }
    return new Keystore(file, stored);
  }

  /** Whose key it says it holds; null if it does not say. Checked only by {@link #unlock}. */
  public @Nullable WalletAddress address() throws IOException {
    String address = stored.address;
    if (address == null) {
      return null;
    }
    try {
      return new WalletAddress(address.startsWith("0x") ? address : "0x" + address);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " names an address that is none");
    }
  }

  /** Whether unlocking is cheap enough to be guessed at; see {@link Strength#LIGHT}. */
  public boolean isLight() {
    Integer n = stored.crypto.kdfparams.n;
    return n != null && n < Strength.STANDARD.n;
  }

  /**
   * Decrypts the key.
   *
   * @throws WrongPassword if the password is not the one it was made with
   * @throws IOException if the file holds something that is no key, or asks for more memory than
   *     this process has
   */
  public LocalSigner unlock(Password password) throws IOException {
    Encrypted crypto = stored.crypto;
    if (!CIPHER.equals(crypto.cipher.toLowerCase(Locale.ROOT))) {
      throw new IOException("%s uses a cipher other than %s".formatted(file, CIPHER));
    }
    byte[] secret = hex(crypto.ciphertext, "ciphertext");
    byte[] derived = derive(crypto, password);
    if (!MessageDigest.isEqual(mac(derived, secret), hex(crypto.mac, "mac"))) {
      throw new WrongPassword("The password does not open " + file);
    }
    byte[] key = crypt(Cipher.DECRYPT_MODE, derived, hex(crypto.cipherparams.iv, "iv"), secret);
    try {
      LocalSigner signer = LocalSigner.ofKey(key);
      WalletAddress named = address();
      if (named != null && !named.equals(signer.address())) {
        throw new IOException(
            "%s names %s, but holds the key of %s".formatted(file, named, signer.address()));
      }
      return signer;
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " holds something that is no key");
    } finally {
      Arrays.fill(key, (byte) 0);
    }
  }

  /** The password is not the keystore's. */
  public static final class WrongPassword extends IOException {
    WrongPassword(String sentence) {
      super(sentence);
    }
  }

  private byte[] derive(Encrypted crypto, Password password) throws IOException {
    KdfParameters parameters = crypto.kdfparams;
    byte[] salt = hex(parameters.salt, "salt");
    if (parameters.dklen != DERIVED_LENGTH) {
      throw new IOException(file + " derives keys of another length than 32 bytes");
    }
    return switch (crypto.kdf.toLowerCase(Locale.ROOT)) {
      case "scrypt" -> scrypt(parameters, salt, password);
      case "pbkdf2" -> pbkdf2(parameters, salt, password);
      default -> throw new IOException(file + " derives its key by neither scrypt nor pbkdf2");
    };
  }

  private byte[] scrypt(KdfParameters parameters, byte[] salt, Password password)
      throws IOException {
    Integer n = parameters.n;
    Integer r = parameters.r;
    Integer p = parameters.p;
    if (n == null
        || r == null
        || p == null
        || n < 2
        || Integer.bitCount(n) != 1
        || r < 1
        || r > 64
        || p < 1
        || p > 64
        || n >= 1L << Math.min(62, 16 * r) // RFC 7914 §6
        || scryptBytes(n, r) > MAX_SCRYPT_BYTES) {
      throw new IOException(file + " has parameters of scrypt that are out of bounds");
    }
    long needed = scryptBytes(n, r) + (scryptBytes(n, r) >> 2);
    if (needed > Runtime.getRuntime().maxMemory()) {
      throw new IOException(
          "%s needs %d MiB to be opened, and this process may use %d; give Java more with -Xmx, or"
                  .formatted(file, needed >> 20, Runtime.getRuntime().maxMemory() >> 20)
              + " import the key on a machine that has it");
    }
    return SCrypt.generate(password.bytes(), salt, n, r, p, DERIVED_LENGTH);
  }

  private byte[] pbkdf2(KdfParameters parameters, byte[] salt, Password password)
      throws IOException {
    Integer iterations = parameters.c;
    if (iterations == null
        || iterations < 1
        || iterations > MAX_ITERATIONS
        || !"hmac-sha256".equals(parameters.prf)) {
      throw new IOException(file + " has parameters of pbkdf2 that are out of bounds");
    }
    var generator = new PKCS5S2ParametersGenerator(SHA256Digest.newInstance());
    generator.init(password.bytes(), salt, iterations);
    return ((KeyParameter) generator.generateDerivedMacParameters(8 * DERIVED_LENGTH)).getKey();
  }

  private static long scryptBytes(int n, int r) {
    return 128L * n * r;
  }

  private static byte[] mac(byte[] derived, byte[] secret) {
    return Digest.keccak256(
            ByteBuffer.allocate(16 + secret.length).put(derived, 16, 16).put(secret).array())
        .toBytes();
  }

  private static byte[] crypt(int mode, byte[] derived, byte[] iv, byte[] text) throws IOException {
    try {
      Cipher aes = Cipher.getInstance("AES/CTR/NoPadding");
      aes.init(mode, new SecretKeySpec(derived, 0, 16, "AES"), new IvParameterSpec(iv));
      return aes.doFinal(text);
    } catch (GeneralSecurityException e) {
      throw new IOException("the cipher refuses the keystore's parameters (" + e + ")", e);
    }
  }

  private byte[] hex(String text, String name) throws IOException {
    try {
      return HEX.parseHex(text.startsWith("0x") ? text.substring(2) : text);
    } catch (IllegalArgumentException e) {
      throw new IOException("%s has a %s that is not hexadecimal".formatted(file, name));
    }
  }
}
