package dev.assay.marketplace.admin;

import dev.assay.marketplace.admin.AskSettlement.Asked;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.admin.FundersReport;
import dev.assay.protocol.audit.Quarantine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * {@code /api/admin/signals}: what fraud looks like before it is proved. Each is a reason to look,
 * and none to punish: only evidence that the Court judges does that.
 */
@RestController
class AdminSignalsController {
  private static final int MOST = 20;

  /** Results that are looked at for who buys of whom. */
  private static final int LATEST = 10_000;

  /** Those of before are of no recent result. */
  private static final int EPOCHS_LOOKED_AT = 200;

  private static final int LEAST_BOUGHT = 10;
  private static final int NEARLY_ALL = 9_000;
  private static final Duration OF_LATE = Duration.ofHours(24);

  private final JdbcClient jdbc;
  private final AskSettlement asking;
  private final Clock clock;

  AdminSignalsController(JdbcClient jdbc, AskSettlement asking, Clock clock) {
    this.jdbc = jdbc;
    this.asking = asking;
    this.clock = clock;
  }

  /**
   * A requester that buys nearly all of one worker: its own, perhaps, to make it a record.
   *
   * @param share of what it bought of late
   */
  record PairBody(WalletAddress requester, WalletAddress worker, long results, BasisPoints share) {}

  /** Workers that enrolled within the same minute with the same agent: one owner, perhaps. */
  record TogetherBody(Instant minute, String agentVersion, List<WalletAddress> workers) {}

  /** A worker that audits found wrong. */
  record FlaggedBody(WalletAddress worker, FlagRate flags) {}

  /**
   * A verifier that did not do its work in an audit.
   *
   * @param reason {@code signed-blind} or {@code contradicted}
   */
  record LapseBody(WalletAddress verifier, JobId audit, String reason, Instant at) {}

  /** A worker that signed two results of one attempt, or not what it had streamed. */
  record TwofoldBody(WalletAddress worker, String what, long times) {}

  /**
   * How honest nodes of the operator's own agree about a model on a profile, within a day: each
   * that does not agree is a false positive of the rule.
   *
   * @param atLeast the true share of these, with 95 % confidence
   * @param budget so many may be, before nobody is slashed for it
   * @param isOn whether nobody is
   */
  record QuarantineBody(
      Digest model,
      String profile,
      long canaries,
      long disagreements,
      BasisPoints atLeast,
      BasisPoints atMost,
      BasisPoints budget,
      boolean isOn) {}

  /**
   * A worker that gave one answer to different inputs of one model: it computes none of them,
   * perhaps. Embeddings only; short chats are alike by chance.
   *
   * @param repeated of its latest {@code results}, those with an answer that it gave to another
   *     input too
   * @param atLeast the true share, with 95 % confidence
   */
  record RepeatedBody(
      WalletAddress worker, long results, long repeated, BasisPoints atLeast, BasisPoints atMost) {}

  /**
   * Two workers whose answers to the same inputs are alike to the last bit though they say that
   * they run on different profiles: one machine, perhaps, or one that copies. Embeddings only, and
   * no canaries.
   *
   * @param compared inputs that both answered
   * @param same of these
   * @param atLeast the true share, with 95 % confidence
   */
  record TwinsBody(
      WalletAddress worker,
      WalletAddress other,
      long compared,
      long same,
      BasisPoints atLeast,
      BasisPoints atMost) {}

  /**
   * All signals.
   *
   * @param funders wallets that paid for several others on chain; null if settlement could not be
   *     asked
   * @param settlementWords why it could not; empty if it could
   */
  record SignalsBody(
      List<FlaggedBody> flagged,
      List<PairBody> pairs,
      List<TogetherBody> together,
      List<TwofoldBody> twofold,
      List<LapseBody> lapses,
      List<QuarantineBody> quarantines,
      List<RepeatedBody> repeated,
      List<TwinsBody> twins,
      @Nullable FundersReport funders,
      String settlementWords) {}

  /** Who was found wrong how often, who belongs together, who answers alike, who paid for whom. */
  @GetMapping("/api/admin/signals")
  SignalsBody signals() {
    Asked<FundersReport> funders = asking.funders();
    Map<String, List<Seen>> seen = ofLatestResults();
    return new SignalsBody(
        flagged(),
        of(seen.get("buys"), Seen::pair),
        together(),
        twofold(),
        lapses(),
        quarantines(),
        of(seen.get("repeats"), Seen::repeated),
        of(seen.get("twins"), Seen::twins),
        funders.answer(),
        funders.words());
  }

