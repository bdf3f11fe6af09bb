package dev.assay.marketplace.admin;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.WalletAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import tools.jackson.databind.json.JsonMapper;

/**
 * Stops and lets go many workers. Whom it concerns is written down when it is asked for; then each
 * is done once, whichever replica does it and however often one dies.
 */
@Component
class BulkActions {
  private static final int AT_ONCE = 100;

  private static final String PROGRESS =
      """
      select b.*, (select count(*) from bulk_target t
                    where t.action = b.id and t.done_at is not null) as done
        from bulk_action b
      """;

  private final JdbcClient jdbc;
  private final Pauses pauses;
  private final TransactionOperations transaction;
  private final JsonMapper json;
  private final Clock clock;

  BulkActions(
      JdbcClient jdbc,
      Pauses pauses,
      TransactionOperations transaction,
      JsonMapper json,
      Clock clock) {
    this.jdbc = jdbc;
    this.pauses = pauses;
    this.transaction = transaction;
    this.json = json;
    this.clock = clock;
  }

  /** What is done to each. */
  enum Deed {
    PAUSE,
    DRAIN,
    RESUME;

    @JsonValue
    String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Which workers; all that is said must hold.
   *
   * @param addresses none other than these
   */
  record WorkerFilter(
      @Nullable String agentVersion,
      @Nullable String region,
      @Nullable Instant enrolledFrom,
      @Nullable Instant enrolledUntil,
      @Nullable List<WalletAddress> addresses) {
    WorkerFilter {
      addresses = addresses == null ? null : List.copyOf(addresses);
    }

    boolean isEmpty() {
      return agentVersion == null
          && region == null
          && enrolledFrom == null
          && enrolledUntil == null
          && addresses == null;
    }
  }

  /**
   * How far it is.
   *
   * @param done of {@code total}
   */
  record Progress(UUID id, Deed deed, String reason, String by, Instant at, int total, long done) {}

  /**
   * @param id by whoever asks: the same again is the same action
   * @param request the id of the request that asked for it
   * @throws Problem {@link ProblemType#IDEMPOTENCY_CONFLICT} if another action has this id
   */
  Progress begin(
      UUID id, Deed deed, WorkerFilter filter, String reason, String by, String request) {
    String words = json.writeValueAsString(filter);
    String action = deed.code();
    transaction.executeWithoutResult(_ -> {
      jdbc.sql("select set_config('assay.request', :request, true)")
          .param("request", request)
          .query(String.class)
          .single();
      List<String> workers = matching(filter);
      int isNew =
          jdbc.sql(
                  """
                  insert into bulk_action (id, action, filter, reason, by, request, total)
                  values (:id, :action, :filter, :reason, :by, :request, :total)
                  on conflict (id) do nothing\
                  """)
              .param("id", id)
              .param("action", action)
              .param("filter", words)
              .param("reason", reason)
              .param("by", by)
              .param("request", request)
              .param("total", workers.size())
              .update();
      if (isNew == 1) {
        jdbc.sql("insert into bulk_target (action, worker) select :id, unnest(:workers)")
            .param("id", id)
            .param("workers", SqlArrays.texts(workers, worker -> worker))
            .update();
      }
    });
    boolean isSame =
        jdbc.sql(
                    """
                    select count(*) from bulk_action
                     where id = :id and action = :action and filter = :filter and reason = :reason\
                    """)
                .param("id", id)
                .param("action", action)
                .param("filter", words)
                .param("reason", reason)
                .query(Long.class)
                .single()
            > 0;
    if (!isSame) {
      throw new Problem(
          ProblemType.IDEMPOTENCY_CONFLICT, "Another bulk action has this id. Take a new one.");
    }
    return find(id).orElseThrow();
  }

  private List<String> matching(WorkerFilter filter) {
    List<WalletAddress> addresses = filter.addresses();
    return jdbc.sql(
            """
            select w.address from worker w
             where (:agent::text is null or w.agent_version = :agent)
               and (:from::timestamptz is null or w.enrolled_at >= :from)
               and (:until::timestamptz is null or w.enrolled_at < :until)
               and (:region::text is null or exists (
                    select from offer o where o.worker = w.address and o.region = :region))
               and (not :named or w.address = any(:addresses))
             order by w.address\
            """)
        .param("agent", filter.agentVersion())
        .param("region", filter.region())
        .param("from", time(filter.enrolledFrom()))
        .param("until", time(filter.enrolledUntil()))
        .param("named", addresses != null)
        .param(
            "addresses",
            SqlArrays.texts(addresses == null ? List.of() : addresses, WalletAddress::hex))
        .query((row, _) -> row.getString("address"))
        .list();
  }

  private static @Nullable OffsetDateTime time(@Nullable Instant at) {
    return at == null ? null : at.atOffset(ZoneOffset.UTC);
  }

  Optional<Progress> find(UUID id) {
    return jdbc.sql(PROGRESS + " where b.id = :id")
        .param("id", id)
        .query(BulkActions::progress)
        .optional();
  }

  /** The newest first. */
  List<Progress> latest(int most) {
    return jdbc.sql(PROGRESS + " order by b.at desc, b.id limit :most")
        .param("most", most)
        .query(BulkActions::progress)
        .list();
  }

  @ByOneReplica
  @WhenChanged
  @Scheduled(fixedDelayString = "${marketplace.admin.bulk-every:1s}")
  void work() {
    while (Boolean.TRUE.equals(transaction.execute(_ -> some()))) {
      // As long as there is something to do.
    }
  }

  /** Some of one action, which another replica does not do meanwhile. */
  private boolean some() {
    Optional<UUID> next =
        jdbc.sql(
                """
                select action from bulk_target where done_at is null
                 order by action limit 1 for update skip locked\
                """)
            .query(UUID.class)
            .optional();
    if (next.isEmpty()) {
      return false;
    }
    List<WalletAddress> workers =
        jdbc.sql(
                """
                update bulk_target t set done_at = :now
                  from (select worker from bulk_target
                         where action = :id and done_at is null
                         order by worker limit :most for update skip locked) part
                 where t.action = :id and t.worker = part.worker returning t.worker\
                """)
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .param("id", next.get())
            .param("most", AT_ONCE)
            .query((row, _) -> new WalletAddress(row.getString("worker")))
            .list();
    Progress action = find(next.get()).orElseThrow();
    pauses.setWorkers(
        workers,
        action.deed() != Deed.RESUME,
        action.deed() == Deed.DRAIN,
        action.reason(),
        action.by(),
        "bulk " + action.id());
    return !workers.isEmpty();
  }

  private static Progress progress(ResultSet row, int index) throws SQLException {
    return new Progress(
        row.getObject("id", UUID.class),
        Deed.valueOf(row.getString("action").toUpperCase(Locale.ROOT)),
        row.getString("reason"),
        row.getString("by"),
        row.getTimestamp("at").toInstant(),
        row.getInt("total"),
        row.getLong("done"));
  }
}
