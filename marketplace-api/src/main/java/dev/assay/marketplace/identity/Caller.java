package dev.assay.marketplace.identity;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.WalletAddress;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Whose request this is; a parameter of controllers' methods. Only requests that are allowed to be
 * where they are get as far as a controller.
 *
 * @param wallet a requester's, or the staked wallet of a worker
 * @param sessionKey that a worker has signed in with; none for requesters
 * @param apiKey the key that was used; none for a signed-in wallet
 */
public record Caller(
    WalletAddress wallet,
    Audience audience,
    Optional<WalletAddress> sessionKey,
    Optional<UUID> apiKey,
    Set<Scope> scopes) {

  /** A credential of one audience is worth nothing with another. */
  public enum Audience {
    REQUESTER,
    WORKER
  }

  /** What a requester's credential may do. A signed-in wallet may do all of it. */
  public enum Scope {
    /** Post and cancel jobs, ask for quotes. */
    JOBS_WRITE,
    /** See jobs and their results. */
    JOBS_READ,
    /** See the purse. */
    ACCOUNT_READ,
    /** Mint and revoke keys. Never given to a key. */
    KEYS_WRITE;

    /** On the wire, for example {@code jobs:write}. */
    @JsonValue
    public String code() {
      return name().toLowerCase(Locale.ROOT).replace('_', ':');
    }

    /**
     * @throws IllegalArgumentException for anything that is not the {@link #code} of a scope
     */
    @JsonCreator
    public static Scope parse(String code) {
      for (Scope scope : values()) {
        if (scope.code().equals(code)) {
          return scope;
        }
      }
      throw new IllegalArgumentException(
          "A scope is one of %s."
              .formatted(
                  Arrays.stream(values()).map(Scope::code).collect(Collectors.joining(", "))));
    }
  }

  public Caller {
    scopes = Set.copyOf(scopes);
  }
}
