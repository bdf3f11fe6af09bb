package dev.assay.marketplace.openai;

import dev.assay.marketplace.dispatch.JobFeeds;
import dev.assay.marketplace.job.CancelJob;
import dev.assay.marketplace.job.Job;
import dev.assay.marketplace.job.JobWaiters;
import dev.assay.marketplace.openai.PlaceOrder.Placed;
import dev.assay.marketplace.platform.Problem;
import java.time.Duration;
import org.springframework.stereotype.Service;

/**
 * Ends what its sender has hung up on, unless somebody else wants it: who has lost the connection
 * sends the same again, here or at another replica, and who has named it by a key may do so later.
 */
@Service
class LetGo {
  /** OpenAI's clients send again after half a second, and once more a second later. */
  static final Duration SENT_AGAIN_WITHIN = Duration.ofSeconds(2);

  private final JobFeeds feeds;
  private final JobWaiters waiters;
  private final RequestNames names;
  private final CancelJob cancelling;

  LetGo(JobFeeds feeds, JobWaiters waiters, RequestNames names, CancelJob cancelling) {
    this.feeds = feeds;
    this.waiters = waiters;
    this.names = names;
    this.cancelling = cancelling;
  }

  /** After {@link #SENT_AGAIN_WITHIN}, by one who neither waits nor follows any more. */
  void go(Placed placed) {
    try (JobFeeds.Following feed = feeds.follow(placed.job())) {
      go(placed, feed);
    }
  }

  /**
   * @param feed the sender's own
   */
  void go(Placed placed, JobFeeds.Following feed) {
    Job job = placed.job();
    boolean isWanted =
        placed.isKept()
            || !feed.isLast()
            || waiters.isWaitedFor(job.id())
            || !placed.named().map(names::letGo).orElse(true);
    if (!isWanted) {
      cancel(job);
    }
  }

  /** Whether it has ended because somebody let it go before it was sent again. */
  boolean hasGone(Placed placed) {
    return placed.isReplay() && placed.named().map(names::isLetGo).orElse(false);
  }

  /** Also if it is wanted: no answer can come of it. */
  void cancel(Job job) {
    try {
      cancelling.cancel(job);
    } catch (Problem executing) {
      // It is whole or nothing, and ends by itself.
    }
  }
}
