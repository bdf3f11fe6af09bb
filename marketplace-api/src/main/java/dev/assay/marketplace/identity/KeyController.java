package dev.assay.marketplace.identity;

import dev.assay.marketplace.platform.IdempotencyKey;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/keys}: a wallet mints keys for its programs, sees and revokes them. */
@RestController
@RequestMapping("/api/keys")
class KeyController {
  private final ApiKeys keys;
  private final Credentials credentials;
  private final Clock clock;

  KeyController(ApiKeys keys, Credentials credentials, Clock clock) {
    this.keys = keys;
    this.credentials = credentials;
    this.clock = clock;
  }

  /**
   * @param secret shown now and never again
   */
  record MintedAnswer(String secret, KeyAnswer key) {
    @Override
    public String toString() {
      return "MintedAnswer[key=%s]".formatted(key.id());
    }
  }

  /** Amounts are atomic units; what is absent is not limited, or has not happened. */
  record KeyAnswer(
      KeyId id,
      String name,
      String prefix,
      List<Caller.Scope> scopes,
      @Nullable TokenAmount budget,
      @Nullable TokenAmount spent,
      @Nullable Integer ratePerMinute,
      Instant createdAt,
      @Nullable Instant expiresAt,
      @Nullable Instant revokedAt) {
    static KeyAnswer of(ApiKey key) {
      return new KeyAnswer(
          key.id(),
          key.name(),
          "assay_" + key.prefix(),
          key.scopes(),
          key.budget().orElse(null),
          key.budget().map(_ -> key.spent()).orElse(null),
          key.ratePerMinute().orElse(null),
          key.createdAt(),
          key.expiresAt().orElse(null),
          key.revokedAt().orElse(null));
    }
  }

  /** Mints a key for a program of the wallet. Its secret is in this answer and never again. */
  @Refuses({ProblemType.TOO_MANY_KEYS, ProblemType.KEY_EXISTS, ProblemType.IDEMPOTENCY_CONFLICT})
  @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.CREATED)
  MintedAnswer mint(
      Caller caller,
      @RequestHeader(name = IdempotencyKey.HEADER, required = false) @Nullable String requestKey,
      @RequestBody MintRequest request) {
    if (request.expiresAt() != null && !request.expiresAt().isAfter(clock.instant())) {
      throw new Problem(ProblemType.INVALID_BODY, "expiresAt is not in the future.");
    }
    var minted = keys.mint(caller.wallet(), request, IdempotencyKey.checked(requestKey));
    return new MintedAnswer(minted.secret().text(), KeyAnswer.of(minted.key()));
  }

  /**
   * The wallet's keys, also those that are revoked or lapsed, the newest first.
   *
   * @param after the id of the last key of the page before
   */
  @GetMapping
  Page<KeyAnswer> list(
      Caller caller,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit,
      @RequestParam(required = false) @Nullable String after) {
    Optional<KeyId> from =
        Page.after(after, text -> KeyId.parse(text).orElseThrow(IllegalArgumentException::new));
    var found = keys.list(caller.wallet(), from, limit.andOneMore());
    return Page.of(found.stream().map(KeyAnswer::of).toList(), limit);
  }

  /** Revokes a key, at once and for good. */
  @Refuses(ProblemType.NOT_FOUND)
  @DeleteMapping("/{id}")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void revoke(Caller caller, @PathVariable(name = "id") String id) {
    Digest hash =
        KeyId.parse(id)
            .flatMap(key -> keys.revoke(caller.wallet(), key))
            .orElseThrow(
                () -> new Problem(ProblemType.NOT_FOUND, "This wallet has no key of this id."));
    credentials.forget(hash);
  }
}
