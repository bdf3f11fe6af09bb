package dev.assay.quickstart.stack.testing;

import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.EvmNodeAddress;
import dev.assay.quickstart.stack.PostgresAddress;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Supplier;
import org.springframework.util.function.SingletonSupplier;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;
import org.testcontainers.postgresql.PostgreSQLContainer;

/** Testcontainers, which removes them when this JVM ends. */
final class DockerServers implements TestServers {
  private static final String POSTGRES_IMAGE = "postgres:18";
  private static final String KAFKA_IMAGE = "apache/kafka:4.2.0";

  private final TestServers embedded;
  private final Supplier<PostgresAddress> postgres = SingletonSupplier.of(DockerServers::start);
  private final Supplier<String> kafka = SingletonSupplier.of(DockerServers::startKafka);

  /**
   * @throws IllegalStateException if no Docker engine answers
   */
  DockerServers(TestServers embedded) {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      throw new IllegalStateException(
          "-D%s=docker was asked for, but no Docker engine answers. Start one, or leave the option out: the tests then start PostgreSQL and Kafka themselves."
              .formatted(Backing.PROPERTY));
    }
    this.embedded = embedded;
  }

  @Override
  public PostgresAddress postgres() {
    return postgres.get();
  }

  @Override
  public String kafkaBootstrapServers() {
    return kafka.get();
  }

  @Override
  public EvmNodeAddress evmNode() {
    return embedded.evmNode();
  }

  private static PostgresAddress start() {
    var container = new PostgreSQLContainer(POSTGRES_IMAGE);
    container.start();
    Map<DatabaseRole, String> passwords = new EnumMap<>(DatabaseRole.class);
    for (DatabaseRole role : DatabaseRole.values()) {
      passwords.put(role, container.getPassword());
    }
    return new PostgresAddress(
        container.getHost(),
        container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
        container.getUsername(),
        container.getPassword(),
        passwords);
  }

  private static String startKafka() {
    var container = new KafkaContainer(KAFKA_IMAGE);
    container.start();
    return container.getBootstrapServers();
  }
}
