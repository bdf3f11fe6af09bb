package dev.assay.marketplace.admin;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Quarantine;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
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
  private final Clock clock;

  AdminSignalsController(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
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
   * How honest nodes of the operator's own agree about a model on a profile, within a day.
   *
   * @param isOn whether they disagree so often that nobody is slashed for it
   */
  record QuarantineBody(
      Digest model, String profile, long canaries, long disagreements, boolean isOn) {}

  /** All signals. */
  record SignalsBody(
      List<FlaggedBody> flagged,
      List<PairBody> pairs,
      List<TogetherBody> together,
      List<TwofoldBody> twofold,
      List<LapseBody> lapses,
      List<QuarantineBody> quarantines) {}

  /** Who was found wrong how often, who belongs together, who said two things. */
  @GetMapping("/api/admin/signals")
  SignalsBody signals() {
    return new SignalsBody(flagged(), pairs(), together(), twofold(), lapses(), quarantines());
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
          return new QuarantineBody(
              Digest.of(row.getBytes("model_digest")),
              row.getString("profile"),
              quarantine.canaries(),
              quarantine.disagreements(),
              quarantine.isOn());
        })
        .list();
  }
}