  private List<FlaggedBody> flagged() {
    return jdbc.sql(
            """
            select worker, sum(audits)::bigint as audits, sum(failures)::bigint as failures
              from standing where worker in (select worker from standing where failures > 0)
             group by worker
             order by sum(failures) desc, worker limit :most\
            """)
        .param("most", MOST)
        .query((row, _) ->
            new FlaggedBody(
                new WalletAddress(row.getString("worker")),
                FlagRate.of(row.getLong("audits"), row.getLong("failures"))))
        .list();
  }

  /**
   * Who deals with whom and who answers alike, of the latest results, which are read once for all.
   * What was asked is in another table: only of results that could be a signal it is looked up, one
   * by one, else the planner would read all jobs there are. Of one answer the first few workers of
   * each profile are held against each other: else all who answered what everybody asks would be,
   * two by two.
   */
  private static final String OF_LATEST_RESULTS =
      """
      with latest as materialized (
          select job, requester, worker, model_digest, profile, output_digest from attestation
           where epoch > %d order by epoch desc limit :latest),
      bought as (
          select requester, worker, count(*) as results,
                 sum(count(*)) over (partition by requester) as total
            from latest group by requester, worker),
      counted as (
          select *, count(*) over (partition by worker, model_digest) as results,
                 count(*) over (partition by worker, model_digest, output_digest) as alike
            from latest),
      given as (
          select c.worker, c.model_digest, max(c.results) as results, count(*) as repeated
            from counted c cross join lateral (
                     select input_digest from job where id = c.job and kind = 'embeddings'
                      and not exists (select from canary_work where work = c.job) limit 1) j
           where c.alike > 1
           group by c.worker, c.model_digest, c.output_digest
          having count(distinct j.input_digest) > 1),
      spread as (
          select *, min(profile) over same <> max(profile) over same as is_suspected
            from latest window same as (partition by model_digest, output_digest)),
      alike as (
          select distinct s.worker, s.profile, s.model_digest, j.input_digest, s.output_digest
            from spread s cross join lateral (
                     select input_digest from job where id = s.job and kind = 'embeddings'
                      and not exists (select from canary_work where work = s.job) limit 1) j
           where s.is_suspected),
      first as (
          select * from (
              select *, row_number() over (
                         partition by model_digest, input_digest, output_digest, profile
                         order by worker) as place from alike) placed
           where place <= :most),
      pairs as (
          select a.worker, b.worker as other, count(*) as same
            from first a join first b using (model_digest, input_digest, output_digest)
           where a.profile <> b.profile and a.worker < b.worker
           group by a.worker, b.worker order by same desc, a.worker, b.worker limit :most),
      asked as (
          select distinct l.worker, l.profile, l.model_digest, j.input_digest
            from latest l cross join lateral (
                     select input_digest from job where id = l.job and kind = 'embeddings'
                      and not exists (select from canary_work where work = l.job) limit 1) j
           where l.worker in (select worker from pairs union select other from pairs))
      (select 'buys' as signal, requester as wallet, worker as other, results as part, total::bigint as whole
         from bought where results >= :least and results * 10000 / total >= :nearly
        order by part desc, wallet limit :most)
      union all
      (select 'repeats', worker, '', sum(repeated)::bigint as part, sum(results)::bigint
         from (select worker, max(results) as results, sum(repeated) as repeated
                 from given group by worker, model_digest) of_a_model
        group by worker order by part desc, worker limit :most)
      union all
      (select 'twins', p.worker, p.other, p.same, count(*)
         from pairs p join asked a on a.worker = p.worker
         join asked b on b.worker = p.other and b.model_digest = a.model_digest
          and b.input_digest = a.input_digest and b.profile <> a.profile
        group by p.worker, p.other, p.same order by p.same desc, p.worker, p.other)
      """;

  /**
   * A signal of the latest results.
   *
   * @param other empty if it is about one wallet
   * @param part of the {@code whole}, is so
   */
  private record Seen(String signal, String wallet, String other, long part, long whole) {
    FlagRate bounds() {
      return FlagRate.of(whole, part);
    }

