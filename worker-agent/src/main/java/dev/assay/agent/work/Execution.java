package dev.assay.agent.work;

import dev.assay.agent.backend.InferenceBackend;
import dev.assay.agent.key.UnsentResults.Unsent;
import dev.assay.protocol.content.ChatInput;
import dev.assay.protocol.wire.Lease;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A lease that is held: under way if it has a slot, else next for one. */
final class Execution {
  private final Lease lease;
  private final InferenceBackend backend;
  private final Instant heldSince;
  private final LiveOutput output = new LiveOutput();
  private @Nullable Thread slot;
  private @Nullable Thread stream;

  /** How one ended. */
  sealed interface Outcome {
    Execution execution();

    record Finished(Execution execution, Unsent result, Duration took) implements Outcome {}

    /**
     * @param words for the requester's match trace
     */
    record Failed(Execution execution, String words) implements Outcome {}

    record Interrupted(Execution execution) implements Outcome {}
  }

  /**
   * @param heldSince by the market's clock
   */
  Execution(Lease lease, InferenceBackend backend, Instant heldSince) {
    this.lease = lease;
    this.backend = backend;
    this.heldSince = heldSince;
  }

  Lease lease() {
    return lease;
  }

  InferenceBackend backend() {
    return backend;
  }

  Instant heldSince() {
    return heldSince;
  }

  /** What the model has said so far. */
  LiveOutput output() {
    return output;
  }

  boolean isChat() {
    return lease.input() instanceof ChatInput;
  }

  boolean isInSlot() {
    return slot != null;
  }

  /** By the market's clock. */
  Instant deadline() {
    return Instant.ofEpochSecond(lease.assignment().deadline());
  }

  /** Begins, on a thread that was not started yet. */
  void takeSlot(Thread thread) {
    slot = thread;
    thread.start();
    if (output.isCancelled()) {
      thread.interrupt(); // cancelled while it waited for a slot
    }
  }

  void streamOn(Thread thread) {
    stream = thread;
    thread.start();
  }

  /** Ends the model; what there is is attested. */
  void cancel() {
    output.cancel();
    interrupt(slot);
  }

  /** Ends it; nobody wants what there is. */
  void abort() {
    output.abort();
    interrupt(stream);
    interrupt(slot);
  }

  private static void interrupt(@Nullable Thread thread) {
    if (thread != null) {
      thread.interrupt();
    }
  }
}
