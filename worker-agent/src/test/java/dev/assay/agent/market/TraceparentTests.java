package dev.assay.agent.market;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class TraceparentTests {
  @Test
  void it_has_the_form_of_w3c_trace_context() {
    assertThat(Traceparent.startedBy(new Random(7)).header())
        .matches("00-[0-9a-f]{32}-[0-9a-f]{16}-01");
  }

  @Test
  void it_is_never_all_zero_which_would_mean_no_trace() {
    RandomGenerator zeroes = () -> 0L;

    Traceparent trace = Traceparent.startedBy(zeroes);

    assertThat(trace.traceId()).matches(".*[^0].*");
    assertThat(trace.parentId()).matches(".*[^0].*");
  }
}
