package dev.assay.agent.market;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.market.HttpLink.Question;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Calls that are hung up while the JDK's client opens, asks, reads and lets go. */
@Timeout(60)
class HttpLinkModuleTests {
  private static final Question QUESTION = new Question("POST", "/", Map.of(), new byte[] {'{'});
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
  private static final int LARGEST = 4096;

  private final Random chance = new Random(11);
  private final CountDownLatch over = new CountDownLatch(1);
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @AfterEach
  void stop() {
    over.countDown();
    threads.shutdownNow();
  }

  /** What came of a call: an answer, or that there is none, and no third. */
  private Future<?> called(HttpLink link, Duration patience) {
    Callable<?> call =
        () -> {
          try {
            return link.exchange(QUESTION, LARGEST, patience);
          } catch (IOException e) {
            return e;
          }
        };
    return threads.submit(call);
  }

  @Test
  void calls_whose_time_ends_at_any_moment_end_as_answered_or_unanswered() throws Exception {
    try (var market = new ScriptedMarket(ScriptedMarket.isIdle());
        var link = new HttpLink(market.address(), CONNECT_TIMEOUT)) {
      for (int round = 0; round < 300; round++) {
        List<Future<?>> calls = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
          calls.add(called(link, Duration.ofMillis(1 + chance.nextInt(4))));
        }
        for (Future<?> call : calls) {
          assertThat(call.get(10, TimeUnit.SECONDS)).isNotNull();
        }
      }
    }
  }

  @Test
  void calls_of_an_agent_that_leaves_at_any_moment_end_at_once() throws Exception {
    try (var parks =
        new ScriptedMarket(exchange -> {
          if (chance.nextBoolean()) {
            awaitOver();
          }
          ScriptedMarket.isIdle().handle(exchange);
        })) {
      URI address = parks.address();
      for (int round = 0; round < 100; round++) {
        List<Future<?>> calls = new ArrayList<>();
        try (var link = new HttpLink(address, CONNECT_TIMEOUT)) {
          for (int i = 0; i < 8; i++) {
            calls.add(called(link, Duration.ofSeconds(30)));
          }
          LockSupport.parkNanos(chance.nextInt(5_000_000));
        }
        for (Future<?> call : calls) {
          assertThat(call.get(5, TimeUnit.SECONDS)).isNotNull();
        }
      }
    }
  }

  private void awaitOver() {
    try {
      over.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
