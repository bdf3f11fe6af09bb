package dev.assay.quickstart;

import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.PersonalMessage;
import dev.assay.protocol.SignInMessage;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.Home;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.HexFormat;

/**
 * A requester with money, and a worker with stake, on a developer's machine. The money comes from
 * the API's development faucet, which stands for the chain; keys and credentials are real and stay
 * in the home.
 */
final class DevelopmentAccounts {
  /** A thousand dollars at six decimals. */
  private static final String GIFT = "1000000000";

  private static final Clock CLOCK = Clock.systemUTC();
  private static final String STATEMENT = "Sign in to post jobs. No money moves.";

  private final LocalApi api;
  private final Path directory;

  DevelopmentAccounts(LocalApi api, Home home) {
    this.api = api;
    this.directory = home.resolve("requester");
  }

  /** Binds the worker's session key and gives it something to lose. */
  void stake(String worker, String sessionKey) {
    api.post(
        "/api/development/stakes",
        "",
        """
        {"worker":"%s","key":"%s","amount":"%s"}\
        """
            .formatted(worker, sessionKey, GIFT));
  }

  /** An API key of a requester with money; the same at every start, as long as it is good. */
  String requestersKey() {
    try {
      Path kept = directory.resolve("api-key");
      if (Files.isRegularFile(kept)) {
        String key = Files.readString(kept).strip();
        if (api.knows(key)) {
          return key;
        }
      }
      LocalSigner wallet = wallet();
      api.post(
          "/api/development/faucet",
          "",
          """
          {"wallet":"%s","amount":"%s"}\
          """
              .formatted(wallet.address(), GIFT));
      String minted =
          api.post(
              "/api/keys",
              signIn(wallet),
              """
              {"name":"quickstart","scopes":["jobs:write","jobs:read","account:read"]}\
              """);
      String key = LocalApi.member(minted, "secret");
      write(kept, key);
      return key;
    } catch (IOException e) {
      throw new UncheckedIOException("keeping the requester's key in " + directory, e);
    }
  }

  private String signIn(LocalSigner wallet) {
    String nonce = LocalApi.member(api.post("/api/auth/siwe/nonce", "", "{}"), "nonce");
    String message =
        new SignInMessage(
                api.address(),
                wallet.address(),
                STATEMENT,
                EvmNode.CHAIN_ID,
                nonce,
                CLOCK.instant())
            .text();
    String signed =
        api.post(
            "/api/auth/siwe/verify",
            "",
            """
            {"message":"%s","signature":"%s"}\
            """
                .formatted(message.replace("\n", "\\n"), PersonalMessage.sign(message, wallet)));
    return LocalApi.member(signed, "accessToken");
  }

  private LocalSigner wallet() throws IOException {
    Path file = directory.resolve("wallet-key");
    if (!Files.isRegularFile(file)) {
      byte[] key = new byte[32];
      new SecureRandom().nextBytes(key);
      LocalSigner.ofKey(key); // out of range once in 2¹²⁸: then the start fails and is repeated
      Files.createDirectories(directory);
      write(file, HexFormat.of().formatHex(key));
    }
    return LocalSigner.ofKey(HexFormat.of().parseHex(Files.readString(file).strip()));
  }

  private static void write(Path file, String secret) throws IOException {
    Files.deleteIfExists(file);
    Files.createFile(
        file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    Files.writeString(file, secret + "\n");
  }
}
