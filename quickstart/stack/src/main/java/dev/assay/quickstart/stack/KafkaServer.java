package dev.assay.quickstart.stack;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A real Kafka broker in a home, as a process of its own.
 *
 * @param bootstrapServers where clients connect
 */
public record KafkaServer(String bootstrapServers, ChildProcess process) implements Server {
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final int HEAP_MEGABYTES = 256;

  /** Returns when it can be used. */
  public static KafkaServer start(Home home, int port, int controllerPort) {
    Path data = home.resolve("kafka/data");
    Path settings = home.resolve("kafka/server.properties");
    Path ready = home.run().resolve("kafka.ready");
    try {
      Files.createDirectories(data);
      Files.deleteIfExists(ready);
      try (OutputStream out = Files.newOutputStream(settings)) {
        settings(data, port, controllerPort).store(out, null);
      }
    } catch (IOException e) {
      throw Refusal.because("prepare " + data, e);
    }
    var command =
        new JvmCommand(
            "kafka",
            JvmCommand.currentClassPath(),
            KafkaBroker.class.getName(),
            HEAP_MEGABYTES,
            List.of("-Dlogback.configurationFile=dev/assay/quickstart/stack/logback-kafka.xml"),
            List.of(settings.toString(), ready.toString()));
    var process =
        ChildProcess.start(
            home,
            new ChildSpec(
                "kafka",
                command.in(home),
                port,
                Map.of(),
                StopSignal.TERM,
                Readiness.whenExists(ready),
                READY_WITHIN));
    process.awaitReady();
    return new KafkaServer("127.0.0.1:" + port, process);
  }

  /**
   * One node, loopback only, small; the two broker.* timings bring it back quickly after a kill.
   */
  private static Properties settings(Path data, int port, int controllerPort) {
    var settings = new Properties();
    settings.putAll(
        Map.of(
            "process.roles", "broker,controller",
            "node.id", "1",
            "controller.quorum.voters", "1@127.0.0.1:" + controllerPort,
            "controller.listener.names", "CONTROLLER",
            "listeners",
                "PLAINTEXT://127.0.0.1:%d,CONTROLLER://127.0.0.1:%d"
                    .formatted(port, controllerPort),
            "listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs", data.toString(),
            "auto.create.topics.enable", "false",
            "broker.heartbeat.interval.ms", "250",
            "broker.session.timeout.ms", "1500"));
    for (String internal :
        List.of("offsets.topic", "transaction.state.log", "share.coordinator.state.topic")) {
      settings.setProperty(internal + ".replication.factor", "1");
      settings.setProperty(internal + ".num.partitions", "1");
    }
    settings.putAll(
        Map.of(
            "transaction.state.log.min.isr", "1",
            "share.coordinator.state.topic.min.isr", "1",
            "group.initial.rebalance.delay.ms", "0",
            "num.network.threads", "1",
            "num.io.threads", "2",
            "background.threads", "2",
            "num.recovery.threads.per.data.dir", "1",
            "log.cleaner.dedupe.buffer.size", String.valueOf(4 << 20),
            "log.segment.bytes", String.valueOf(16 << 20),
            "socket.request.max.bytes", String.valueOf(16 << 20)));
    return settings;
  }
}
