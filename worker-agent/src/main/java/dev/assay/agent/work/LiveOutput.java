package dev.assay.agent.work;

import dev.assay.agent.backend.OutputListener;
import dev.assay.protocol.wire.OutputPiece;
import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * What a model has said so far, kept so that it can be brought to the market at whatever pace the
 * line has: a slow one gets larger pieces, and the model never waits for it.
 */
final class LiveOutput implements OutputListener {
  /** What the market takes of one attempt; more is only in the result. */
  private static final int LARGEST = 1024 * 1024;

  private static final int LONGEST_PIECE = 8 * 1024;

  /** So often an empty line says that the worker lives; with it a cancel is noticed. */
  private static final Duration SILENCE = Duration.ofSeconds(1);

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final StringBuilder text = new StringBuilder();
  private boolean isWhole;

  /** Of what came after is nothing told: there must be no gap, and no end before the end. */
  private boolean isFull;

  private boolean isAborted;
  private boolean isSent;
  private volatile boolean isCancelled;

  @Override
  public void heard(String piece) {
    lock.lock();
    try {
      isFull |= text.length() + piece.length() > LARGEST;
      if (!isFull) {
        text.append(piece);
        changed.signalAll();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean isCancelled() {
    return isCancelled;
  }

  void cancel() {
    isCancelled = true;
  }

  /** The model is done. */
  void finish() {
    end(false);
  }

  /** Nobody wants it any more: requests that carry it break. */
  void abort() {
    end(true);
  }

  private void end(boolean broken) {
    lock.lock();
    try {
      isWhole = true;
      isAborted |= broken;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Whether the market can still be brought all of it. */
  boolean isToldWhole() {
    lock.lock();
    try {
      return !isAborted && !isFull;
    } finally {
      lock.unlock();
    }
  }

  /** The market has it, or will not. */
  void sent() {
    lock.lock();
    try {
      isSent = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The result follows the stream, so that whoever takes it knows what was streamed. */
  void awaitSent(Duration longest) throws InterruptedException {
    long nanos = longest.toNanos();
    lock.lock();
    try {
      while (!isSent && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
    } finally {
      lock.unlock();
    }
  }

  /** From the beginning, as the lines of one request. */
  InputStream lines() {
    return new Lines();
  }

  private final class Lines extends InputStream {
    private byte[] line = {'\n'}; // the market hears of the attempt before its first token
    private int at;
    private int from;
    private long offset;

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int start, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (at == line.length) {
        String piece = next();
        if (piece == null) {
          return -1;
        }
        line = written(piece);
        at = 0;
      }
      int count = Math.min(length, line.length - at);
      System.arraycopy(line, at, into, start, count);
      at += count;
      return count;
    }

    /** Waits for more; empty after a silence, null at the end. */
    private @Nullable String next() throws IOException {
      long nanos = SILENCE.toNanos();
      lock.lock();
      try {
        while (true) {
          if (isAborted) {
            throw new IOException("nobody wants the output any more");
          }
          int to = end();
          if (to > from) {
            String piece = text.substring(from, to);
            from = to;
            return piece;
          }
          if (isWhole && isFull) {
            throw new IOException("the rest of the output is in the result only");
          }
          if (isWhole) {
            return null;
          }
          if (nanos <= 0) {
            return "";
          }
          nanos = changed.awaitNanos(nanos);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted");
      } finally {
        lock.unlock();
      }
    }

    /** No piece ends within a character. */
    private int end() {
      int to = Math.min(text.length(), from + LONGEST_PIECE);
      boolean isWithin = to > from && Character.isHighSurrogate(text.charAt(to - 1));
      return isWithin ? to - 1 : to;
    }

    private byte[] written(String piece) {
      if (piece.isEmpty()) {
        return new byte[] {'\n'};
      }
      String json = JSON.writeValueAsString(new OutputPiece(offset, piece));
      offset += piece.getBytes(StandardCharsets.UTF_8).length;
      return (json + "\n").getBytes(StandardCharsets.UTF_8);
    }
  }
}
