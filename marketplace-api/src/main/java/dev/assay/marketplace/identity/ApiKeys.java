package dev.assay.marketplace.identity;

import static java.time.ZoneOffset.UTC;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.security.MessageDigest;
import java.sql.Array;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** The keys that wallets have minted. Every question names the owner: another's key is none. */
@Component
class ApiKeys {
  /** How long a key that is over is still listed. */
  private static final Duration KEPT = Duration.ofDays(30);

  /** Of one wallet, with those that are over. */
  private static final int MOST_KEPT = 1000;

  private final JdbcClient jdbc;
  private final IdentitySettings settings;
  private final TransactionOperations transaction;
  private final RandomGenerator chance;
  private final Clock clock;
  private final Ids ids;

  ApiKeys(
      JdbcClient jdbc,
      IdentitySettings settings,
      TransactionOperations transaction,
      RandomGenerator chance,
      Clock clock,
      Ids ids) {
    this.jdbc = jdbc;
    this.settings = settings;
    this.transaction = transaction;
    this.chance = chance;
    this.clock = clock;
    this.ids = ids;
  }

  /** A new key, with the secret that nobody will see again. */
  record Minted(ApiKey key, BearerToken.ApiKeyToken secret) {}

  /**
   * @param requestKey the {@code Idempotency-Key}; null if there is none
   * @throws Problem {@link ProblemType#TOO_MANY_KEYS} if the wallet has as many as it may have,
   *     {@link ProblemType#KEY_EXISTS} if the same request has minted one before, {@link
   *     ProblemType#IDEMPOTENCY_CONFLICT} if another request of the same name has
   */
  Minted mint(WalletAddress owner, MintRequest request, @Nullable String requestKey) {
    var secret = BearerToken.ApiKeyToken.create(chance);
    var key =
        new ApiKey(
            new KeyId(ids.next()),
            request.name(),
            secret.prefix(),
            List.copyOf(request.scopes()),
            Optional.ofNullable(request.budget()),
            TokenAmount.ZERO,
            Optional.ofNullable(request.ratePerMinute()),
            clock.instant().truncatedTo(ChronoUnit.MICROS), // as the database keeps it
            Optional.ofNullable(request.expiresAt()),
            Optional.empty());
    transaction.executeWithoutResult(_ -> {
      lock(owner);
      if (requestKey != null) {
        requireNew(owner, requestKey, request.digest());
      }
      requireRoom(owner, key.createdAt());
      insert(owner, key, secret.hash(), requestKey, request.digest());
    });
    return new Minted(key, secret);
  }

  /** Until this transaction has ended, what is read of the owner's keys holds. */
  private void lock(WalletAddress owner) {
    jdbc.sql("select pg_advisory_xact_lock(hashtextextended('api_key ' || :owner, 0))")
        .param("owner", owner.hex())
        .query((_, _) -> true)
        .single();
  }

  /** We cannot answer a retry as we answered first: of the secret there is only its hash. */
  private void requireNew(WalletAddress owner, String requestKey, Digest requestDigest) {
    jdbc.sql("select id, request_digest from api_key where owner = :owner and request_key = :key")
        .param("owner", owner.hex())
        .param("key", requestKey)
        .query((row, _) -> {
          var id = new KeyId(row.getObject("id", UUID.class));
          return Digest.of(row.getBytes("request_digest")).equals(requestDigest)
              ? new Problem(
                  ProblemType.KEY_EXISTS,
                  ("This request has minted %s. Its secret was in the first answer and is kept"
                          + " nowhere. If that answer is lost, revoke the key and mint another"
                          + " under a new Idempotency-Key.")
                      .formatted(id))
              : new Problem(
                  ProblemType.IDEMPOTENCY_CONFLICT,
                  "This Idempotency-Key names %s, for which something else was asked."
                      .formatted(id));
        })
        .optional()
        .ifPresent(problem -> {
          throw problem;
        });
  }

  private void requireRoom(WalletAddress owner, Instant now) {
    long[] counts =
        jdbc.sql(
                """
                select count(*) filter (
                           where revoked_at is null and coalesce(expires_at > :now, true)) as live,
                       count(*) as kept
                from api_key where owner = :owner\
                """)
            .param("owner", owner.hex())
            .param("now", now.atOffset(UTC))
            .query((row, _) -> new long[] {row.getLong("live"), row.getLong("kept")})
            .single();
    if (counts[0] >= settings.keys().perWallet() || counts[1] >= MOST_KEPT) {
      throw new Problem(
          ProblemType.TOO_MANY_KEYS,
          "A wallet has at most %d keys, and %d with those that were over in the last %d days."
              .formatted(settings.keys().perWallet(), MOST_KEPT, KEPT.toDays()));
    }
  }

