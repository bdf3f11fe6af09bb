package dev.assay.quickstart;

import dev.assay.keystore.Keystore;
import dev.assay.keystore.Password;
import dev.assay.protocol.LocalSigner;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.UUID;

/**
 * An encrypted key of a program that runs here, and the file with its password, as that program
 * would make them itself.
 */
record LocalKeystore(Path file, Path password) {
  /** The session key of a worker, where the agent looks for it. */
  static LocalKeystore ofWorker(Path home) {
    return new LocalKeystore(home.resolve("session-key.json"), home.resolve("password"));
  }

  /** Made when it is asked for first, in a folder that only its owner may enter. */
  LocalSigner openOrMake() throws IOException {
    if (!Files.isRegularFile(file)) {
      Files.createDirectories(
          file.toAbsolutePath().getParent(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      Files.deleteIfExists(password); // of a start that was broken off here
      byte[] key = new byte[32];
      SecureRandom chance = new SecureRandom();
      chance.nextBytes(key);
      Password generated = Password.generate(password, chance);
      Keystore.create(
          file,
          key,
          generated,
          Keystore.Strength.of(generated, Runtime.getRuntime().maxMemory()),
          UUID.nameUUIDFromBytes(LocalSigner.ofKey(key).address().toBytes()),
          chance);
    }
    return Keystore.open(file).unlock(Password.read(password));
  }
}
