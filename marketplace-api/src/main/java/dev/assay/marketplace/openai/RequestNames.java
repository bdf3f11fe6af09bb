package dev.assay.marketplace.openai;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Optional;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Repository;

/**
 * What requests that are sent again stand for. OpenAI's clients do not name what they send again,
 * but count: so what is equal, and counted above 0, is what was sent before. It is written down
 * before anything is posted or held, in one row for all that are equal: whichever of them comes
 * first, and to whichever replica, they all stand for one.
 */
@Repository
class RequestNames {
  /** OpenAI's clients give up, retries and all, before as long. */
  static final Duration SENT_AGAIN_WITHIN = Duration.ofMinutes(30);

  /** A first request that was overtaken by its own repetition comes after as long at the latest. */
  private static final Duration OVERTAKEN_BY = Duration.ofSeconds(30);

  private final JdbcClient jdbc;
  private final Clock clock;

  RequestNames(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * A request by what it stands for.
   *
   * @param times how often it came, with this one
   */
  record Named(WalletAddress requester, Digest name, UUID standsFor, int times) {
    /** Whether the same was here before. */
    boolean isKnown() {
      return times > 1;
    }
  }

  /** Whether it stands for something, for whoever sends it again. */
  boolean has(Caller caller, Digest name) {
    return jdbc.sql(
            """
            select exists (select from request_name where requester = :requester and name = :name
                           and named_at > :since)
            """)
        .param("requester", caller.wallet().hex())
        .param("name", name.toBytes())
        .param("since", clock.instant().minus(SENT_AGAIN_WITHIN).atOffset(ZoneOffset.UTC))
        .query(Boolean.class)
        .single();
  }

  /** The first time, as far as its sender says: it stands for {@code fresh}. */
  Named first(Caller caller, Digest name, UUID fresh) {
    return name(caller.wallet(), name, fresh, false, false);
  }

  /**
   * Sent again.
   *
   * @param before what it became, if that is known from elsewhere
   * @param fresh what it will be, if nothing of it is known at all
   */
  Named again(Caller caller, Digest name, Optional<UUID> before, UUID fresh) {
    return name(caller.wallet(), name, before.orElse(fresh), true, before.isEmpty());
  }

  private Named name(
      WalletAddress requester, Digest name, UUID otherwise, boolean isAgain, boolean isAhead) {
    Instant now = clock.instant();
    return jdbc.sql(
            """
            insert into request_name as known (requester, name, stands_for, is_ahead, is_let_go, times, named_at)
            values (:requester, :name, :otherwise, :isAhead, false, 1, :now)
            on conflict (requester, name) do update set (stands_for, is_ahead, is_let_go, times, named_at) = (
              select case when same then known.stands_for else excluded.stands_for end,
                     case when same then known.is_ahead and :isAgain else excluded.is_ahead end,
                     same and known.is_let_go,
                     case when same then known.times + 1 else 1 end,
                     excluded.named_at
              from (select case when :isAgain then known.named_at > :since
                                else known.is_ahead and known.named_at > :overtaken end as same) s)
            returning stands_for, times
            """)
        .param("requester", requester.hex())
        .param("name", name.toBytes())
        .param("otherwise", otherwise)
        .param("isAgain", isAgain)
        .param("isAhead", isAhead)
        .param("now", now.atOffset(ZoneOffset.UTC))
        .param("since", now.minus(SENT_AGAIN_WITHIN).atOffset(ZoneOffset.UTC))
        .param("overtaken", now.minus(OVERTAKEN_BY).atOffset(ZoneOffset.UTC))
        .query((row, _) ->
            new Named(
                requester, name, row.getObject("stands_for", UUID.class), row.getInt("times")))
        .single();
  }

  /**
   * What {@code named} stands for has come to nothing: from now on it stands for {@code fresh}, or
   * for what another has put there in the meantime.
   */
  Named instead(Named named, UUID fresh) {
    return jdbc.sql(
            """
            update request_name set
              stands_for = case when stands_for = :old then :fresh else stands_for end,
              is_let_go = is_let_go and stands_for <> :old, times = times + 1
            where requester = :requester and name = :name
            returning stands_for, times
            """)
        .param("requester", named.requester().hex())
        .param("name", named.name().toBytes())
        .param("old", named.standsFor())
        .param("fresh", fresh)
        .query((row, _) ->
            new Named(
                named.requester(),
                named.name(),
                row.getObject("stands_for", UUID.class),
                row.getInt("times")))
        .optional()
        .orElseGet(() -> name(named.requester(), named.name(), fresh, true, false));
  }

  /**
   * Nobody wants what {@code named} stands for, as far as its sender says.
   *
   * @return whether that is so: nobody has sent the same again since, to whom it stands for that
   */
  boolean letGo(Named named) {
    return jdbc.sql(
            """
            update request_name set is_let_go = is_let_go or times = :times
            where requester = :requester and name = :name and stands_for = :standsFor
            returning times = :times
            """)
        .param("requester", named.requester().hex())
        .param("name", named.name().toBytes())
        .param("standsFor", named.standsFor())
        .param("times", named.times())
        .query(Boolean.class)
        .optional()
        .orElse(true);
  }

  /** Whether it was let go before it was sent again, or its name stands for another now. */
  boolean isLetGo(Named named) {
    return jdbc.sql(
            """
            select exists (select from request_name where requester = :requester and name = :name
                           and (is_let_go or stands_for <> :standsFor))
            """)
        .param("requester", named.requester().hex())
        .param("name", named.name().toBytes())
        .param("standsFor", named.standsFor())
        .query(Boolean.class)
        .single();
  }

  @ByOneReplica
  @Scheduled(fixedDelayString = "${marketplace.openai.sweep-every:10m}")
  void sweep() {
    jdbc.sql("delete from request_name where named_at <= :before")
        .param("before", clock.instant().minus(SENT_AGAIN_WITHIN).atOffset(ZoneOffset.UTC))
        .update();
  }
}
