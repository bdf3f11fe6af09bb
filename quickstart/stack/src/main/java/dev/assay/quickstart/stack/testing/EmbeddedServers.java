package dev.assay.quickstart.stack.testing;

import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.ChildProcess;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.EvmNodeAddress;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.KafkaServer;
import dev.assay.quickstart.stack.Ports;
import dev.assay.quickstart.stack.PostgresAddress;
import dev.assay.quickstart.stack.PostgresServer;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.springframework.boot.SpringApplication;
import org.springframework.util.function.SingletonSupplier;

/** Child processes in a throw-away home. */
final class EmbeddedServers implements TestServers {
  private final Home home = Home.temporary();
  private final Ports ports = Ports.free();
  private final Queue<ChildProcess> running = new ConcurrentLinkedQueue<>();

  private final Supplier<PostgresServer> postgres =
      SingletonSupplier.of(() -> PostgresServer.start(home, ports.postgresql()));
  private final Supplier<KafkaServer> kafka =
      SingletonSupplier.of(() -> KafkaServer.start(home, ports.kafka(), ports.kafkaController()));
  private final Supplier<EvmNode> evmNode =
      SingletonSupplier.of(() -> EvmNode.start(home, ports.evmNode(), Checkout.find()));

  EmbeddedServers() {
    // After the contexts: one that closes waits for servers that are gone already.
    SpringApplication.getShutdownHandlers().add(this::stop);
  }

  @Override
  public PostgresAddress postgres() {
    var server = postgres.get();
    running.add(server.process());
    return server.address();
  }

  @Override
  public String kafkaBootstrapServers() {
    var server = kafka.get();
    running.add(server.process());
    return server.bootstrapServers();
  }

  @Override
  public EvmNodeAddress evmNode() {
    var server = evmNode.get();
    running.add(server.process());
    return server.address();
  }

  /** What was being started at this very moment is left to the guardian. */
  private void stop() {
    running.forEach(ChildProcess::stop);
    home.close();
  }
}