    PairBody pair() {
      return new PairBody(
          new WalletAddress(wallet),
          new WalletAddress(other),
          part,
          new BasisPoints(Math.toIntExact(part * 10_000 / whole)));
    }

    RepeatedBody repeated() {
      return new RepeatedBody(
          new WalletAddress(wallet), whole, part, bounds().atLeast(), bounds().atMost());
    }

    TwinsBody twins() {
      return new TwinsBody(
          new WalletAddress(wallet),
          new WalletAddress(other),
          whole,
          part,
          bounds().atLeast(),
          bounds().atMost());
    }
  }

  /** With the number in the text, the planner knows how many results lie behind it. */
  private Map<String, List<Seen>> ofLatestResults() {
    long last = jdbc.sql("select coalesce(max(number), 0) from epoch").query(Long.class).single();
    return jdbc
        .sql(OF_LATEST_RESULTS.formatted(last - EPOCHS_LOOKED_AT))
        .param("latest", LATEST)
        .param("least", LEAST_BOUGHT)
        .param("nearly", NEARLY_ALL)
        .param("most", MOST)
        .query((row, _) ->
            new Seen(
                row.getString("signal"),
                row.getString("wallet"),
                row.getString("other"),
                row.getLong("part"),
                row.getLong("whole")))
        .list()
        .stream()
        .collect(Collectors.groupingBy(Seen::signal));
  }

  private static <T> List<T> of(@Nullable List<Seen> seen, Function<Seen, T> body) {
    return seen == null ? List.of() : seen.stream().map(body).toList();
  }

  private List<TogetherBody> together() {
    return jdbc.sql(
            """
            select date_trunc('minute', enrolled_at) as minute, agent_version,
                   array_agg(address order by address) as workers
              from worker group by 1, 2 having count(*) >= 3 order by 1 desc limit :most\
            """)
        .param("most", MOST)
        .query((row, _) ->
            new TogetherBody(
                row.getTimestamp("minute").toInstant(),
                row.getString("agent_version"),
                Arrays.stream((String[]) row.getArray("workers").getArray())
                    .limit(MOST)
                    .map(WalletAddress::new)
                    .toList()))
        .list();
  }

  private List<TwofoldBody> twofold() {
    return jdbc.sql(
            """
            select worker, what, count(*) as times from (
                select t.worker, 'contradiction' as what from contradiction c
                  join attestation t on t.job = c.job and t.attempt = c.attempt
                union all
                select a.worker, 'divergence' from divergence d
                  join assignment a on a.job = d.job and a.attempt = d.attempt) twofold
             group by worker, what order by times desc, worker limit :most\
            """)
        .param("most", MOST)
        .query((row, _) ->
            new TwofoldBody(
                new WalletAddress(row.getString("worker")),
                row.getString("what"),
                row.getLong("times")))
        .list();
  }

  private List<LapseBody> lapses() {
    return jdbc.sql("select * from verifier_lapse order by at desc limit :most")
        .param("most", MOST)
        .query((row, _) ->
            new LapseBody(
                new WalletAddress(row.getString("verifier")),
                new JobId(row.getObject("audit", UUID.class)),
                row.getString("reason"),
                row.getTimestamp("at").toInstant()))
        .list();
  }

  private List<QuarantineBody> quarantines() {
    return jdbc.sql(
            """
            select c.model_digest, c.profile, count(*) as answers,
                   count(*) filter (where w.outcome = 'invalid') as others
              from canary_work w join canary c on c.id = w.canary
             where w.is_reference and w.outcome in ('valid', 'invalid') and w.at > :since
             group by c.model_digest, c.profile order by c.model_digest, c.profile\
            """)
        .param("since", clock.instant().minus(OF_LATE).atOffset(ZoneOffset.UTC))
        .query((row, _) -> {
          var quarantine = new Quarantine(row.getLong("answers"), row.getLong("others"));
          FlagRate bounds = FlagRate.of(quarantine.canaries(), quarantine.disagreements());
          return new QuarantineBody(
              Digest.of(row.getBytes("model_digest")),
              row.getString("profile"),
              quarantine.canaries(),
              quarantine.disagreements(),
              bounds.atLeast(),
              bounds.atMost(),
              Quarantine.budget(),
              quarantine.isOn());
        })
        .list();
  }
}
