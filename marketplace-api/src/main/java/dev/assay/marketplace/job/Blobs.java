package dev.assay.marketplace.job;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Inputs and outputs by their digest, the same content once, for as long as it may be asked for.
 */
@Component
public class Blobs {
  private static final int SWEPT_AT_ONCE = 1_000;

  /** What has just come is asked for at once: an input by the worker that has waited for it. */
  private static final Duration REMEMBERED_FOR = Duration.ofSeconds(10);

  private static final long REMEMBERED_BYTES = 8 << 20;

  /** What goes because its time is over. */
  private static final String OVER =
      """
      with due as (
        select digest from blob where kept_until < :now order by kept_until limit :most for update skip locked),
      gone as (
        delete from blob using due where blob.digest = due.digest returning requester, length(content) as bytes)
      """;

  /** What goes because no job needs it any more; another may have come since it was released. */
  private static final String RELEASED =
      """
      with due as (
        delete from released_input where digest in (
          select digest from released_input where after < :now order by after limit :most for update skip locked)
        returning digest),
      gone as (
        delete from blob using due where blob.digest = due.digest and blob.jobs = 0
        returning requester, length(content) as bytes)
      """;

  /** Counts no more what goes; requesters are locked in the order in which posts lock them. */
  private static final String SWEEP =
      """
      , counted as (
        select requester from kept_input where requester in (select requester from gone)
        order by requester for update),
      changed as (
        update kept_input set bytes = kept_input.bytes - less.bytes
        from (select requester, sum(bytes) as bytes from gone join counted using (requester) group by requester) as less
        where kept_input.requester = less.requester)
      select count(*) from due
      """;

  private final JdbcClient jdbc;
  private final JobSettings settings;
  private final Clock clock;
  private final Cache<Digest, byte[]> newest =
      Caffeine.newBuilder()
          .maximumWeight(REMEMBERED_BYTES)
          .weigher((Digest _, byte[] content) -> content.length + Digest.SIZE)
          .expireAfterWrite(REMEMBERED_FOR)
          .executor(Runnable::run)
          .build();

  Blobs(JdbcClient jdbc, JobSettings settings, Clock clock) {
    this.jdbc = jdbc;
    this.settings = settings;
    this.clock = clock;
  }

  /**
   * @param digest of the canonical bytes, not of {@code content}
   * @param content JSON of the protocol's {@code JobInput} or {@code JobOutput}
   */
  @SuppressWarnings("ArrayRecordComponent") // written once and never compared
  public record Blob(Digest digest, byte[] content, Instant keptUntil) {}

  /**
   * What a job computes on.
   *
   * @param requester who is counted as keeping it, if nobody has it here yet
   * @param jobs how many have it
   */
  record Input(WalletAddress requester, int jobs, Blob blob) {
    Digest digest() {
      return blob.digest();
    }

    private Input with(Input same) {
      Blob longer = blob.keptUntil().isAfter(same.blob.keptUntil()) ? blob : same.blob;
      return new Input(requester, jobs + same.jobs, longer);
    }
  }

  /**
   * As {@link #keep}, of inputs of new jobs. Locks blobs before what is counted of their
   * requesters.
   */
  void keepInputs(List<Input> inputs, OneTrip later) {
    List<Input> distinct =
        List.copyOf(
            inputs.stream()
                .collect(Collectors.toMap(Input::digest, input -> input, Input::with, TreeMap::new))
                .values());
    later.add(
        """
        with kept as (
          insert into blob (digest, content, kept_until, requester, jobs)
          select unnest(:digests), unnest(:contents), unnest(:untils::timestamptz[]), unnest(:requesters),
                 unnest(:jobs::int[])
          on conflict (digest) do update
          set kept_until = greatest(blob.kept_until, excluded.kept_until), jobs = blob.jobs + excluded.jobs
          returning new.requester, length(new.content) as bytes, old.digest is null as is_first)
        insert into kept_input (requester, bytes)
        select requester, sum(bytes) from kept where is_first group by requester order by requester
        on conflict (requester) do update set bytes = kept_input.bytes + excluded.bytes
        """,
        Map.of(
            "digests", SqlArrays.digests(distinct, Input::digest),
            "contents", SqlArrays.bytes(distinct, input -> input.blob().content()),
            "untils", SqlArrays.texts(distinct, input -> input.blob().keptUntil()),
            "requesters", SqlArrays.texts(distinct, Input::requester),
            "jobs", SqlArrays.texts(distinct, Input::jobs)));
  }

