package dev.assay.marketplace.admin;

import dev.assay.marketplace.pause.Pause;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** The market in figures, read from what is written anyway; each by an index. */
@Component
class Overview {
  private static final Duration SPAN = Duration.ofHours(1);

  /** Epochs before these are long drawn, or will never be. */
  private static final int EPOCHS_LOOKED_AT = 200;

  /** Fewer jobs say nothing of one in ten. */
  private static final int ENOUGH = 20;

  private final JdbcClient jdbc;
  private final Pauses pauses;
  private final Clock clock;

  Overview(JdbcClient jdbc, Pauses pauses, Clock clock) {
    this.jdbc = jdbc;
    this.pauses = pauses;
    this.clock = clock;
  }

  /**
   * The market now.
   *
   * @param open jobs without an end, of which {@code executing} are leased
   * @param posted of the last hour, by the time in the jobs' ids, like what follows
   * @param attested of those
   * @param failed of those ended without a result that were not cancelled
   * @param success {@code attested} of all that ended and were not cancelled; null if none did
   * @param medianMillis from posting to the result
   * @param valueAtRisk what is charged for results whose check is not over: at most that could have
   *     been paid for wrong answers
   * @param workers that have ever asked for work, of which {@code selling} have offers
   */
  record OverviewBody(
      Instant at,
      long open,
      long executing,
      long posted,
      long attested,
      long failed,
      @Nullable BasisPoints success,
      @Nullable Long medianMillis,
      @Nullable Long p95Millis,
      TokenAmount spent,
      TokenAmount valueAtRisk,
      long workers,
      long selling,
      long auditsOpen,
      long casesOpen,
      List<PriceBody> prices,
      List<AlertBody> alerts) {}

  /**
   * What an operator should look at.
   *
   * @param name for programs, for example {@code success-low}
   */
  record AlertBody(String name, String words) {}

  /**
   * What a model costs now, for a million tokens.
   *
   * @param offers how many sell it
   */
  record PriceBody(
      Digest model, String profile, long offers, TokenAmount lowest, TokenAmount median) {}

  private record Recent(
      long posted,
      long attested,
      long failed,
      @Nullable Long median,
      @Nullable Long p95,
      TokenAmount spent) {}

  OverviewBody now() {
    Instant at = clock.instant();
    Recent recent = recent(at.minus(SPAN));
    long ended = recent.attested() + recent.failed();
    long open = count("select count(*) from open_job");
    long selling = count("select count(distinct worker) from offer");
    long casesOpen = count("select count(*) from court_case where state not in ('NONE', 'CLOSED')");
    return new OverviewBody(
        at,
        open,
        count(
            """
            select count(distinct a.job) from open_job o join assignment a on a.job = o.job
             where not exists (select 1 from assignment_end e
                                where e.job = a.job and e.attempt = a.attempt)\
            """),
        recent.posted(),
        recent.attested(),
        recent.failed(),
        ended == 0 ? null : new BasisPoints((int) (recent.attested() * 10_000 / ended)),
        recent.median(),
        recent.p95(),
        recent.spent(),
        valueAtRisk(),
        count("select count(*) from worker"),
        selling,
        count("select count(*) from audit where stage <> 'over'"),
        casesOpen,
        prices(),
        alerts(recent, open, selling, casesOpen));
  }

  private List<AlertBody> alerts(Recent recent, long open, long selling, long casesOpen) {
    List<AlertBody> alerts = new ArrayList<>();
    for (Pause pause : pauses.all()) {
      alerts.add(new AlertBody("paused", pause.words()));
    }
    long ended = recent.attested() + recent.failed();
    if (ended >= ENOUGH && recent.failed() * 10 > ended) {
      alerts.add(
          new AlertBody(
              "success-low",
              "%d of %d jobs that ended within the hour have no result."
                  .formatted(recent.failed(), ended)));
    }
    if (open > 0 && selling == 0) {
      alerts.add(new AlertBody("no-worker", "Jobs wait and nobody sells anything."));
    }
    if (casesOpen > 0) {
      alerts.add(new AlertBody("cases-open", "Cases are open at the Court: " + casesOpen + "."));
    }
    long withheld =
        count(
            """
            select count(*) from withheld_epoch w
             where w.epoch > (select max(number) - %d from epoch)\
            """
                .formatted(EPOCHS_LOOKED_AT));
    if (withheld > 0) {
      alerts.add(
          new AlertBody(
              "epoch-withheld",
              "The beacon of %d epochs was not revealed: nothing of them is drawn."
                  .formatted(withheld)));
    }
    return alerts;
  }

  private long count(String query) {
    return jdbc.sql(query).query(Long.class).single();
  }

  private Recent recent(Instant since) {
    return jdbc.sql(
            """
            select count(*) as posted,
                   count(*) filter (where e.outcome = 'attested') as attested,
                   count(*) filter (where e.outcome in ('expired', 'unserved')) as failed,
                   (percentile_cont(0.5) within group (order by extract(epoch from e.at - j.posted_at) * 1000)
                       filter (where e.outcome = 'attested'))::bigint as median,
                   (percentile_cont(0.95) within group (order by extract(epoch from e.at - j.posted_at) * 1000)
                       filter (where e.outcome = 'attested'))::bigint as p95,
                   coalesce(sum(e.price), 0)::text as spent
              from job j left join job_end e on e.job = j.id
             where j.id >= :since\
            """)
        .param("since", firstIdOf(since))
        .query((row, _) ->
            new Recent(
                row.getLong("posted"),
                row.getLong("attested"),
                row.getLong("failed"),
                (Long) row.getObject("median"),
                (Long) row.getObject("p95"),
                TokenAmount.parse(row.getString("spent"))))
        .single();
  }

  /** The smallest UUIDv7 of a time: its milliseconds are in front. */
  static UUID firstIdOf(Instant time) {
    return new UUID(time.toEpochMilli() << 16, 0);
  }

  /** Of an epoch whose draw is finished, only what is audited is not over. */
  private TokenAmount valueAtRisk() {
    return TokenAmount.parse(
        jdbc.sql(
                """
                select coalesce(sum(price), 0)::text from (
                    select a.price
                      from (select number from epoch order by number desc limit :looked) recent
                      left join chain_draw d on d.epoch = recent.number
                      join attestation a on a.epoch = recent.number
                     where d.finished is not true
                       and not exists (select 1 from check_end c where c.job = a.job)
                    union all
                    select l.price
                      from audit u join chain_draw d on d.epoch = u.epoch and d.finished
                      join sealed_leaf l on l.job = u.job and l.attempt = u.attempt
                     where u.stage <> 'over') unchecked\
                """)
            .param("looked", EPOCHS_LOOKED_AT)
            .query(String.class)
            .single());
  }

  private List<PriceBody> prices() {
    return jdbc.sql(
            """
            select model_digest, profile, count(*) as offers,
                   min(input_price)::text as lowest,
                   (percentile_disc(0.5) within group (order by input_price))::text as median
              from offer group by model_digest, profile order by model_digest, profile\
            """)
        .query((row, _) ->
            new PriceBody(
                Digest.of(row.getBytes("model_digest")),
                row.getString("profile"),
                row.getLong("offers"),
                TokenAmount.parse(row.getString("lowest")),
                TokenAmount.parse(row.getString("median"))))
        .list();
  }
}
