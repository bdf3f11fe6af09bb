package dev.assay.marketplace.audit;

import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.Outcome;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** What the strict replay found, as rows. */
@Repository
class StrictReplays {
  private final JdbcClient jdbc;

  StrictReplays(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /**
   * Of each requester the strict job whose turn it is, the one that was answered first, in the
   * order of answers: who has many waits for those that have few, and nobody for more than one of
   * another. What somebody replays already is passed over, if there is anything else.
   */
  List<JobId> turns(Instant now) {
    return jdbc.sql(
            """
            select job from (
              select distinct on (j.requester) q.job, e.at
              from quorum q join job j on j.id = q.job
              cross join lateral (
                select voice from quorum_voice where quorum = q.job order by position desc limit 1) last
              join job_end e on e.job = last.voice
              left join strict_replay r on r.voice = last.voice
              where q.strict and q.decided_at is null
              order by j.requester, coalesce(r.claimed_until > :now, false), e.at, q.job) turn
            order by at, job
            """)
        .param("now", now.atOffset(ZoneOffset.UTC))
        .query((row, _) -> new JobId(row.getObject("job", UUID.class)))
        .list();
  }

  /**
   * An answer that the caller may replay now, and nobody else.
   *
   * @param tries this one included
   * @param found what came of an earlier try, if what follows from it was not yet done
   */
  record Claim(JobId voice, int tries, Optional<Outcome> found) {}

  /**
   * @param until nobody else may have it
   * @return none if somebody else has it
   */
  Optional<Claim> claim(JobId voice, Instant now, Instant until) {
    return jdbc.sql(
            """
            insert into strict_replay (voice, claimed_until, tries) values (:voice, :until, 1)
            on conflict (voice) do update set claimed_until = excluded.claimed_until, tries = strict_replay.tries + 1
            where strict_replay.claimed_until <= :now
            returning tries, outcome
            """)
        .param("voice", voice.uuid())
        .param("now", now.atOffset(ZoneOffset.UTC))
        .param("until", until.atOffset(ZoneOffset.UTC))
        .query((row, _) ->
            new Claim(
                voice,
                row.getInt("tries"),
                Optional.ofNullable(row.getString("outcome"))
                    .map(outcome -> Outcome.valueOf(outcome.toUpperCase(Locale.ROOT)))))
        .optional();
  }

  /** Lets it be tried again from then on. */
  void release(JobId voice, Instant from) {
    jdbc.sql("update strict_replay set claimed_until = :from where voice = :voice")
        .param("from", from.atOffset(ZoneOffset.UTC))
        .param("voice", voice.uuid())
        .update();
  }

  /**
   * Once: what was found stays.
   *
   * @param reference digest of the replay's output, if there is one
   * @param because of the finding, in words
   */
  void record(
      JobId voice, Outcome outcome, Optional<Digest> reference, String because, Instant now) {
    jdbc.sql(
            """
            update strict_replay set outcome = :outcome, reference_digest = :reference, because = :because,
              replayed_at = :now
            where voice = :voice and outcome is null
            """)
        .param("outcome", outcome.name().toLowerCase(Locale.ROOT))
        .param("reference", reference.map(Digest::toBytes).orElse(null))
        .param("because", because)
        .param("now", now.atOffset(ZoneOffset.UTC))
        .param("voice", voice.uuid())
        .update();
  }

  /**
   * Since when a closed epoch waits for answers of its own to be replayed, since their rates follow
   * from that; none if it does not.
   */
  Optional<Instant> awaitedSince(long epoch) {
    return jdbc.sql(
            """
            select e.closed_at from epoch e where e.number = :epoch and exists (
              select from quorum q join quorum_voice v on v.quorum = q.job join attestation a on a.job = v.voice
              where q.strict and q.decided_at is null and v.agrees is null and a.epoch = e.number)
            """)
        .param("epoch", epoch)
        .query((row, _) -> row.getObject("closed_at", OffsetDateTime.class).toInstant())
        .optional();
  }

  /** Whether it is still to be found out if this answer is the result. */
  boolean isAwaited(JobId voice) {
    return jdbc.sql(
            """
            select exists (
              select from quorum_voice v join quorum q on q.job = v.quorum
              where v.voice = :voice and q.strict and q.decided_at is null and v.agrees is null)
            """)
        .param("voice", voice.uuid())
        .query(Boolean.class)
        .single();
  }

  /** Of {@code jobs}, the answers to strict ones that the replay has not confirmed. */
  Set<JobId> unconfirmed(Collection<JobId> jobs) {
    return new HashSet<>(
        jdbc.sql(
                """
                select v.voice from quorum_voice v join quorum q on q.job = v.quorum
                left join strict_replay r on r.voice = v.voice
                where v.voice = any(:jobs::uuid[]) and q.strict and r.outcome is distinct from 'valid'
                """)
            .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
            .query((row, _) -> new JobId(row.getObject("voice", UUID.class)))
            .list());
  }
}
