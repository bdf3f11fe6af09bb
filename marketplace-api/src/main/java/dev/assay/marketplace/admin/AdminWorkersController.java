package dev.assay.marketplace.admin;

import dev.assay.marketplace.pause.Pause;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/admin/workers}: who works here, what it sells, and what audits have shown of it. */
@RestController
class AdminWorkersController {
  private static final int RECENT = 20;

  /** How many of the last epochs are looked through for a worker that has many results. */
  private static final List<Long> LOOKED_AT = List.of(10L, 200L);

  /** Beyond it, it is only said that there are as many. */
  private static final int MOST_COUNTED = 1_000;

  private static final String SUMMARY =
      """
      select w.address, w.agent_version, w.enrolled_at,
             coalesce(s.bonded, 0)::text as bonded, coalesce(s.thawing, 0)::text as thawing,
             coalesce(s.frozen, 0)::text as frozen,
             (select count(*) from offer o where o.worker = w.address) as offers,
             (select coalesce(sum(o.concurrency), 0) from offer o where o.worker = w.address) as slots,
             (select count(*) from (select 1 from attestation a where a.worker = w.address limit :counted) latest) as results,
             (select coalesce(sum(t.audits), 0) from standing t where t.worker = w.address) as audits,
             (select coalesce(sum(t.failures), 0) from standing t where t.worker = w.address) as failures,
             (select count(*) from court_case c where c.accused = w.address) as cases,
             (select count(*) from verifier_lapse l where l.verifier = w.address) as lapses
        from worker w left join stake s on s.worker = w.address
      """;

  private final JdbcClient jdbc;
  private final Pauses pauses;

  AdminWorkersController(JdbcClient jdbc, Pauses pauses) {
    this.jdbc = jdbc;
    this.pauses = pauses;
  }

  /**
   * A worker.
   *
   * @param state {@code selling} if it has offers, {@code idle} if it has none, {@code paused} or
   *     {@code draining} if an operator has stopped it
   * @param slots how many jobs its offers take at once
   * @param results that it has signed; 1000 stands for as many or more
   * @param flags how often audits found it wrong
   * @param lapses audits in which it did not do its work as a verifier
   */
  record AdminWorkerBody(
      WalletAddress address,
      String state,
      String agentVersion,
      Instant enrolledAt,
      TokenAmount bonded,
      TokenAmount thawing,
      TokenAmount frozen,
      long offers,
      long slots,
      long results,
      FlagRate flags,
      long cases,
      long lapses) {}

  /** What it sells; prices are for a million tokens. */
  record AdminOfferBody(
      Digest model,
      String profile,
      TokenAmount inputPrice,
      TokenAmount outputPrice,
      int concurrency,
      String region,
      Instant publishedAt) {}

  /** What audits have shown of it with one model on one profile. */
  record StandingBody(Digest model, String profile, long passesInARow, FlagRate flags) {}

  /**
   * A lease that it had and signed a result for.
   *
   * @param millis from the lease to the result
   */
  record AdminAttemptBody(
      JobId job, int attempt, Instant assignedAt, long millis, TokenAmount price) {}

  /** A worker and all that is known of it. */
  record AdminWorkerDetail(
      AdminWorkerBody worker,
      @Nullable String pausedBecause,
      List<WalletAddress> sessionKeys,
      List<AdminOfferBody> offers,
      List<StandingBody> standings,
      List<AdminAttemptBody> recent) {}

