package dev.assay.marketplace.job;

import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import org.springframework.transaction.support.TransactionOperations;

/**
 * Jobs whose answers are held back until it is decided on them: several workers compute them, or
 * the strict replay has to confirm them. As rows.
 */
@Repository
public class Quorums {
  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final ApplicationEventPublisher events;
  private final Clock clock;

  Quorums(
      JdbcClient jdbc,
      TransactionOperations transaction,
      ApplicationEventPublisher events,
      Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.events = events;
    this.clock = clock;
  }

  /**
   * A quorum as it is now.
   *
   * @param isStrict whether the strict replay decides on answers, and not their agreement
   * @param voices the jobs by which it is computed, {@code job} first
   * @param decision none while an answer is waited for
   */
  public record Quorum(
      JobId job, int needed, boolean isStrict, List<JobId> voices, Optional<Decision> decision) {
    public Quorum {
      voices = List.copyOf(voices);
    }
  }

  /**
   * What came of it.
   *
   * @param chosen whose output is the result; none if too few agree
   * @param agreeing those voices that do
   */
  public record Decision(Optional<JobId> chosen, Set<JobId> agreeing, Instant at) {
    public Decision {
      agreeing = Set.copyOf(agreeing);
    }
  }

  /**
   * Within the transaction in which its voices are posted; does nothing for a job that is no voice.
   *
   * @param of the job whose next voice it is; none for the first
   */
  void open(Verification verification, Optional<JobId> of, List<JobId> voices, OneTrip trip) {
    if (!verification.isHeldBack()) {
      return;
    }
    JobId job = of.orElse(voices.getFirst());
    if (of.isEmpty()) {
      trip.add(
          """
          insert into quorum (job, needed, voices, strict) values (:job, :needed, :voices, :strict)
          """,
          Map.of(
              "job",
              job.uuid(),
              "needed",
              verification instanceof Verification.Quorum terms ? terms.needed() : 1,
              "voices",
              voices.size(),
              "strict",
              verification instanceof Verification.Strict));
    } else {
      trip.add(
          "update quorum set voices = voices + :more where job = :job",
          Map.of("more", voices.size(), "job", job.uuid()));
    }
    trip.add(
        """
        insert into quorum_voice (voice, quorum, position)
        select v.voice, :job, q.voices - :added + v.position - 1
        from quorum q, unnest(:voices::uuid[]) with ordinality as v (voice, position) where q.job = :job
        """,
        Map.of(
            "job", job.uuid(),
            "added", voices.size(),
            "voices", SqlArrays.texts(voices, JobId::uuid)));
  }

  /** Those of {@code jobs} whose answers are decided on. */
  public Map<JobId, Quorum> of(Collection<JobId> jobs) {
    Map<JobId, List<JobId>> voices = new HashMap<>();
    Map<JobId, Set<JobId>> agreeing = new HashMap<>();
    jdbc.sql(
            """
            select quorum, voice, agrees from quorum_voice where quorum = any(:jobs::uuid[])
            order by quorum, position
            """)
        .param("jobs", SqlArrays.texts(jobs, JobId::uuid))
        .query(row -> {
          var job = new JobId(row.getObject("quorum", UUID.class));
          var voice = new JobId(row.getObject("voice", UUID.class));
          voices.computeIfAbsent(job, _ -> new ArrayList<>()).add(voice);
          if (row.getBoolean("agrees")) {
            agreeing.computeIfAbsent(job, _ -> new HashSet<>()).add(voice);
          }
        });
    Map<JobId, Quorum> quorums = new HashMap<>();
    if (voices.isEmpty()) {
      return quorums;
    }
    jdbc.sql("select * from quorum where job = any(:jobs::uuid[])")
        .param("jobs", SqlArrays.texts(voices.keySet(), JobId::uuid))
        .query(row -> {
          var job = new JobId(row.getObject("job", UUID.class));
          Optional<JobId> chosen =
              Optional.ofNullable(row.getObject("chosen", UUID.class)).map(JobId::new);
          Optional<Decision> decision =
              Optional.ofNullable(row.getObject("decided_at", OffsetDateTime.class))
                  .map(at ->
                      new Decision(chosen, agreeing.getOrDefault(job, Set.of()), at.toInstant()));
          quorums.put(
              job,
              new Quorum(
                  job,
                  row.getInt("needed"),
                  row.getBoolean("strict"),
                  voices.getOrDefault(job, List.of()),
                  decision));
        });
    return quorums;
  }

  /** Those of {@code voices}, whatever they belong to, that nobody may see the answers of yet. */
  public Set<JobId> hidden(Collection<JobId> voices) {
    return new HashSet<>(
        jdbc.sql(
                """
                select v.voice from quorum_voice v join quorum q on q.job = v.quorum
                where v.voice = any(:voices::uuid[]) and q.decided_at is null
                """)
            .param("voices", SqlArrays.texts(voices, JobId::uuid))
            .query((row, _) -> new JobId(row.getObject("voice", UUID.class)))
            .list());
  }

