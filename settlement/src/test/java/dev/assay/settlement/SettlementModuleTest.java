package dev.assay.settlement;

import dev.assay.quickstart.stack.testing.BackingServices;
import dev.assay.quickstart.stack.testing.EvmNodeAddress;
import dev.assay.settlement.chain.ChainConnectionDetails;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Import;

/** The whole service, as it is deployed, on real servers and a free port. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
@Import({BackingServices.class, SettlementModuleTest.Chain.class})
public @interface SettlementModuleTest {
  /** The node that the tests started, as settlement's own port wants it. */
  @TestConfiguration(proxyBeanMethods = false)
  class Chain {
    @Bean
    ChainConnectionDetails chain(EvmNodeAddress node) {
      return node::rpcUrl;
    }
  }
}