  /**
   * The workers, by their wallets.
   *
   * @param after the wallet of the last one of the page before
   * @param selling {@code true} for those with offers only
   */
  @GetMapping("/api/admin/workers")
  Page<AdminWorkerBody> workers(
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = "false") boolean selling,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    WalletAddress from = Page.after(after, WalletAddress::new).orElse(null);
    Map<String, Pause> paused = paused();
    List<AdminWorkerBody> found =
        jdbc.sql(
                SUMMARY
                    + " where w.address > :after"
                    + (selling
                        ? " and exists (select 1 from offer o where o.worker = w.address)"
                        : "")
                    + " order by w.address limit :limit")
            .param("counted", MOST_COUNTED)
            .param("after", from == null ? "" : from.hex())
            .param("limit", limit.andOneMore())
            .query((row, _) -> worker(row, paused))
            .list();
    return Page.of(found, limit);
  }

  /** A worker: its offers, keys and track record, and what it did last. */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/admin/workers/{address}")
  AdminWorkerDetail worker(@PathVariable String address) {
    String wallet = wallet(address);
    Map<String, Pause> paused = paused();
    AdminWorkerBody worker =
        jdbc.sql(SUMMARY + " where w.address = :worker")
            .param("counted", MOST_COUNTED)
            .param("worker", wallet)
            .query((row, _) -> worker(row, paused))
            .optional()
            .orElseThrow(AdminWorkersController::unknown);
    Pause pause = paused.get(wallet);
    return new AdminWorkerDetail(
        worker,
        pause == null ? null : pause.reason(),
        of(
                "select key from session_key where worker = :worker and dead_at is null order by"
                    + " key",
                wallet)
            .query((row, _) -> new WalletAddress(row.getString("key")))
            .list(),
        of("select * from offer where worker = :worker order by model_digest, profile", wallet)
            .query(AdminWorkersController::offer)
            .list(),
        of("select * from standing where worker = :worker order by model_digest, profile", wallet)
            .query((row, _) ->
                new StandingBody(
                    Digest.of(row.getBytes("model_digest")),
                    row.getString("profile"),
                    row.getLong("passes"),
                    FlagRate.of(row.getLong("audits"), row.getLong("failures"))))
            .list(),
        recent(wallet, worker.results()));
  }

  /** Of a worker with many results the newest lie in the last epochs: else all would be sorted. */
  private List<AdminAttemptBody> recent(String wallet, long results) {
    if (results >= MOST_COUNTED) {
      long last = jdbc.sql("select max(number) from epoch").query(Long.class).single();
      for (long epochs : LOOKED_AT) {
        List<AdminAttemptBody> found = since(wallet, last - epochs);
        if (found.size() == RECENT) {
          return found;
        }
      }
    }
    return since(wallet, 0);
  }

  /** With the number in the text, the planner knows how few these are. */
  private List<AdminAttemptBody> since(String wallet, long epoch) {
    return of(
            """
            select t.job, t.attempt, s.assigned_at, t.price::text as price,
                   (extract(epoch from t.received_at - s.assigned_at) * 1000)::bigint as millis
              from (select * from attestation where worker = :worker and epoch > %d
                     order by received_at desc limit %d) t
              join assignment s on s.job = t.job and s.attempt = t.attempt
             order by t.received_at desc\
            """
                .formatted(epoch, RECENT),
            wallet)
        .query((row, _) ->
            new AdminAttemptBody(
                new JobId(row.getObject("job", UUID.class)),
                row.getInt("attempt"),
                row.getTimestamp("assigned_at").toInstant(),
                row.getLong("millis"),
                TokenAmount.parse(row.getString("price"))))
        .list();
  }

  private static String wallet(String address) {
    try {
      return new WalletAddress(address).hex();
    } catch (IllegalArgumentException e) {
      throw unknown();
    }
  }

  private static Problem unknown() {
    return new Problem(ProblemType.NOT_FOUND, "No worker of this wallet has asked for work here.");
  }

  private JdbcClient.StatementSpec of(String query, String worker) {
    return jdbc.sql(query).param("worker", worker);
  }

  private Map<String, Pause> paused() {
    return pauses.all().stream()
        .filter(pause -> pause.what() == Pause.What.WORKER)
        .collect(Collectors.toMap(Pause::subject, Function.identity()));
  }

  private static AdminWorkerBody worker(ResultSet row, Map<String, Pause> paused)
      throws SQLException {
    var address = new WalletAddress(row.getString("address"));
    long offers = row.getLong("offers");
    String state = offers > 0 ? "selling" : "idle";
    Pause pause = paused.get(address.hex());
    return new AdminWorkerBody(
        address,
        pause == null ? state : pause.isDrain() ? "draining" : "paused",
        row.getString("agent_version"),
        row.getTimestamp("enrolled_at").toInstant(),
        TokenAmount.parse(row.getString("bonded")),
        TokenAmount.parse(row.getString("thawing")),
        TokenAmount.parse(row.getString("frozen")),
        offers,
        row.getLong("slots"),
        row.getLong("results"),
        FlagRate.of(row.getLong("audits"), row.getLong("failures")),
        row.getLong("cases"),
        row.getLong("lapses"));
  }

  private static AdminOfferBody offer(ResultSet row, int index) throws SQLException {
    return new AdminOfferBody(
        Digest.of(row.getBytes("model_digest")),
        row.getString("profile"),
        TokenAmount.parse(row.getString("input_price")),
        TokenAmount.parse(row.getString("output_price")),
        row.getInt("concurrency"),
        row.getString("region"),
        row.getTimestamp("published_at").toInstant());
  }
}
