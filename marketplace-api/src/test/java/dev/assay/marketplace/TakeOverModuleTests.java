package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.platform.Replicas;
import dev.assay.protocol.JobId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
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
  private final Replicas replicas;
  private final JdbcClient jdbc;

  private TestRequester requester;

  TakeOverModuleTests(
      @Autowired TestMarket market,
      @Autowired FindJobs jobs,
      @Autowired Replicas replicas,
      @Autowired JdbcClient jdbc) {
    this.market = market;
    this.jobs = jobs;
    this.replicas = replicas;
    this.jdbc = jdbc;
  }

  @BeforeEach
  void parties() {
    market.opens();
    requester = market.requester(1_000_000);
    market.worker().offers(10_000);
  }

  @AfterEach
  void leave() {
    market.closes();
  }

  @Test
  void each_job_is_on_one_page_oldest_first_and_a_full_page_is_followed_by_another() {
    List<JobId> posted = posts(5);
    jdbc.sql("update open_job set replica = :dead where job = any(:jobs)")
        .param("dead", UUID.randomUUID())
        .param("jobs", posted.stream().map(JobId::uuid).toArray(UUID[]::new))
        .update();

    List<JobId> taken = new ArrayList<>();
    List<Job> page;
    do {
      page = jobs.takeOverOrphans(replicas.alive(), last(taken), PAGE);
      page.forEach(job -> taken.add(job.id()));
    } while (page.size() == PAGE);

    // Other classes may have left some, of contexts that are closed.
    assertThat(taken).doesNotHaveDuplicates().filteredOn(posted::contains).isEqualTo(posted);
    assertThat(jobs.takeOverOrphans(replicas.alive(), Optional.empty(), PAGE)).isEmpty();
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
