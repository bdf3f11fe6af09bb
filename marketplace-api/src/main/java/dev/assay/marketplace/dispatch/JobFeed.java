package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.job.ShownEnd;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.wire.OutputPiece;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How a job is, and what its live attempts have said. Kept once, however many follow: a follower is
 * a place in it and no queue, so that one who reads slowly costs no memory, holds up nobody and
 * gets larger pieces.
 */
final class JobFeed {
  private static final int LARGEST_PIECE = 16 * 1024;

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<Integer, Transcript> transcripts = new LinkedHashMap<>();
  private JobEvent.Status status;
  private long version;
  private final AtomicLong kept;
  private boolean isClosed;
  private boolean isForgotten;
  private boolean isHushed;

  /** The attempt whose words followers read: the first live one that said something. */
  private @Nullable Transcript shown;

  /**
   * @param kept counts the bytes of all feeds that are kept
   */
  JobFeed(JobEvent.Status status, AtomicLong kept) {
    this.status = status;
    this.kept = kept;
  }

  /** From now on only those who follow already have it. */
  void forget() {
    lock.lock();
    try {
      transcripts.values().forEach(said -> kept.addAndGet(-said.bytes()));
      isForgotten = true;
    } finally {
      lock.unlock();
    }
  }

  void become(JobEvent.Status next) {
    lock.lock();
    try {
      if (!status.isEnd() && !status.equals(next)) {
        status = next;
        version++;
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  /** What attempts say is kept and shown to nobody before the end: the answer is held back. */
  void hush() {
    lock.lock();
    try {
      isHushed = true;
    } finally {
      lock.unlock();
    }
  }

  /** An attempt has ended without a result: what it said is void. */
  void drop(int attempt) {
    lock.lock();
    try {
      Transcript dropped = transcripts.remove(attempt);
      if (dropped != null && !isForgotten) {
        kept.addAndGet(-dropped.bytes());
      }
      if (dropped != null && dropped == shown) {
        shown = null;
        for (Iterator<Transcript> left = transcripts.values().iterator();
            shown == null && left.hasNext(); ) {
          Transcript other = left.next();
          shown = other.bytes() > 0 && !isHushed ? other : null;
        }
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** It has ended; with a result, whoever follows gets all of it first. */
  void end(ShownEnd end, @Nullable JobOutput output) {
    lock.lock();
    try {
      if (status.isEnd()) {
        return;
      }
      if (end.result().isPresent() && output instanceof ChatOutput chat) {
        Transcript whole =
            transcripts.computeIfAbsent(end.result().get().attempt(), Transcript::new);
        whole.complete(chat.text());
        shown = whole;
      }
      status = JobEvent.Status.of(end);
      version++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Lets everybody go. */
  void close() {
    lock.lock();
    try {
      isClosed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The attempt begins to speak, or goes on. */
  void begin(int attempt) {
    lock.lock();
    try {
      transcripts.computeIfAbsent(attempt, Transcript::new);
    } finally {
      lock.unlock();
    }
  }

  Transcript.Added add(int attempt, OutputPiece piece) {
    lock.lock();
    try {
      Transcript transcript = transcripts.get(attempt);
      if (transcript == null || status.isEnd()) {
        return Transcript.Added.FULL; // it is over; nobody wants the rest
      }
      long before = transcript.bytes();
      Transcript.Added added = transcript.add(piece);
      if (added == Transcript.Added.NEW) {
        kept.addAndGet(isForgotten ? 0 : transcript.bytes() - before);
        if (shown == null && !isHushed) {
          shown = transcript;
        }
        changed.signalAll();
      }
      return added;
    } finally {
      lock.unlock();
    }
  }

  /** Looks at what an attempt has said; nothing if it has not begun to. */
  <T> Optional<T> transcript(int attempt, Function<Transcript, T> look) {
    lock.lock();
    try {
      return Optional.ofNullable(transcripts.get(attempt)).map(look);
    } finally {
      lock.unlock();
    }
  }

  boolean hasSaid(int attempt) {
    return transcript(attempt, said -> said.bytes() > 0).orElse(false);
  }

  boolean isSilent() {
    lock.lock();
    try {
      return transcripts.isEmpty();
    } finally {
      lock.unlock();
    }
  }

  Reader reader() {
    return new Reader();
  }

  /** One follower's place. Belongs to one thread. */
  final class Reader {
    private long seen = -1;
    private int told;
    private int attempt;
    private int at;
    private long offset;
    private boolean isDone;

    /**
     * Waits for what comes next.
     *
     * @return nothing after {@code patience}, and when there is no more: then {@link #isDone}
     */
    Optional<JobEvent> next(Duration patience) throws InterruptedException {
      long nanos = patience.toNanos();
      lock.lock();
      try {
        while (true) {
          Optional<JobEvent> next = now();
          if (next.isPresent() || isDone) {
            return next;
          }
          if (isClosed) {
            isDone = true;
            return Optional.empty();
          }
          if (nanos <= 0) {
            return Optional.empty();
          }
          nanos = changed.awaitNanos(nanos);
        }
      } finally {
        lock.unlock();
      }
    }

    private Optional<JobEvent> now() {
      Transcript words = shown;
      if (words != null && words.attempt() != attempt) {
        attempt = words.attempt();
        at = 0;
        offset = 0;
        if (told != attempt) {
          told = attempt;
          if (!status.isEnd() && Integer.valueOf(attempt).equals(status.attempt())) {
            seen = version;
          }
          return Optional.of(JobEvent.Status.executing(status.id(), attempt));
        }
      }
      if (words != null && at < words.text().length()) {
        return Optional.of(piece(words));
      }
      if (seen < version) {
        seen = version;
        Integer of = status.attempt();
        if (words != null && of != null && of != attempt && !status.isEnd()) {
          return Optional.empty(); // a second worker has begun; the first is still heard
        }
        told = of == null ? 0 : of;
        isDone = status.isEnd();
        return Optional.of(status);
      }
      return Optional.empty();
    }

    private JobEvent.Piece piece(Transcript words) {
      int to = Math.min(words.text().length(), at + LARGEST_PIECE);
      if (to < words.text().length() && Character.isHighSurrogate(words.text().charAt(to - 1))) {
        to--;
      }
      String text = words.text().subSequence(at, to).toString();
      var piece = new JobEvent.Piece(attempt, offset, text);
      at = to;
      offset += text.getBytes(StandardCharsets.UTF_8).length;
      return piece;
    }

    boolean isDone() {
      return isDone;
    }
  }
}