  /** All voices of the quorum that {@code voice} is one of. */
  public List<JobId> voicesBeside(JobId voice) {
    return jdbc.sql(
            """
            select other.voice from quorum_voice v join quorum_voice other on other.quorum = v.quorum
            where v.voice = :voice order by other.position
            """)
        .param("voice", voice.uuid())
        .query((row, _) -> new JobId(row.getObject("voice", UUID.class)))
        .list();
  }

  /**
   * Of {@code voices}, those whose answer a quorum does not share, or not yet: while another is
   * waited for, or the strict replay, nobody knows who will be alone.
   */
  public Set<JobId> unshared(Collection<JobId> voices) {
    return new HashSet<>(
        jdbc.sql(
                """
                select v.voice from quorum_voice v join quorum q on q.job = v.quorum
                where v.voice = any(:voices::uuid[])
                  and (v.agrees = false or q.decided_at is null)
                """)
            .param("voices", SqlArrays.texts(voices, JobId::uuid))
            .query((row, _) -> new JobId(row.getObject("voice", UUID.class)))
            .list());
  }

  /**
   * Undecided ones that no replay decides, whose voices have all ended: of each requester one
   * before a second of any, and of one requester in the order in which they were answered.
   */
  public List<JobId> ripe(int limit) {
    return jdbc.sql(
            """
            select job from (
              select q.job, e.at, row_number() over (partition by j.requester order by e.at, q.job) as turn
              from quorum q join job j on j.id = q.job
              cross join lateral (
                select max(e.at) as at from quorum_voice v join job_end e on e.job = v.voice where v.quorum = q.job) e
              where q.decided_at is null and not q.strict and not exists (
                select from quorum_voice v join open_job o on o.job = v.voice where v.quorum = q.job)) ripe
            order by turn, at, job limit :limit
            """)
        .param("limit", limit)
        .query((row, _) -> new JobId(row.getObject("job", UUID.class)))
        .list();
  }

  /** How many strict jobs of each of {@code requesters} that has any are not decided. */
  Map<WalletAddress, Long> undecidedStrictOf(Collection<WalletAddress> requesters) {
    Map<WalletAddress, Long> undecided = new HashMap<>();
    jdbc.sql(
            """
            select j.requester, count(*) as jobs from quorum q join job j on j.id = q.job
            where q.strict and q.decided_at is null and j.requester = any(:requesters) group by j.requester
            """)
        .param("requesters", SqlArrays.texts(requesters, WalletAddress::hex))
        .query(row -> {
          undecided.put(new WalletAddress(row.getString("requester")), row.getLong("jobs"));
        });
    return undecided;
  }

  /** How many strict jobs are not decided; counts to {@code most} and no further. */
  public int undecidedStrict(int most) {
    return jdbc.sql(
            """
            select count(*) from (select from quorum where strict and decided_at is null limit :most) page
            """)
        .param("most", most)
        .query(Integer.class)
        .single();
  }

  /**
   * Of a strict job: its answer is not confirmed, so that it is audited. In the caller's
   * transaction.
   */
  public void refute(JobId voice) {
    jdbc.sql("update quorum_voice set agrees = false where voice = :voice")
        .param("voice", voice.uuid())
        .update();
  }

  /**
   * Once: what is decided stays so.
   *
   * @param answered all voices that have an answer
   */
  public void decide(
      JobId job, Optional<JobId> chosen, Set<JobId> agreeing, Collection<JobId> answered) {
    boolean isNews =
        Boolean.TRUE.equals(transaction.execute(_ -> keep(job, chosen, agreeing, answered)));
    if (isNews) {
      events.publishEvent(new QuorumDecided(job)); // after the commit: who is woken looks at once
    }
  }

  private boolean keep(
      JobId job, Optional<JobId> chosen, Set<JobId> agreeing, Collection<JobId> answered) {
    int decided =
        jdbc.sql(
                """
                update quorum set decided_at = :now, chosen = :chosen, agreeing = :agreeing
                where job = :job and decided_at is null
                """)
            .param("now", clock.instant().atOffset(ZoneOffset.UTC))
            .param("chosen", chosen.map(JobId::uuid).orElse(null))
            .param("agreeing", agreeing.size())
            .param("job", job.uuid())
            .update();
    if (decided == 0) {
      return false;
    }
    jdbc.sql(
            """
            update quorum_voice set agrees = voice = any(:agreeing::uuid[])
            where quorum = :job and voice = any(:answered::uuid[])
            """)
        .param("agreeing", SqlArrays.texts(agreeing, JobId::uuid))
        .param("answered", SqlArrays.texts(answered, JobId::uuid))
        .param("job", job.uuid())
        .update();
    return true;
  }
}
