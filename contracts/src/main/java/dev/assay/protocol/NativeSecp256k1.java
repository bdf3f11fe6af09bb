package dev.assay.protocol;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * libsecp256k1, the library of Bitcoin Core, called by the foreign function interface (JEP 454).
 * The library lies in a Maven artifact of ACINQ's JNI binding, which exports its C functions too;
 * their contracts are those of {@code secp256k1.h} and {@code secp256k1_recovery.h}.
 */
final class NativeSecp256k1 implements Secp256k1 {
  private static final int CONTEXT_NONE = 1;
  private static final int UNCOMPRESSED = 2;
  private static final int COMPACT_SIZE = 64;

  /** The library's own forms, opaque to us. */
  private static final int RECOVERABLE_SIZE = 65;

  private static final int POINT_SIZE = 64;
  private static final int SERIALIZED_SIZE = 65;

  private final MemorySegment context;
  private final MethodHandle sign;
  private final MethodHandle toCompact;
  private final MethodHandle ofCompact;
  private final MethodHandle recover;
  private final MethodHandle publicKey;
  private final MethodHandle serialize;

  private NativeSecp256k1(SymbolLookup library) throws Throwable {
    this.sign =
        function(
            library,
            "secp256k1_ecdsa_sign_recoverable",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    this.toCompact =
        function(
            library,
            "secp256k1_ecdsa_recoverable_signature_serialize_compact",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    this.ofCompact =
        function(
            library,
            "secp256k1_ecdsa_recoverable_signature_parse_compact",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT));
    this.recover =
        function(
            library,
            "secp256k1_ecdsa_recover",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    this.publicKey =
        function(
            library,
            "secp256k1_ec_pubkey_create",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
    this.serialize =
        function(
            library,
            "secp256k1_ec_pubkey_serialize",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT));
    MethodHandle create =
        function(library, "secp256k1_context_create", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    this.context = (MemorySegment) create.invokeExact(CONTEXT_NONE);
  }

  /** None where the artifact has no library for this machine, or it cannot be loaded. */
  static Optional<NativeSecp256k1> load() {
    String resource = "/fr/acinq/secp256k1/jni/native/%s/libsecp256k1-jni.so".formatted(platform());
    try (InputStream library = NativeSecp256k1.class.getResourceAsStream(resource)) {
      if (library == null) {
        return Optional.empty();
      }
      Path file = Files.createTempFile("secp256k1-", ".so");
      try {
        Files.copy(library, file, StandardCopyOption.REPLACE_EXISTING);
        return Optional.of(new NativeSecp256k1(SymbolLookup.libraryLookup(file, Arena.global())));
      } finally {
        Files.delete(file); // once loaded it is not needed; else it never is
      }
    } catch (Throwable notHere) { // no folder to write to, another C library, access denied
      return Optional.empty();
    }
  }

  private static String platform() {
    String processor =
        switch (System.getProperty("os.arch", "")) {
          case "amd64", "x86_64" -> "x86_64";
          case "aarch64", "arm64" -> "aarch64";
          default -> "unknown";
        };
    return System.getProperty("os.name", "").equals("Linux") ? "linux-" + processor : "unknown";
  }

  private static MethodHandle function(
      SymbolLookup library, String name, FunctionDescriptor descriptor) {
    return Linker.nativeLinker().downcallHandle(library.findOrThrow(name), descriptor);
  }

  @Override
  public Key key(byte[] secret) {
    byte[] own = secret.clone();
    return new Key() {
      @Override
      public byte[] publicKey() {
        return publicKeyOf(own);
      }

      @Override
      public byte[] sign(byte[] digest) {
        return signed(digest, own);
      }
    };
  }

  private byte[] publicKeyOf(byte[] secret) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment point = arena.allocate(POINT_SIZE);
      int isDone =
          (int) publicKey.invokeExact(context, point, arena.allocateFrom(JAVA_BYTE, secret));
      if (isDone != 1) {
        throw new IllegalStateException("libsecp256k1 refuses a key that is in range");
      }
      return serialized(arena, point);
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private byte[] signed(byte[] digest, byte[] secret) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment signature = arena.allocate(RECOVERABLE_SIZE);
      MemorySegment compact = arena.allocate(COMPACT_SIZE);
      MemorySegment recovery = arena.allocate(JAVA_INT);
      MemorySegment key = arena.allocateFrom(JAVA_BYTE, secret);
      // Without a function for the nonce: the library's own, RFC 6979.
      int isSigned =
          (int)
              sign.invokeExact(
                  context,
                  signature,
                  arena.allocateFrom(JAVA_BYTE, digest),
                  key,
                  MemorySegment.NULL,
                  MemorySegment.NULL);
      key.fill((byte) 0);
      int isWritten = (int) toCompact.invokeExact(context, compact, recovery, signature);
      if (isSigned != 1 || isWritten != 1) {
        throw new IllegalStateException("libsecp256k1 does not sign with a key that is in range");
      }
      byte[] value = new byte[Signature.SIZE];
      MemorySegment.copy(compact, JAVA_BYTE, 0, value, 0, COMPACT_SIZE);
      value[COMPACT_SIZE] = (byte) (27 + recovery.get(JAVA_INT, 0));
      return value;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  @Override
  public byte @Nullable [] recover(byte[] digest, byte[] signature) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment compact = arena.allocateFrom(JAVA_BYTE, signature);
      MemorySegment parsed = arena.allocate(RECOVERABLE_SIZE);
      MemorySegment point = arena.allocate(POINT_SIZE);
      int isParsed = (int) ofCompact.invokeExact(context, parsed, compact, signature[64] - 27);
      if (isParsed != 1) {
        return null;
      }
      int isRecovered =
          (int) recover.invokeExact(context, point, parsed, arena.allocateFrom(JAVA_BYTE, digest));
      return isRecovered == 1 ? serialized(arena, point) : null;
    } catch (Throwable e) {
      throw unexpected(e);
    }
  }

  private byte[] serialized(Arena arena, MemorySegment point) throws Throwable {
    MemorySegment text = arena.allocate(SERIALIZED_SIZE);
    MemorySegment length = arena.allocate(JAVA_LONG);
    length.set(JAVA_LONG, 0, SERIALIZED_SIZE);
    int isWritten = (int) serialize.invokeExact(context, text, length, point, UNCOMPRESSED);
    if (isWritten != 1) {
      throw new IllegalStateException("libsecp256k1 does not write a point");
    }
    byte[] value = new byte[PUBLIC_KEY_SIZE]; // without the leading 4
    MemorySegment.copy(text, JAVA_BYTE, 1, value, 0, PUBLIC_KEY_SIZE);
    return value;
  }

  private static RuntimeException unexpected(Throwable e) {
    return e instanceof RuntimeException known
        ? known
        : new IllegalStateException("calling libsecp256k1", e);
  }
}
