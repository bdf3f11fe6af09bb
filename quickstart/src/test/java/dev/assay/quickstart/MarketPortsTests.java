package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.quickstart.stack.Ports;
import java.util.List;
import org.junit.jupiter.api.Test;

class MarketPortsTests {
  @Test
  void the_port_that_was_asked_for_is_nobody_elses() {
    var ports = MarketPorts.with(4, List.of(1, 2, 3, 4, 5, 6, 7));

    assertThat(ports).isEqualTo(new MarketPorts(4, 1, 2, new Ports(3, 5, 6, 7)));
  }

  @Test
  void one_too_many_is_left() {
    var ports = MarketPorts.with(8, List.of(1, 2, 3, 4, 5, 6, 7));

    assertThat(ports).isEqualTo(new MarketPorts(8, 1, 2, new Ports(3, 4, 5, 6)));
  }
}
