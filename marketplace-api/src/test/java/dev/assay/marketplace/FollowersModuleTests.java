package dev.assay.marketplace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.marketplace.dispatch.JobFeeds;
import dev.assay.marketplace.dispatch.JobFeeds.Following;
import dev.assay.marketplace.job.FindJobs;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.platform.Problem;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.beans.factory.annotation.Autowired;

@MarketModuleTest
@Timeout(60)
class FollowersModuleTests {
  private final TestMarket market;
  private final FindJobs jobs;
  private final JobFeeds feeds;
  private final List<Following> following = new ArrayList<>();

  FollowersModuleTests(
      @Autowired TestMarket market, @Autowired FindJobs jobs, @Autowired JobFeeds feeds) {
    this.market = market;
    this.jobs = jobs;
    this.feeds = feeds;
  }

  @BeforeEach
  void open() {
    market.opens();
    market.worker().offers(3);
  }

  @AfterEach
  void leave() {
    following.forEach(Following::close);
    market.closes();
  }

  private Job posted(TestRequester requester) {
    String id =
        requester.posts(
            """
            {"model":"all-minilm-l6-v2","input":{"kind":"embeddings","texts":["a"]}}\
            """);
    return jobs.find(requester.address(), id);
  }

  private void follow(Job job) {
    following.add(feeds.follow(job));
  }

  @Test
  void one_requester_cannot_take_the_places_of_all() {
    Job job = posted(market.requester(1_000));
    for (int i = 0; i < 2_500; i++) {
      follow(job);
    }

    assertThatThrownBy(() -> follow(job))
        .isInstanceOf(Problem.class)
        .hasMessageContaining("as many as one may");

    follow(posted(market.requester(1_000)));
    following.removeFirst().close();
    follow(job);
    assertThat(following).hasSize(2_501);
  }
}
