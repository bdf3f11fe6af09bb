package dev.assay.agent.cli;

import dev.assay.agent.work.WorkerHome;
import dev.assay.determinism.Ids;
import dev.assay.keystore.Keystore;
import dev.assay.keystore.Password;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.nio.CharBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;

/** The keys in a home, and the passwords that open them. */
final class Wallets {
  static final String GENERATED_PASSWORD = "password";

  private final Surroundings surroundings;
  private final Settings settings;

  /** The two keys of a worker; they are kept apart and only one must be on this machine. */
  enum Key {
    /** Signs attestations. */
    SESSION("session-key.json"),
    /** Stakes and is paid. */
    OWNER("owner-key.json");

    private final String file;

    Key(String file) {
      this.file = file;
    }

    Path in(Path home) {
      return home.resolve(file);
    }
  }

  Wallets(Surroundings surroundings, Settings settings) {
    this.surroundings = surroundings;
    this.settings = settings;
  }

  boolean has(Key key) {
    return Files.exists(key.in(settings.home()));
  }

  /**
   * @throws CommandFailure if there is none, or it cannot be opened
   */
  LocalSigner unlock(Key key) {
    Path file = key.in(settings.home());
    if (!has(key)) {
      throw new CommandFailure(
          ExitCode.CONFIGURATION,
          "There is no key in %s; 'assay-worker wallet new' makes one.".formatted(file));
    }
    try {
      Keystore keystore = Keystore.open(file);
      Optional<Password> known = knownPassword();
      return keystore.unlock(known.isPresent() ? known.get() : ask("Password of " + file + ": "));
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CONFIGURATION, "The key cannot be opened: " + inWords(e) + ".");
    }
  }

  /** The session key; makes one, and says so, where there is none yet. */
  LocalSigner unlockOrCreateSession() {
    if (!has(Key.SESSION)) {
      LocalSigner made = create(Key.SESSION, newKey());
      surroundings
          .err()
          .println(
              "Made the session key %s in %s. Its owner binds it: 'assay-worker wallet show'."
                  .formatted(made.address(), Key.SESSION.in(settings.home())));
      return made;
    }
    return unlock(Key.SESSION);
  }

  /**
   * Encrypts a key into the home.
   *
   * @throws CommandFailure if there is one already
   */
  LocalSigner create(Key key, byte[] secret) {
    Path file = key.in(settings.home());
    if (has(key)) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE,
          "There is a key in %s already; it is never overwritten.".formatted(file));
    }
    try {
      LocalSigner signer = LocalSigner.ofKey(secret);
      WorkerHome.create(settings.home());
      Password password = passwordToSet(file);
      Keystore.create(
          file,
          secret,
          password,
          Keystore.Strength.of(password, surroundings.heapBytes()),
          new Ids(surroundings.clock(), surroundings.chance()).next(),
          surroundings.chance());
      return signer;
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "There is a key in %s already.".formatted(file));
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE, "The key cannot be kept: " + inWords(e) + ".");
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  /**
   * Takes a key from another keystore; its password must be the one that is set here.
   *
   * @throws CommandFailure if it cannot be opened, or there is a key already
   */
  WalletAddress adopt(Key key, Path keystore) {
    Path file = key.in(settings.home());
    try {
      Keystore theirs = Keystore.open(keystore);
      Optional<Password> known = knownPassword();
      Password password = known.isPresent() ? known.get() : ask("Password of " + keystore + ": ");
      LocalSigner signer = theirs.unlock(password);
      WorkerHome.create(settings.home());
      PrivateFiles.create(file, Files.readAllBytes(keystore));
      return signer.address();
    } catch (FileAlreadyExistsException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_CREATE,
          "There is a key in %s already; it is never overwritten.".formatted(file));
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CONFIGURATION, "The key cannot be taken in: " + inWords(e) + ".");
    }
  }

  /** What a keystore says of itself, without a password; empty if there is none. */
  Optional<WalletAddress> addressOf(Key key) {
    if (!has(key)) {
      return Optional.empty();
    }
    try {
      return Optional.ofNullable(Keystore.open(key.in(settings.home())).address());
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.CONFIGURATION, "The key cannot be read: " + inWords(e) + ".");
    }
  }

  byte[] newKey() {
    byte[] key = new byte[32];
    while (true) {
      surroundings.chance().nextBytes(key);
      try {
        LocalSigner.ofKey(key);
        return key;
      } catch (IllegalArgumentException outOfTheCurve) {
        // One in 2¹²⁸.
      }
    }
  }

  /** From the file that is set, else from the one that an earlier start has made. */
  private Optional<Password> knownPassword() throws IOException {
    Path generated = settings.home().resolve(GENERATED_PASSWORD);
    if (settings.passwordFile().isPresent()) {
      return Optional.of(Password.read(settings.passwordFile().get()));
    }
    return Files.exists(generated) ? Optional.of(Password.read(generated)) : Optional.empty();
  }

  private Password passwordToSet(Path file) throws IOException {
    Optional<Password> known = knownPassword();
    if (known.isPresent()) {
      return known.get();
    }
    Optional<char[]> typed = surroundings.prompt().apply("New password for " + file + ": ");
    if (typed.isPresent() && typed.get().length > 0) {
      Optional<char[]> again = surroundings.prompt().apply("The same once more: ");
      if (again.isEmpty() || !Arrays.equals(typed.get(), again.get())) {
        throw new CommandFailure(ExitCode.USAGE, "The two passwords differ; nothing was made.");
      }
      return Password.of(CharBuffer.wrap(typed.get()));
    }
    Path generated = settings.home().resolve(GENERATED_PASSWORD);
    surroundings
        .err()
        .println(
            ("No password was given; a random one is kept in %s. Whoever can read that file and"
                    + " the keystore has the key.")
                .formatted(generated));
    return Password.generate(generated, surroundings.chance());
  }

  private Password ask(String words) {
    return surroundings
        .prompt()
        .apply(words)
        .map(typed -> Password.of(CharBuffer.wrap(typed)))
        .orElseThrow(() ->
            new CommandFailure(
                ExitCode.CONFIGURATION,
                "The key has a password, and nobody is there to type it; give a file with"
                    + " --password-file or ASSAY_PASSWORD_FILE."));
  }

  private static String inWords(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> missing.getFile() + " is not there";
      case AccessDeniedException denied -> denied.getFile() + " may not be read";
      default -> String.valueOf(e.getMessage());
    };
  }
}
