package dev.assay.agent.work;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.WalletAddress;
import java.net.URI;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code status} tells of a worker, in its own words; written after each poll.
 *
 * @param state what the worker does
 * @param because why it does nothing else
 * @param since when {@code state} and {@code because} became what they are
 * @param asOf when this was written
 * @param pollsAnswered since the start of the process
 * @param lastRequestId the market's name for the latest exchange that had one
 * @param clockAheadSeconds our clock minus the market's; null before the first answer
 */
public record WorkerStatus(
    WalletAddress worker,
    URI market,
    String agentVersion,
    long pid,
    State state,
    String because,
    Instant since,
    Instant asOf,
    long pollsAnswered,
    @Nullable String lastRequestId,
    @Nullable Long clockAheadSeconds) {

  /** What a worker does. */
  public enum State {
    STARTING,
    IDLE,
    WAITING_FOR_MARKET,
    REFUSED,
    STOPPED;

    @JsonValue
    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  static WorkerStatus starting(
      WalletAddress worker, URI market, String agentVersion, long pid, Instant now) {
    return new WorkerStatus(
        worker,
        market,
        agentVersion,
        pid,
        State.STARTING,
        "It has not heard from the market yet.",
        now,
        now,
        0,
        null,
        null);
  }

  WorkerStatus answered(String because, Instant now, @Nullable String requestId, long clockAhead) {
    return next(State.IDLE, because, now, pollsAnswered + 1, requestId, clockAhead);
  }

  WorkerStatus became(State state, String because, Instant now, @Nullable String requestId) {
    return next(state, because, now, pollsAnswered, requestId, clockAheadSeconds);
  }

  private WorkerStatus next(
      State state,
      String because,
      Instant now,
      long pollsAnswered,
      @Nullable String requestId,
      @Nullable Long clockAhead) {
    boolean same = this.state == state && this.because.equals(because);
    return new WorkerStatus(
        worker,
        market,
        agentVersion,
        pid,
        state,
        because,
        same ? since : now,
        now,
        pollsAnswered,
        requestId == null ? lastRequestId : requestId,
        clockAhead);
  }

  boolean saysTheSameAs(WorkerStatus other) {
    return state == other.state && because.equals(other.because);
  }
}
