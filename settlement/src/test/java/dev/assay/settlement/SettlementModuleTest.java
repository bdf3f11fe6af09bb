package dev.assay.settlement;

import dev.assay.protocol.event.WorkerEnrolled;
import dev.assay.quickstart.stack.EvmNodeAddress;
import dev.assay.quickstart.stack.testing.BackingServices;
import dev.assay.settlement.chain.ChainConnectionDetails;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.apache.kafka.clients.admin.NewTopic;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;
import org.springframework.kafka.config.TopicBuilder;

/** The whole service, as it is deployed, on real servers and a free port. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@Import({BackingServices.class, SettlementModuleTest.Surroundings.class})
public @interface SettlementModuleTest {
  /** What the API and the configuration give where all is deployed. */
  @TestConfiguration(proxyBeanMethods = false)
  class Surroundings {
    @Bean
    ChainConnectionDetails chain(EvmNodeAddress node) {
      return node::rpcUrl;
    }

    /** The API makes it where both run. */
    @Bean
    NewTopic workerEnrolled() {
      return TopicBuilder.name(WorkerEnrolled.TOPIC).partitions(3).build();
    }
  }
}
