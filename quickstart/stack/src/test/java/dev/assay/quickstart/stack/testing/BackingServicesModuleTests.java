package dev.assay.quickstart.stack.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.assay.quickstart.stack.EvmNodeAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.boot.jdbc.autoconfigure.JdbcConnectionDetails;
import org.springframework.boot.kafka.autoconfigure.KafkaConnectionDetails;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.datasource.DriverManagerDataSource;

/** The seam as another module uses it. */
class BackingServicesModuleTests {
  private final ApplicationContextRunner marketplace =
      new ApplicationContextRunner()
          .withUserConfiguration(BackingServices.class)
          .withPropertyValues("spring.datasource.hikari.schema=marketplace");

  @ParameterizedTest
  @ValueSource(strings = {"marketplace", "settlement"})
  void a_service_logs_in_as_the_owner_of_its_schema_and_sees_no_other(String schema) {
    String other = schema.equals("marketplace") ? "settlement" : "marketplace";
    marketplace
        .withPropertyValues("spring.datasource.hikari.schema=" + schema)
        .run(context -> {
          var jdbc = jdbc(context.getBean(JdbcConnectionDetails.class));
          jdbc.sql("create table " + schema + ".fact (number int)").update();
          assertThat(jdbc.sql("select current_user").query(String.class).single())
              .isEqualTo(schema);
          assertThatExceptionOfType(DataAccessException.class)
              .isThrownBy(() -> jdbc.sql("create table " + other + ".fact (number int)").update())
              .havingRootCause()
              .withMessageContaining("permission denied for schema " + other);
        });
  }

  @Test
  void each_context_has_a_database_of_its_own_on_the_same_server() {
    marketplace.run(one ->
        marketplace.run(two -> {
          String first = one.getBean(JdbcConnectionDetails.class).getJdbcUrl();
          String second = two.getBean(JdbcConnectionDetails.class).getJdbcUrl();
          assertThat(first).isNotEqualTo(second);
          assertThat(server(first)).isEqualTo(server(second));
        }));
  }

  @Test
  void a_record_goes_through_the_broker() {
    marketplace.run(context -> {
      var servers = context.getBean(KafkaConnectionDetails.class).getBootstrapServers();
      Map<String, Object> broker = Map.of("bootstrap.servers", servers);
      var partition = new TopicPartition("smoke", 0);
      try (var admin = Admin.create(broker);
          var producer =
              new KafkaProducer<>(broker, new StringSerializer(), new StringSerializer());
          var consumer =
              new KafkaConsumer<>(broker, new StringDeserializer(), new StringDeserializer())) {
        admin.createTopics(List.of(new NewTopic("smoke", 1, (short) 1))).all().get();
        producer.send(new ProducerRecord<>("smoke", "key", "value")).get();
        consumer.assign(List.of(partition));
        consumer.seekToBeginning(List.of(partition));
        assertThat(consumer.poll(Duration.ofSeconds(20)))
            .singleElement()
            .satisfies(message -> assertThat(message.value()).isEqualTo("value"));
      }
    });
  }

  @Test
  void the_node_tells_the_chain_id_of_its_address() {
    marketplace.run(context -> {
      var node = context.getBean(EvmNodeAddress.class);
      var request =
          HttpRequest.newBuilder(node.rpcUrl())
              .header("content-type", "application/json")
              .POST(
                  HttpRequest.BodyPublishers.ofString(
                      "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_chainId\",\"params\":[]}",
                      StandardCharsets.UTF_8))
              .build();
      try (var http = HttpClient.newHttpClient()) {
        assertThat(http.send(request, BodyHandlers.ofString()).body())
            .contains("0x" + Long.toHexString(node.chainId()));
      }
    });
  }

  private static JdbcClient jdbc(JdbcConnectionDetails details) {
    var database = new DriverManagerDataSource(details.getJdbcUrl());
    database.setUsername(details.getUsername());
    database.setPassword(details.getPassword());
    return JdbcClient.create(database);
  }

  private static String server(String jdbcUrl) {
    return jdbcUrl.substring(0, jdbcUrl.lastIndexOf('/'));
  }
}
