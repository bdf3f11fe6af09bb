package dev.assay.quickstart.stack;

import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A Kafka broker and controller in a JVM of its own, so that it can be killed. Started by {@link
 * KafkaServer}, never by hand: {@code KafkaBroker PROPERTIES READY-FILE}.
 */
final class KafkaBroker {
  private static final Duration LEAVES_WITHIN = Duration.ofSeconds(3);

  private KafkaBroker() {}

  public static void main(String[] arguments) throws Exception {
    var settings = new Properties();
    try (InputStream in = Files.newInputStream(Path.of(arguments[0]))) {
      settings.load(in);
    }
    formatOnce(Path.of(settings.getProperty("log.dirs")), settings);
    var server = new KafkaRaftServer(new KafkaConfig(settings), Time.SYSTEM);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> stop(server), "stop-kafka"));
    startOrHalt(server);
    Files.writeString(Path.of(arguments[1]), "ready\n", StandardCharsets.UTF_8);
    server.awaitShutdown();
  }

  /** Its threads would keep alive a broker that has failed to start. */
  private static void startOrHalt(KafkaRaftServer server) {
    try {
      server.startup();
    } catch (RuntimeException e) {
      e.printStackTrace();
      Runtime.getRuntime().halt(1);
    }
  }

  private static void formatOnce(Path data, Properties settings) throws Exception {
    if (Files.exists(data.resolve("meta.properties"))) {
      return;
    }
    new Formatter()
        .setClusterId(Uuid.randomUuid().toString())
        .setNodeId(Integer.parseInt(settings.getProperty("node.id")))
        .addDirectory(data.toString())
        .setMetadataLogDirectory(data.toString())
        .setReleaseVersion(MetadataVersion.LATEST_PRODUCTION)
        .setControllerListenerName(settings.getProperty("controller.listener.names"))
        .setIgnoreFormatted(true)
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .run();
  }

  /**
   * A broker hands its partitions over before it leaves, and may wait minutes for that; alone, it
   * has nobody to hand them to. What it had not flushed is read again from its log at the next
   * start, as after a crash.
   */
  private static void stop(KafkaRaftServer server) {
    Thread polite = Thread.ofPlatform().daemon().start(server::shutdown);
    try {
      polite.join(LEAVES_WITHIN);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    Runtime.getRuntime().halt(0);
  }
}
