package dev.assay.marketplace;

import dev.assay.marketplace.audit.TestCourt;
import dev.assay.marketplace.identity.BoundKeys;
import dev.assay.marketplace.identity.TestIssuer;
import dev.assay.marketplace.identity.TestWallet;
import dev.assay.quickstart.stack.testing.BackingServices;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.context.annotation.Import;

/** The whole API, as it is deployed, on real servers and free ports. */
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@SpringBootTest(
    webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
    properties = {
      "management.server.port=0",
      "marketplace.identity.origins=" + TestWallet.ORIGIN,
      "marketplace.dispatch.heartbeat=2s",
      // Several builds may share the processors; that a busy market refuses at once is no test's
      // matter.
      "spring.datasource.hikari.connection-timeout=5000",
      "marketplace.dispatch.orphans-every=5s",
      "marketplace.pause.every=100ms",
      "marketplace.parameters.every=100ms",
      "marketplace.parameters.delay=1s",
      // All contexts of this JVM share one broker; what is meant for one must not go to another.
      "spring.kafka.listener.auto-startup=false",
      "marketplace.dispatch.hedge-floor=300ms",
      "marketplace.models[0].name=tiny-words",
      "marketplace.models[0].kind=chat",
      "marketplace.models[0].context=2048",
      "marketplace.models[0].profiles=llm",
      "marketplace.models[0].method=logprob-spot",
      "marketplace.models[0].files[0].path=tiny-words",
      "marketplace.models[0].files[0].size=500",
      "marketplace.models[0].files[0].sha256=0x"
          + "00000000000000000000000000000000000000000000000000000000000000aa",
      "marketplace.models[1].name=two-precisions",
      "marketplace.models[1].kind=embeddings",
      "marketplace.models[1].context=256",
      "marketplace.models[1].profiles=f32-cpu,f32-gpu",
      "marketplace.models[1].method=tolerance-vector",
      "marketplace.models[1].files[0].path=two-precisions",
      "marketplace.models[1].files[0].size=500",
      "marketplace.models[1].files[0].sha256=0x"
          + "00000000000000000000000000000000000000000000000000000000000000bb",
      "marketplace.models[2].name=tiny-lm",
      "marketplace.models[2].kind=chat",
      "marketplace.models[2].context=2048",
      "marketplace.models[2].profiles=llm",
      "marketplace.models[2].method=logprob-spot",
      "marketplace.models[2].files[0].path=runtime-description",
      "marketplace.models[2].files[0].size=0",
      "marketplace.models[2].files[0].sha256=" + MarketModuleTest.TINY_LM,
      "marketplace.audit.epoch-age=1h",
      "marketplace.audit.spread=100ms",
      "marketplace.audit.purse=" + MarketModuleTest.PURSE,
      // A test says when: a canary must not reach another test's workers.
      "marketplace.audit.canary-every=1h",
      "marketplace.audit.reference-nodes=0x00000000000000000000000000000000000f0001,"
          + "0x00000000000000000000000000000000000f0002"
    })
@Import({
  BackingServices.class,
  BoundKeys.class,
  RecordedSpans.class,
  TestCourt.class,
  TestIssuer.class,
  TestMarket.class
})
public @interface MarketModuleTest {
  /**
   * SHA-256 of what the runtime of the small language model says of it, for which thresholds are
   * known.
   */
  String TINY_LM = "0x783dd22e96e0b476caf3422e409fbb7fb4697f4610b05d383a6fb54e1006861b";

  /** Pays for audits. */
  String PURSE = "0x00000000000000000000000000000000000a0d17";
}
