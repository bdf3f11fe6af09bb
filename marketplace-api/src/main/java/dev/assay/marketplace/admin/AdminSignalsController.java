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
import java.util.UUID;
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
    return new SignalsBody(
        flagged(),
        pairs(),
        together(),
        twofold(),
        lapses(),
        quarantines(),
        repeated(),
        twins(),
        funders.answer(),
        funders.words());
  }

  private List<FlaggedBody> flagged() {
    return jdbc.sql(
            """
            select worker, sum(audits)::bigint as audits, sum(failures)::bigint as failures
              from standing group by worker having sum(failures) > 0
             order by sum(failures) desc, worker limit :most\
            """)
        .param("most", MOST)
        .query((row, _) ->
            new FlaggedBody(
                new WalletAddress(row.getString("worker")),
                FlagRate.of(row.getLong("audits"), row.getLong("failures"))))
        .list();
  }

  private List<PairBody> pairs() {
    return jdbc.sql(
            """
            with latest as (
                select requester, worker from attestation
                 where epoch > (select max(number) - 200 from epoch) order by epoch desc limit :latest),
            bought as (
                select requester, worker, count(*) as results,
                       sum(count(*)) over (partition by requester) as total
                  from latest group by requester, worker)
            select requester, worker, results, (results * 10000 / total)::int as share from bought
             where results >= :least and results * 10000 / total >= :nearly
             order by results desc, requester limit :most\
            """)
        .param("latest", LATEST)
        .param("least", LEAST_BOUGHT)
        .param("nearly", NEARLY_ALL)
        .param("most", MOST)
        .query((row, _) ->
            new PairBody(
                new WalletAddress(row.getString("requester")),
                new WalletAddress(row.getString("worker")),
                row.getLong("results"),
                new BasisPoints(row.getInt("share"))))
        .list();
  }

  /** The latest embeddings, of which audits and quorums may ask the same several times. */
  private static final String LATEST_ANSWERS =
      """
      with latest as (
          select job, attempt, worker, output_digest from attestation
           where epoch > (select max(number) - 200 from epoch) order by epoch desc limit :latest),
      answers as (
          select l.job, l.worker, l.output_digest, j.input_digest, j.model_digest, a.profile
            from latest l join job j on j.id = l.job
            join assignment a on a.job = l.job and a.attempt = l.attempt
           where j.kind = 'embeddings'
             and not exists (select from canary_work c where c.work = l.job))
      """;

  private List<RepeatedBody> repeated() {
    return jdbc.sql(
            LATEST_ANSWERS
                + """
                , given as (
                    select worker, model_digest, output_digest, count(*) as results,
                           count(distinct input_digest) as inputs
                      from answers group by worker, model_digest, output_digest)
                select worker, sum(results)::bigint as results,
                       (sum(results) filter (where inputs > 1))::bigint as repeated
                  from given group by worker having max(inputs) > 1
                 order by repeated desc, worker limit :most\
                """)
        .param("latest", LATEST)
        .param("most", MOST)
        .query((row, _) -> {
          FlagRate bounds = FlagRate.of(row.getLong("results"), row.getLong("repeated"));
          return new RepeatedBody(
              new WalletAddress(row.getString("worker")),
              bounds.audits(),
              bounds.failures(),
              bounds.atLeast(),
              bounds.atMost());
        })
        .list();
  }

  private List<TwinsBody> twins() {
    return jdbc.sql(
            LATEST_ANSWERS
                + """
                , given as (select distinct worker, profile, model_digest, input_digest, output_digest from answers)
                select a.worker, b.worker as other, count(*) as compared,
                       count(*) filter (where a.output_digest = b.output_digest) as same
                  from given a join given b
                    on b.model_digest = a.model_digest and b.input_digest = a.input_digest
                   and b.profile <> a.profile and b.worker > a.worker
                 group by a.worker, b.worker
                having count(*) filter (where a.output_digest = b.output_digest) > 0
                 order by same desc, a.worker, b.worker limit :most\
                """)
        .param("latest", LATEST)
        .param("most", MOST)
        .query((row, _) -> {
          FlagRate bounds = FlagRate.of(row.getLong("compared"), row.getLong("same"));
          return new TwinsBody(
              new WalletAddress(row.getString("worker")),
              new WalletAddress(row.getString("other")),
              bounds.audits(),
              bounds.failures(),
              bounds.atLeast(),
              bounds.atMost());
        })
        .list();
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
