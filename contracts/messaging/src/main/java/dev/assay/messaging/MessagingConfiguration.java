package dev.assay.messaging;

import dev.assay.tracing.Traces;
import dev.assay.tracing.UnheardTraces;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Configuration;
import org.springframework.context.annotation.Import;

/** All of this package, for a service that has a bean of {@link EventTraffic}. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(MessagingSettings.class)
@Import({
  Delivery.class,
  EventMacs.class,
  EventSender.class,
  Outbox.class,
  ReplayDeadLetters.class,
  Topics.class,
  Traces.class,
  UnheardTraces.class,
  UnpublishedEvents.class
})
public class MessagingConfiguration {}
