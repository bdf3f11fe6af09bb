package dev.assay.agent.market;

import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What came of one question to the market. */
public sealed interface Reply<T> {
  /** The market's name for the exchange, for its operator; null if it gave none. */
  @Nullable String requestId();

  /** The market answered. */
  record Answered<T>(T body, @Nullable String requestId) implements Reply<T> {}

  /**
   * No answer this time, or one that asks to come back later; the same question may be asked again.
   *
   * @param why what went wrong, as the middle of a sentence
   * @param notBefore how long the market asked us to wait, zero if it did not
   */
  record Deferred<T>(String why, Duration notBefore, @Nullable String requestId)
      implements Reply<T> {}

  /** The market does not know, or no longer knows, who asks: sign in, then ask again. */
  record SignedOut<T>(String why, @Nullable String requestId) implements Reply<T> {}

  /**
   * This question will not be accepted; asking it again would only load the market.
   *
   * @param why the reason, as whole sentences
   * @param byMarket whether a market said so in a market's form; else something between us and it
   *     may have spoken in its place
   * @param code the last part of the problem's type, such as {@code key-not-bound}; empty if it has
   *     none
   */
  record Refused<T>(String why, boolean byMarket, String code, @Nullable String requestId)
      implements Reply<T> {}

  /** The same reply with another body. */
  default <U> Reply<U> map(Function<T, U> change) {
    return switch (this) {
      case Answered<T>(T body, var id) -> new Answered<>(change.apply(body), id);
      case Deferred<T>(var why, var notBefore, var id) -> new Deferred<>(why, notBefore, id);
      case SignedOut<T>(var why, var id) -> new SignedOut<>(why, id);
      case Refused<T>(var why, var byMarket, var code, var id) ->
          new Refused<>(why, byMarket, code, id);
    };
  }
}
