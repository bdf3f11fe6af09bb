package dev.assay.quickstart.stack;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** The three servers that Assay stands on, started together and stopped together. */
public record Stack(PostgresServer postgres, KafkaServer kafka, EvmNode evmNode)
    implements AutoCloseable {

  /**
   * Starts all three at once and returns when all can be used.
   *
   * @throws Refusal if one cannot; then none is left running
   */
  public static Stack start(Home home, Ports ports, Path checkout) {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var postgres = threads.submit(() -> PostgresServer.start(home, ports.postgresql()));
      var kafka =
          threads.submit(() -> KafkaServer.start(home, ports.kafka(), ports.kafkaController()));
      var evmNode = threads.submit(() -> EvmNode.start(home, ports.evmNode(), checkout));
      try {
        return new Stack(await(postgres), await(kafka), await(evmNode));
      } catch (RuntimeException refusal) {
        List.of(evmNode, kafka, postgres).forEach(Stack::stopIfStarted);
        throw refusal;
      }
    }
  }

  /** In the order in which they are stopped. */
  public List<ChildProcess> processes() {
    return List.of(evmNode.process(), kafka.process(), postgres.process());
  }

  /** Completes with the first process that ends though nobody stopped it. */
  public CompletableFuture<ChildProcess> lost() {
    return CompletableFuture.anyOf(
            processes().stream().map(ChildProcess::lost).toArray(CompletableFuture[]::new))
        .thenApply(ChildProcess.class::cast);
  }

  @Override
  public void close() {
    processes().forEach(ChildProcess::stop);
  }

  private static <T> T await(Future<T> server) {
    try {
      return server.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Refusal(ExitCode.SOFTWARE, "Stopped while the servers were starting.", e);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("starting a server", e.getCause());
    }
  }

  /** Waits for one that is still starting: only what has started can be stopped. */
  private static void stopIfStarted(Future<? extends Server> server) {
    try {
      await(server).process().stop();
    } catch (RuntimeException refusedToo) {
      // Then it is not running; the first refusal is the one that is told.
    }
  }
}
