package dev.assay.agent.market;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What came of one question for work. */
public sealed interface PollResult {
  /**
   * The market answered that there is no work.
   *
   * @param because the market's words for the provider, printable and bounded
   * @param serverTime the market's clock when it answered
   * @param requestId the market's name for this exchange, for its operator
   */
  record Idle(String because, Instant serverTime, @Nullable String requestId)
      implements PollResult {}

  /**
   * No answer this time, or one that asks to come back later; the same question may be asked again.
   *
   * @param why what went wrong, as the middle of a sentence
   * @param notBefore how long the market asked us to wait, zero if it did not
   */
  record Deferred(String why, Duration notBefore, @Nullable String requestId)
      implements PollResult {}

  /**
   * The market will never accept this question; asking again would only load it.
   *
   * @param why the market's reason, as whole sentences
   */
  record Refused(String why, @Nullable String requestId) implements PollResult {}
}
