package dev.assay.marketplace.dispatch;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import org.springframework.stereotype.Component;

/** What is leased, in figures. */
@Component
class DispatchFigures {
  DispatchFigures(LiveLeases live, LeaseJobs leases, MeterRegistry meters) {
    Gauge.builder("market.leases.live", live, LiveLeases::size)
        .description("Leases that this replica watches over")
        .register(meters);
    FunctionCounter.builder("market.leases.given", leases, LeaseJobs::given)
        .description("Leases that this replica has given")
        .register(meters);
  }
}
