package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.platform.ReplicaId;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.wire.Lease;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.simple.JdbcClient;

/** What a process that is no more saw to, however much of it there is. */
@MarketModuleTest
@Timeout(60)
class TakeOverModuleTests {
  private static final int PAGE = 2;

  private final TestMarket market;
  private final FindJobs jobs;
  private final ReplicaId here;
  private final JdbcClient jdbc;

  /** It lives until a test says otherwise. */
  private final UUID other = UUID.randomUUID();

  private TestRequester requester;

  TakeOverModuleTests(
      @Autowired TestMarket market,
      @Autowired FindJobs jobs,
      @Autowired ReplicaId here,
      @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jobs = jobs;
    this.here = here;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
    market.worker().offers(10_000);
    jdbc.sql(
            "insert into replica (id, started_at, seen_at) values (:id, clock_timestamp(),"
                + " clock_timestamp() + interval '1 hour')")
        .param("id", other)
        .update();
  }

  @AfterEach
  void leave() {
    jdbc.sql("delete from replica where id = :id").param("id", other).update();
    market.closes();
  }

  @Test
  void each_job_is_on_one_page_oldest_first_and_a_full_page_is_followed_by_another() {
    List<JobId> posted = posts(5);
    give(posted, other);
    Set<UUID> alive = Set.of(here.id());

    List<JobId> taken = new ArrayList<>();
    List<Job> page;
    do {
      page = jobs.takeOverOrphans(alive, last(taken), PAGE);
      page.forEach(job -> taken.add(job.id()));
    } while (page.size() == PAGE);

    // Other classes may have left some, of contexts that are closed.
    assertThat(taken).doesNotHaveDuplicates().filteredOn(posted::contains).isEqualTo(posted);
    assertThat(jobs.takeOverOrphans(alive, Optional.empty(), PAGE)).isEmpty();
  }

  @Test
  void a_job_that_is_left_behind_by_one_whose_death_was_told_before_is_taken_over_too() {
    List<JobId> posted = posts(2);
    UUID dead = UUID.randomUUID();

    give(posted.subList(0, 1), dead);
    give(posted.subList(1, 2), other);

    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertThat(ownerOf(posted.getFirst())).isEqualTo(here.id()));
    assertThat(ownerOf(posted.getLast())).as("of one that lives").isEqualTo(other);
  }

  @Test
  void a_lease_that_is_committed_though_the_answer_was_an_error_lapses_when_nobody_beats() {
    TestWorker worker = market.worker().offers(10_000);
    JobId known = posts(1).getFirst();
    worker.sends(worker.result(worker.leases()));
    JobId job = posts(1).getFirst();
    jdbc.sql(
            """
            insert into assignment (job, attempt, signed_job, worker, profile, region, input_price, output_price,
                                    price, concurrency, digest, epoch, assigned_at, deadline, replica)
            select :job, 1, :signed, worker, profile, region, input_price, output_price,
                   price, concurrency, digest, epoch, assigned_at, deadline, replica
            from assignment where job = :known
            """)
        .param("job", job.uuid())
        .param("signed", signed(job).toBytes())
        .param("known", known.uuid())
        .update();
    assertThat(worker.asks(1, "0s").leases()).as("the attempt is taken").isEmpty();

    TestWorker next = market.worker().offers(10_000);
    Lease again =
        await()
            .atMost(Duration.ofSeconds(40))
            .until(() -> next.asks(1, "1s").leases(), leases -> !leases.isEmpty())
            .getFirst();
    assertThat(again.assignment().jobId()).isEqualTo(signed(job));
    assertThat(again.assignment().attempt()).isEqualTo(2);
  }

  @Test
  void whose_job_has_ended_though_nobody_told_is_stopped() {
    JobId job = posts(1).getFirst();
    TestWorker worker = market.worker().offers(10_000);
    Lease lease = worker.leases();
    jdbc.sql(
            """
            with closed as (delete from open_job where job = :job)
            insert into job_end (job, outcome, because, at) values (:job, 'cancelled', '', now())
            """)
        .param("job", job.uuid())
        .update();

    await()
        .atMost(Duration.ofSeconds(40))
        .until(() -> worker.beats(lease).stop().contains(lease.ref()));
  }

  private Digest signed(JobId job) {
    return jobs.all(List.of(job)).values().iterator().next().signedId();
  }

  private void give(List<JobId> posted, UUID owner) {
    jdbc.sql("update open_job set replica = :owner where job = any(:jobs)")
        .param("owner", owner)
        .param("jobs", posted.stream().map(JobId::uuid).toArray(UUID[]::new))
        .update();
  }

  private UUID ownerOf(JobId job) {
    return jdbc.sql("select replica from open_job where job = :job")
        .param("job", job.uuid())
        .query(UUID.class)
        .single();
  }

  @Test
  void what_this_process_sees_to_is_read_a_page_at_a_time() {
    List<JobId> posted = posts(3);

    List<Job> first = jobs.withoutEndAfter(Optional.empty(), PAGE);
    List<Job> next = jobs.withoutEndAfter(Optional.of(posted.getFirst()), PAGE);

    assertThat(first).hasSize(PAGE).extracting(job -> job.id().uuid().toString()).isSorted();
    assertThat(next).extracting(Job::id).containsExactlyElementsOf(posted.subList(1, 3));
  }

  private List<JobId> posts(int count) {
    return IntStream.range(0, count)
        .mapToObj(number ->
            requester.posts(
                """
                {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["%d"]}}\
                """
                    .formatted(number)))
        .map(JobId::parse)
        .toList();
  }

  private static Optional<JobId> last(List<JobId> jobs) {
    return jobs.isEmpty() ? Optional.empty() : Optional.of(jobs.getLast());
  }
}
