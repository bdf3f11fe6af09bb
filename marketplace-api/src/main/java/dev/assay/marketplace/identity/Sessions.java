package dev.assay.marketplace.identity;

import static java.time.ZoneOffset.UTC;

import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** Wallets that are signed in. */
@Component
class Sessions {
  private final JdbcClient jdbc;
  private final IdentitySettings settings;
  private final TransactionOperations transaction;
  private final Clock clock;

  Sessions(
      JdbcClient jdbc, IdentitySettings settings, TransactionOperations transaction, Clock clock) {
    this.jdbc = jdbc;
    this.settings = settings;
    this.transaction = transaction;
    this.clock = clock;
  }

  /**
   * Begins a session and uses up the nonce, in one statement: of any number of calls with one nonce
   * one begins a session.
   *
   * @param signedBy the wallet itself, or a worker's session key
   * @return when it ends; nothing if the nonce is not ours, was used, or has lapsed
   */
  Optional<Instant> begin(
      Digest token,
      Caller.Audience audience,
      WalletAddress wallet,
      WalletAddress signedBy,
      String nonce) {
    Instant now = clock.instant();
    Instant expiresAt = now.plus(lifetime(audience));
    boolean isBegun =
        Boolean.TRUE.equals(
            transaction.execute(_ -> {
              boolean isAccepted =
                  insert(token, audience, wallet, signedBy, nonce, now, expiresAt) == 1;
              if (isAccepted) {
                endOldest(audience, signedBy);
              }
              return isAccepted;
            }));
    return isBegun ? Optional.of(expiresAt) : Optional.empty();
  }

  private int insert(
      Digest token,
      Caller.Audience audience,
      WalletAddress wallet,
      WalletAddress signedBy,
      String nonce,
      Instant now,
      Instant expiresAt) {
    return jdbc.sql(
            """
            with accepted as (
                delete from sign_in_nonce
                where nonce = :nonce and expires_at > :now
                returning nonce)
            insert into wallet_session
                (token_hash, audience, wallet, signed_by, created_at, expires_at)
            select :token, :audience, :wallet, :signedBy, :now, :expiresAt from accepted\
            """)
        .param("nonce", nonce)
        .param("now", now.atOffset(UTC))
        .param("token", token.toBytes())
        .param("audience", audience.name())
        .param("wallet", wallet.hex())
        .param("signedBy", signedBy.hex())
        .param("expiresAt", expiresAt.atOffset(UTC))
        .update();
  }

  private void endOldest(Caller.Audience audience, WalletAddress signedBy) {
    jdbc.sql(
            """
            with ended as (
                delete from wallet_session where token_hash in (
                    select token_hash from wallet_session
                    where signed_by = :signedBy and audience = :audience
                    order by created_at desc, token_hash
                    offset :limit)
                returning token_hash)
            insert into ended_credential (token_hash) select token_hash from ended\
            """)
        .param("signedBy", signedBy.hex())
        .param("audience", audience.name())
        .param("limit", settings.sessions().perSigner())
        .update();
  }

  Optional<Credential> find(Digest token) {
    return jdbc.sql(
            """
            select audience, wallet, signed_by, expires_at from wallet_session
            where token_hash = :token\
            """)
        .param("token", token.toBytes())
        .query((row, _) -> {
          var audience = Caller.Audience.valueOf(row.getString("audience"));
          var wallet = new WalletAddress(row.getString("wallet"));
          var signedBy = new WalletAddress(row.getString("signed_by"));
          Optional<WalletAddress> sessionKey =
              audience == Caller.Audience.WORKER ? Optional.of(signedBy) : Optional.empty();
          return new Credential(
              token,
              new Caller(wallet, audience, sessionKey, Optional.empty(), scopes(audience)),
              signedBy,
              row.getTimestamp("expires_at").toInstant(),
              rate(audience));
        })
        .optional();
  }

  void end(Digest token) {
    jdbc.sql(
            """
            with ended as (
                delete from wallet_session where token_hash = :token returning token_hash)
            insert into ended_credential (token_hash) select token_hash from ended\
            """)
        .param("token", token.toBytes())
        .update();
  }

  void sweep() {
    jdbc.sql("delete from wallet_session where expires_at <= :now")
        .param("now", clock.instant().atOffset(UTC))
        .update();
  }

  private Duration lifetime(Caller.Audience audience) {
    return switch (audience) {
      case REQUESTER -> settings.sessions().requester();
      case WORKER -> settings.sessions().worker();
    };
  }

  private int rate(Caller.Audience audience) {
    return switch (audience) {
      case REQUESTER -> settings.rates().requester();
      case WORKER -> settings.rates().worker();
    };
  }

  private static Set<Caller.Scope> scopes(Caller.Audience audience) {
    return switch (audience) {
      case REQUESTER -> EnumSet.allOf(Caller.Scope.class);
      case WORKER -> Set.of();
    };
  }
}
