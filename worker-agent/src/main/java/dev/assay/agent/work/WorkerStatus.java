package dev.assay.agent.work;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.WalletAddress;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What {@code status} tells of a worker, in its own words.
 *
 * @param worker who is paid; null until the market has said it
 * @param sessionKey that signs for it
 * @param state what the worker does
 * @param because why it does nothing else
 * @param since when {@code state} and {@code because} became what they are
 * @param asOf when this was written
 * @param pollsAnswered since the start of the process
 * @param offers names of the models that are offered now
 * @param capacity jobs at a time
 * @param running jobs under way
 * @param counts of attempts since the start of the process
 * @param verdicts that it was asked for since then; null if it does not verify
 * @param skipped open jobs that the market did not give to this worker, counted by reason
 * @param lastRequestId the market's name for the latest exchange that had one
 * @param clockAheadSeconds our clock minus the market's; null before the first answer
 */
public record WorkerStatus(
    @Nullable WalletAddress worker,
    WalletAddress sessionKey,
    URI market,
    String agentVersion,
    long pid,
    State state,
    String because,
    Instant since,
    Instant asOf,
    long pollsAnswered,
    List<String> offers,
    int capacity,
    int running,
    Counts counts,
    @Nullable Verdicts verdicts,
    Map<String, Integer> skipped,
    @Nullable String lastRequestId,
    @Nullable Long clockAheadSeconds) {

  /** What a worker does. */
  public enum State {
    STARTING,
    IDLE,
    WORKING,
    PAUSED,
    DRAINING,
    WAITING_FOR_MARKET,
    REFUSED,
    STOPPED;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * How attempts ended.
   *
   * @param accepted the market counts them
   * @param refused by the market: late, or not what it asked for
   * @param failed in the model or its runtime
   * @param handedBack because the worker had no room for them, or left
   */
  public record Counts(long accepted, long refused, long failed, long handedBack) {
    static final Counts NONE = new Counts(0, 0, 0, 0);
  }

  /**
   * What became of the verdicts that it was asked for.
   *
   * @param signed and taken by the market
   * @param declined because what it found itself says otherwise, or nothing
   */
  public record Verdicts(long signed, long declined) {
    static final Verdicts NONE = new Verdicts(0, 0);
  }

  public WorkerStatus {
    offers = List.copyOf(offers);
    skipped = Map.copyOf(skipped);
  }

  static WorkerStatus starting(
      WalletAddress sessionKey,
      URI market,
      String agentVersion,
      long pid,
      int capacity,
      Instant now) {
    return new WorkerStatus(
        null,
        sessionKey,
        market,
        agentVersion,
        pid,
        State.STARTING,
        "It has not heard from the market yet.",
        now,
        now,
        0,
        List.of(),
        capacity,
        0,
        Counts.NONE,
        null,
        Map.of(),
        null,
        null);
  }

  /** Whether another says the same, but for the time at which it was written. */
  boolean saysTheSameAs(WorkerStatus other) {
    return equals(other.asOf(asOf));
  }

  private WorkerStatus asOf(Instant time) {
    return new WorkerStatus(
        worker,
        sessionKey,
        market,
        agentVersion,
        pid,
        state,
        because,
        since,
        time,
        pollsAnswered,
        offers,
        capacity,
        running,
        counts,
        verdicts,
        skipped,
        lastRequestId,
        clockAheadSeconds);
  }
}
