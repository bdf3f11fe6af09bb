package dev.assay.quickstart.stack.testing;

import dev.assay.quickstart.stack.DatabaseLogin;
import dev.assay.quickstart.stack.DatabaseRole;
import dev.assay.quickstart.stack.EvmNodeAddress;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.core.env.Environment;

/** Real servers for a Spring test; see the package. */
@TestConfiguration(proxyBeanMethods = false)
public class BackingServices {
  private final TestServers servers = TestServers.ofThisJvm();

  /** Kafka comes up while PostgreSQL does. */
  private final CompletableFuture<String> kafka =
      CompletableFuture.supplyAsync(servers::kafkaBootstrapServers);

  /** A database for this context alone, as the role whose schema the application uses. */
  @Bean
  JdbcConnectionDetails database(Environment application) {
    String schema = application.getRequiredProperty("spring.datasource.hikari.schema");
    DatabaseRole role =
        Arrays.stream(DatabaseRole.values())
            .filter(known -> known.label().equals(schema))
            .findFirst()
            .orElseThrow(() -> new IllegalStateException("No role has the schema " + schema));
    var postgres = servers.postgres();
    return new Database(postgres.login(role, postgres.newDatabase()));
  }

  @Bean
  KafkaConnectionDetails kafka() {
    List<String> bootstrapServers = List.of(kafka.join());
    return () -> bootstrapServers;
  }

  /** Started only for those that ask for it. */
  @Bean
  @Lazy
  EvmNodeAddress evmNode() {
    return servers.evmNode();
  }

  private record Database(DatabaseLogin login) implements JdbcConnectionDetails {
    @Override
    public String getUsername() {
      return login.username();
    }

    @Override
    public String getPassword() {
      return login.password();
    }

    @Override
    public String getJdbcUrl() {
      return login.jdbcUrl();
    }
  }
}
