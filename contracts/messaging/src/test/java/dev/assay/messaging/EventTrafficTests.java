package dev.assay.messaging;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.jdbc.CannotGetJdbcConnectionException;
import org.springframework.jdbc.support.SQLExceptionSubclassTranslator;
import org.springframework.kafka.listener.ListenerExecutionFailedException;

class EventTrafficTests {
  private final EventTraffic traffic =
      new EventTraffic(
          "settlement",
          "settlement",
          List.of("written"),
          List.of("read"),
          new EventTraffic.Failures(
              UncheckedIOException.class::isInstance,
              ArithmeticException.class::isInstance,
              List.of()));

  /**
   * As PostgreSQL and its driver name them: stopped, starting, unreachable, read-only, too full.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {"57P01", "57P02", "57P03", "08000", "08001", "08003", "08006", "53300", "58030"})
  void a_record_waits_while_the_database_is_away(String state) {
    var translated =
        new SQLExceptionSubclassTranslator()
            .translate("insert", null, new SQLException("away", state));

    assertThat(traffic.isSomethingAway(new ListenerExecutionFailedException("x", translated)))
        .isTrue();
  }

  @Test
  void it_waits_when_there_is_no_connection_to_be_had() {
    assertThat(
            traffic.isSomethingAway(
                new CannotGetJdbcConnectionException("none", new SQLException("timeout"))))
        .isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"23505", "22003", "42601"})
  void it_does_not_wait_when_the_record_is_at_fault(String state) {
    var translated =
        new SQLExceptionSubclassTranslator()
            .translate("insert", null, new SQLException("wrong", state));

    assertThat(traffic.isSomethingAway(new ListenerExecutionFailedException("x", translated)))
        .isFalse();
    assertThat(traffic.isSomethingAway(new IllegalStateException("not so"))).isFalse();
  }

  @Test
  void a_service_adds_what_it_waits_for_besides() {
    var away = new UncheckedIOException(new IOException("no node"));
    var early = new ArithmeticException("no epoch yet");

    assertThat(traffic.isSomethingAway(new IllegalStateException("x", away))).isTrue();
    assertThat(traffic.isEarly(away)).isFalse();
    assertThat(traffic.isSomethingAway(early)).isFalse();
    assertThat(traffic.isEarly(new IllegalStateException("x", early))).isTrue();
  }
}
