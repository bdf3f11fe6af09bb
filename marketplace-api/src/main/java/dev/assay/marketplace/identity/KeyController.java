package dev.assay.marketplace.identity;

import dev.assay.marketplace.platform.IdempotencyKey;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
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
  private static final int LONGEST_PAGE = 100;

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

  /**
   * @param hasMore whether there are more after the last of these
   */
  record Page(List<KeyAnswer> data, boolean hasMore) {}

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

  @GetMapping
  Page list(
      Caller caller,
      @RequestParam(name = "limit", defaultValue = "20") String limit,
      @RequestParam(name = "after", required = false) @Nullable String after) {
    int size = size(limit);
    var found = keys.list(caller.wallet(), cursor(after), size + 1);
    return new Page(found.stream().limit(size).map(KeyAnswer::of).toList(), found.size() > size);
  }

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

  private static int size(String text) {
    if (text.matches("[1-9][0-9]{0,2}") && Integer.parseInt(text) <= LONGEST_PAGE) {
      return Integer.parseInt(text);
    }
    throw new Problem(
        ProblemType.INVALID_PARAMETER,
        "limit is a whole number from 1 to %d.".formatted(LONGEST_PAGE));
  }

  private static Optional<KeyId> cursor(@Nullable String text) {
    if (text == null) {
      return Optional.empty();
    }
    var id = KeyId.parse(text);
    if (id.isEmpty()) {
      throw new Problem(
          ProblemType.INVALID_PARAMETER, "after is the id of the last key of the page before.");
    }
    return id;
  }
}
