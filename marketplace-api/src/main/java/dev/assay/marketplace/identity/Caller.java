package dev.assay.marketplace.identity;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.WalletAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Whose request this is; a parameter of controllers' methods. Only requests that are allowed to be
 * where they are get as far as a controller.
 *
 * @param wallet a requester's, or the staked wallet of a worker
 * @param apiKey the key that was used; none for a signed-in wallet
 */
public record Caller(
    WalletAddress wallet, Audience audience, Optional<UUID> apiKey, Set<Scope> scopes) {

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

    /** For example {@code jobs:write}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', ':');
    }
  }

  public Caller {
    scopes = Set.copyOf(scopes);
  }

  /**
   * @throws Problem {@link ProblemType#FORBIDDEN} if the credential may not do that
   */
  public void require(Scope scope) {
    if (!scopes.contains(scope)) {
      throw new Problem(
          ProblemType.FORBIDDEN,
          "This key lacks the scope '%s'. Mint one that has it.".formatted(scope.label()));
    }
  }
}
