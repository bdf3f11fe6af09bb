package dev.assay.quickstart.bench;

import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.wire.Lease;
import dev.assay.protocol.wire.ResultAnswers.ResultAnswer;
import dev.assay.protocol.wire.ResultSubmission;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A worker in a process of its own that misbehaves as networks and machines do: it sends results
 * twice, too late, under the wrong number or with a stranger's signature. It prints what it did and
 * what the market said to it, a line each.
 */
public final class ChaosWorker {
  private static final long GIVES_UP_MILLIS = 120_000;
  private static final LocalSigner STRANGER =
      LocalSigner.create(new SplittableRandom(0xdead_beefL));

  private final ProtocolWorker worker;
  private final SplittableRandom chance;
  private final long silenceMillis;

  private ChaosWorker(ProtocolWorker worker, SplittableRandom chance, long silenceMillis) {
    this.worker = worker;
    this.chance = chance;
    this.silenceMillis = silenceMillis;
  }

  /** What it does with a lease; the numbers are shares of a hundred. */
  private enum Manner {
    HONEST(72),
    TWICE(8),
    TWICE_IN_ONE_BATCH(6),
    LATE(4),
    FORGED(5),
    WRONG_ATTEMPT(5);

    private final int share;

    Manner(int share) {
      this.share = share;
    }

    static Manner drawn(SplittableRandom chance) {
      int drawn = chance.nextInt(100);
      for (Manner manner : values()) {
        drawn -= manner.share;
        if (drawn < 0) {
          return manner;
        }
      }
      return HONEST;
    }
  }

  /**
   * @param arguments port, file with the session key, seed, how long a silent lease lives in
   *     milliseconds
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    int port = Integer.parseInt(arguments[0]);
    byte[] key = HexFormat.of().parseHex(Files.readString(Path.of(arguments[1])).strip());
    Clock clock = Clock.systemUTC();
    try (var anybody = new MarketClient(port)) {
      var worker =
          new ProtocolWorker(port, LocalSigner.ofKey(key), ProtocolWorker.courtOf(anybody), clock);
      new ChaosWorker(
              worker,
              new SplittableRandom(Long.parseLong(arguments[2])),
              Long.parseLong(arguments[3]))
          .run();
    }
  }

  private void run() throws InterruptedException {
    boolean isSignedIn = false;
    long lastHeard = System.nanoTime();
    while ((System.nanoTime() - lastHeard) / 1_000_000 < GIVES_UP_MILLIS) {
      try {
        if (!isSignedIn) {
          worker.signIn().offer(2);
          isSignedIn = true;
        }
        for (Lease lease : worker.lease(2, 2)) {
          work(lease);
        }
        lastHeard = System.nanoTime();
      } catch (IOException away) {
        say("away", String.valueOf(away.getMessage()));
        Thread.sleep(100 + chance.nextInt(200));
      }
    }
  }

  private void work(Lease lease) throws IOException, InterruptedException {
    Thread.sleep(10 + chance.nextInt(60));
    ResultSubmission result = worker.result(lease);
    Manner manner = Manner.drawn(chance);
    switch (manner) {
      case HONEST -> send(manner, result);
      case TWICE -> {
        send(manner, result);
        send(manner, result);
      }
      case TWICE_IN_ONE_BATCH -> send(manner, result, result);
      case LATE -> {
        Thread.sleep(silenceMillis + 1_000 + chance.nextInt(2_000));
        send(manner, result);
      }
      case FORGED -> {
        send(manner, worker.result(lease, lease.assignment().attempt(), STRANGER));
        send(manner, result);
      }
      case WRONG_ATTEMPT -> {
        send(manner, worker.result(lease, lease.assignment().attempt() + 1, worker.key()));
        send(manner, result);
      }
    }
  }

  private void send(Manner manner, ResultSubmission... results) throws IOException {
    for (ResultAnswer answer : worker.send(List.of(results))) {
      say(manner.name(), answer.outcome().name());
    }
  }

  private static void say(String manner, String outcome) {
    System.out.printf("chaos %s %s%n", manner, outcome);
    System.out.flush();
  }
}
