package dev.assay.agent.work;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What waits for the outside: of each kind one at a time, on a thread of its own. What it brings
 * back stands here in line until the deciding thread takes it.
 */
final class Errands {
  private final Pause pause;
  private final BlockingQueue<Return> returned = new LinkedBlockingQueue<>();
  private final Map<Kind, Thread> underWay = new EnumMap<>(Kind.class);

  enum Kind {
    SIGN_IN,
    OFFER,
    POLL,
    HEARTBEAT,
    KEEP,
    POST,
    HAND_BACK,
    VERDICTS,
    LOOK;

    private String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /**
   * @param errand who was sent; null if nobody was
   */
  private record Return(@Nullable Thread errand, Event event) {}

  Errands(Pause pause) {
    this.pause = pause;
  }

  /**
   * Sends one off.
   *
   * @param before how long it waits first
   */
  void start(Kind kind, Duration before, Callable<Event> errand) {
    if (isUnderWay(kind)) {
      throw new IllegalStateException(kind + " is under way");
    }
    Thread thread =
        Thread.ofVirtual()
            .name(kind.label())
            .unstarted(() -> {
              Event event;
              try {
                if (before.isPositive()) {
                  pause.lasting(before);
                }
                event = errand.call();
              } catch (InterruptedException e) {
                event = new Event.Abandoned();
              } catch (Exception | Error e) {
                event = new Event.Broken(e);
              }
              returned.add(new Return(Thread.currentThread(), event));
            });
    underWay.put(kind, thread);
    thread.start();
  }

  boolean isUnderWay(Kind kind) {
    return underWay.containsKey(kind);
  }

  /** Another may be sent at once. Should this one have an answer already, that is heard still. */
  void abandon(Kind kind) {
    Thread thread = underWay.remove(kind);
    if (thread != null) {
      thread.interrupt();
    }
  }

  void abandonAll() {
    for (Kind kind : Kind.values()) {
      abandon(kind);
    }
  }

  /** From any thread. */
  void report(Event event) {
    returned.add(new Return(null, event));
  }

  /** Waits for the next event; null if none comes in time. */
  @Nullable Event await(Duration longest) throws InterruptedException {
    Return next = returned.poll(longest.toNanos(), TimeUnit.NANOSECONDS);
    while (next != null) {
      if (isHeard(next)) {
        return next.event();
      }
      next = returned.poll();
    }
    return null;
  }

  /** What has come already. */
  @Nullable Event next() {
    Return next = returned.poll();
    while (next != null && !isHeard(next)) {
      next = returned.poll();
    }
    return next == null ? null : next.event();
  }

  /** Takes it off the list; of those that were given up, the end is nobody's concern. */
  private boolean isHeard(Return back) {
    Thread errand = back.errand();
    boolean wasAwaited = errand != null && underWay.values().remove(errand);
    return wasAwaited || !(back.event() instanceof Event.Abandoned);
  }
}
