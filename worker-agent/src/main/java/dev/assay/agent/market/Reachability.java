package dev.assay.agent.market;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What a look at the market's address found, for {@code doctor}. */
public sealed interface Reachability {
  /**
   * A market answers there.
   *
   * @param clockAhead how far our clock is ahead of its {@code Date} header; null if it sent none
   */
  record Reachable(@Nullable Duration clockAhead) implements Reachability {}

  /** Something answers HTTP there, but does not name its exchanges as every market does. */
  record NotAMarket(int status) implements Reachability {}

  /**
   * Nothing answers there.
   *
   * @param why as the middle of a sentence
   */
  record Unreachable(String why) implements Reachability {}
}