  /**
   * Of jobs that ended without a result: where no other has the same, it goes soon. Locks what is
   * released before blobs, as {@link #sweep} does.
   */
  void release(Collection<JobId> jobs, OneTrip later) {
    @Nullable String[] ids = SqlArrays.texts(jobs, JobId::uuid);
    later.add(
        """
        insert into released_input (digest, after)
        select distinct input_digest, :after::timestamptz from job where id = any(:jobs::uuid[]) order by input_digest
        on conflict (digest) do update set after = excluded.after
        """,
        Map.of("jobs", ids, "after", clock.instant().plus(settings.released()).toString()));
    later.add(
        """
        update blob set jobs = greatest(blob.jobs - over.jobs, 0)
        from (select locked.digest, ended.jobs
              from (select input_digest, count(*) as jobs from job where id = any(:jobs::uuid[])
                    group by input_digest) as ended
              join blob locked on locked.digest = ended.input_digest
              where locked.jobs is not null
              order by locked.digest for update of locked) as over
        where blob.digest = over.digest
        """,
        Map.of("jobs", ids));
  }

  /** How many bytes of inputs are here of each of {@code requesters} that has any. */
  Map<WalletAddress, Long> inputsOf(Collection<WalletAddress> requesters) {
    Map<WalletAddress, Long> kept = new HashMap<>();
    jdbc.sql("select requester, bytes from kept_input where requester = any(:requesters)")
        .param("requesters", SqlArrays.texts(requesters, WalletAddress::hex))
        .query(row -> {
          kept.put(new WalletAddress(row.getString("requester")), row.getLong("bytes"));
        });
    return kept;
  }

  /** Within the caller's transaction. What is there already is kept for the longer of the two. */
  public void keep(List<Blob> blobs, OneTrip later) {
    // In the order of their digests, and each once: two groups that share some cannot deadlock.
    List<Blob> distinct =
        blobs.stream()
            .collect(
                Collectors.toMap(
                    Blob::digest,
                    blob -> blob,
                    (a, b) -> a.keptUntil().isAfter(b.keptUntil()) ? a : b,
                    TreeMap::new))
            .values()
            .stream()
            .toList();
    later.add(
        """
        insert into blob (digest, content, kept_until)
        select unnest(:digests), unnest(:contents), unnest(:untils::timestamptz[])
        on conflict (digest) do update set kept_until = excluded.kept_until
        where blob.kept_until < excluded.kept_until
        """,
        Map.of(
            "digests", SqlArrays.digests(distinct, Blob::digest),
            "contents", SqlArrays.bytes(distinct, Blob::content),
            "untils", SqlArrays.texts(distinct, Blob::keptUntil)));
  }

  /** After the commit of {@link #keep}: for some seconds it is here without a question. */
  void remember(Blob blob) {
    newest.put(blob.digest(), blob.content());
  }

  /** None if it was never here, or its time is over. */
  public Optional<byte[]> find(Digest digest) {
    return jdbc.sql("select content from blob where digest = :digest")
        .param("digest", digest.toBytes())
        .query(byte[].class)
        .optional();
  }

  /** Those that are here. */
  public Map<Digest, byte[]> findAll(Collection<Digest> digests) {
    Map<Digest, byte[]> found = new HashMap<>(newest.getAllPresent(digests));
    List<Digest> others = digests.stream().filter(digest -> !found.containsKey(digest)).toList();
    if (others.isEmpty()) {
      return found;
    }
    jdbc.sql("select digest, content from blob where digest = any(:digests)")
        .param("digests", SqlArrays.digests(others, digest -> digest))
        .query(row -> {
          found.put(Digest.of(row.getBytes("digest")), row.getBytes("content"));
        });
    return found;
  }

  @ByOneReplica
  @Scheduled(
      initialDelayString = "${marketplace.blob.sweep-every:60s}",
      fixedDelayString = "${marketplace.blob.sweep-every:60s}")
  void sweep() {
    sweep(OVER);
    sweep(RELEASED);
  }

  private void sweep(String due) {
    int swept;
    do {
      swept =
          jdbc.sql(due + SWEEP)
              .param("now", clock.instant().atOffset(ZoneOffset.UTC))
              .param("most", SWEPT_AT_ONCE)
              .query(Integer.class)
              .single();
    } while (swept == SWEPT_AT_ONCE);
  }
}
