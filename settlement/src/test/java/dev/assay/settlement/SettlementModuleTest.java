package dev.assay.settlement;

import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Signer;
import dev.assay.protocol.event.EventTopics;
import dev.assay.quickstart.stack.EvmNodeAddress;
import dev.assay.quickstart.stack.testing.BackingServices;
import dev.assay.settlement.chain.ChainConnectionDetails;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.TestChain;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.List;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.kafka.config.TopicBuilder;
import org.springframework.kafka.core.KafkaAdmin;

/** The whole service, as it is deployed, on real servers, a real chain and a free port. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "settlement.watch.every=100ms",
      "settlement.sender.every=100ms",
      "settlement.sender.raise-after=1s",
      "settlement.court.every=100ms",
      "settlement.batch.every=100ms",
      "settlement.batch.close-after=200ms",
      "settlement.reconcile.every=100ms",
      "messaging.early-tries=2",
      "messaging.secret-file=src/test/resources/event-secrets"
    })
@Import({BackingServices.class, SettlementModuleTest.Surroundings.class})
public @interface SettlementModuleTest {
  /** What the API, the operator and the configuration give where all is deployed. */
  @TestConfiguration(proxyBeanMethods = false)
  class Surroundings {
    @Bean
    ChainConnectionDetails chain(EvmNodeAddress node) {
      return () -> List.of(node.rpcUrl());
    }

    @Bean
    TestMarket deployed(EvmNodeAddress node) {
      return new TestMarket(new TestChain(node.rpcUrl()));
    }

    @Bean
    Market market(TestMarket deployed) {
      return deployed.described();
    }

    @Bean
    Signer settlementKey(TestMarket deployed) {
      return deployed.settlement.signer;
    }

    @Bean
    BeaconChain beacons(TestMarket deployed) {
      return deployed.beacons;
    }

    @Bean
    RecordedSpans spans() {
      return new RecordedSpans();
    }

    /** The API makes them where both run. */
    @Bean
    KafkaAdmin.NewTopics ofTheMarket() {
      return new KafkaAdmin.NewTopics(
          EventTopics.OF_MARKET.stream()
              .map(name -> TopicBuilder.name(name).partitions(3).build())
              .toArray(NewTopic[]::new));
    }
  }
}