  private void insert(
      WalletAddress owner,
      ApiKey key,
      Digest secretHash,
      @Nullable String requestKey,
      Digest requestDigest) {
    jdbc.sql(
            """
            insert into api_key (id, owner, name, prefix, secret_hash, scopes, rate_per_minute,
                                 created_at, expires_at, budget, request_key, request_digest)
            values (:id, :owner, :name, :prefix, :secretHash,
                    string_to_array(:scopes, ','), cast(:rate as integer), :createdAt,
                    cast(:expiresAt as timestamptz), cast(:budget as numeric),
                    cast(:requestKey as text),
                    case when cast(:requestKey as text) is not null then cast(:requestDigest as bytea) end)\
            """)
        .param("id", key.id().uuid())
        .param("owner", owner.hex())
        .param("name", key.name())
        .param("prefix", key.prefix())
        .param("secretHash", secretHash.toBytes())
        .param("scopes", String.join(",", key.scopes().stream().map(Enum::name).toList()))
        .param("rate", key.ratePerMinute().orElse(null))
        .param("createdAt", key.createdAt().atOffset(UTC))
        .param("expiresAt", key.expiresAt().map(time -> time.atOffset(UTC)).orElse(null))
        .param("budget", key.budget().map(TokenAmount::toString).orElse(null))
        .param("requestKey", requestKey)
        .param("requestDigest", requestDigest.toBytes())
        .update();
  }

  /**
   * Newest first.
   *
   * @param after where to go on; nothing to begin with the newest
   */
  List<ApiKey> list(WalletAddress owner, Optional<KeyId> after, int limit) {
    return jdbc.sql(
            """
            select id, name, prefix, scopes, budget, spent, rate_per_minute, created_at, expires_at,
                   revoked_at
            from api_key
            where owner = :owner
              and id < coalesce(cast(:after as uuid), 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by id desc
            limit :limit\
            """)
        .param("owner", owner.hex())
        .param("after", after.map(id -> id.uuid().toString()).orElse(null))
        .param("limit", limit)
        .query((row, _) -> key(row))
        .list();
  }

  /**
   * Revoking again changes nothing.
   *
   * @return the hash of the secret; nothing if the owner has no such key
   */
  Optional<Digest> revoke(WalletAddress owner, KeyId id) {
    return jdbc.sql(
            """
            with revoked as (
                update api_key set revoked_at = coalesce(revoked_at, greatest(:now, created_at))
                where id = :id and owner = :owner
                returning secret_hash),
            told as (
                insert into ended_credential (token_hash) select secret_hash from revoked)
            select secret_hash from revoked\
            """)
        .param("id", id.uuid())
        .param("owner", owner.hex())
        .param("now", clock.instant().atOffset(UTC))
        .query((row, _) -> Digest.of(row.getBytes("secret_hash")))
        .optional();
  }

  /** Nothing for a key that is not, or no longer, good. */
  Optional<Credential> find(BearerToken.ApiKeyToken token) {
    Digest hash = token.hash();
    return jdbc.sql(
            """
            select id, owner, secret_hash, scopes, rate_per_minute, expires_at from api_key
            where prefix = :prefix and revoked_at is null\
            """)
        .param("prefix", token.prefix())
        .query((row, _) -> credential(row, hash))
        .optional()
        .flatMap(found -> found);
  }

  private Optional<Credential> credential(ResultSet row, Digest hash) throws SQLException {
    // The prefix is no secret, so what else there is must not be found out byte by byte.
    if (!MessageDigest.isEqual(row.getBytes("secret_hash"), hash.toBytes())) {
      return Optional.empty();
    }
    var owner = new WalletAddress(row.getString("owner"));
    var id = new KeyId(row.getObject("id", UUID.class));
    int rate = row.getInt("rate_per_minute");
    return Optional.of(
        new Credential(
            hash,
            new Caller(
                owner,
                Caller.Audience.REQUESTER,
                Optional.empty(),
                Optional.of(id.uuid()),
                Set.copyOf(scopes(row))),
            owner,
            instant(row, "expires_at").orElse(Instant.MAX),
            rate == 0 ? settings.rates().requester() : rate));
  }

  void sweep() {
    jdbc.sql("delete from api_key where least(revoked_at, expires_at) < :before")
        .param("before", clock.instant().minus(KEPT).atOffset(UTC))
        .update();
  }

  private static ApiKey key(ResultSet row) throws SQLException {
    int rate = row.getInt("rate_per_minute");
    return new ApiKey(
        new KeyId(row.getObject("id", UUID.class)),
        row.getString("name"),
        row.getString("prefix"),
        scopes(row),
        Optional.ofNullable(row.getString("budget")).map(TokenAmount::parse),
        TokenAmount.parse(row.getString("spent")),
        rate == 0 ? Optional.empty() : Optional.of(rate),
        row.getTimestamp("created_at").toInstant(),
        instant(row, "expires_at"),
        instant(row, "revoked_at"));
  }

  private static List<Caller.Scope> scopes(ResultSet row) throws SQLException {
    Array scopes = row.getArray("scopes");
    return Arrays.stream((String[]) scopes.getArray()).map(Caller.Scope::valueOf).toList();
  }

  private static Optional<Instant> instant(ResultSet row, String column) throws SQLException {
    @Nullable Timestamp time = row.getTimestamp(column);
    return Optional.ofNullable(time).map(Timestamp::toInstant);
  }
}
