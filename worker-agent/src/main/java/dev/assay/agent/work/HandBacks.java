package dev.assay.agent.work;

import dev.assay.agent.market.Reply;
import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.protocol.wire.AttemptRef;
import dev.assay.protocol.wire.HandBack;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.Stream;

/** Leases on their way back to the market, so that their jobs go to another at once. */
final class HandBacks {
  /** One that does not get there lapses when the heartbeats stop. */
  private static final int TRIES = 3;

  private final Log log;
  private final Deque<HandBack> waiting = new ArrayDeque<>();
  private int tries;
  private long count;

  HandBacks(Log log) {
    this.log = log;
  }

  void add(AttemptRef attempt, HandBack.Reason reason, String words) {
    count++;
    String bounded =
        words.length() > HandBack.MAX_WORDS ? words.substring(0, HandBack.MAX_WORDS) : words;
    waiting.add(new HandBack(attempt, reason, bounded));
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** Those that the market still counts as leased. */
  Stream<AttemptRef> refs() {
    return waiting.stream().map(HandBack::attempt);
  }

  /** Since the start of the process. */
  long count() {
    return count;
  }

  /** The one to send now; it stays the next until an answer is heard. */
  HandBack next() {
    return waiting.getFirst();
  }

  /** What the market said to the {@link #next}. */
  void heard(Reply<Object> reply) {
    boolean again =
        switch (reply) {
          case Answered<Object> done -> false;
          case Refused<Object> refused -> {
            log.warn("A hand-back was refused: " + refused.why());
            yield false;
          }
          case SignedOut<Object> out -> true;
          case Deferred<Object> deferred -> true;
        };
    tries++;
    if (!again || tries == TRIES) {
      waiting.removeFirst();
      tries = 0;
    }
  }
}
