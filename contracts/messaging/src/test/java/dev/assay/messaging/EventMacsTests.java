package dev.assay.messaging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventMacsTests {
  private static final String OLD = "0x" + "01".repeat(32);
  private static final String NEW = "0x" + "02".repeat(32);

  @TempDir private Path folder;

  private EventMacs macs(@Nullable String secrets, boolean required) throws IOException {
    Path file = null;
    if (secrets != null) {
      file = folder.resolve("secrets");
      Files.writeString(file, secrets);
    }
    return new EventMacs(
        new MessagingSettings(Duration.ofSeconds(1), 1, (short) 1, 1, 1, 1, file, required));
  }

  private static ProducerRecord<String, byte[]> said(EventMacs by) {
    var message = new ProducerRecord<>("topic", "key", "body".getBytes(StandardCharsets.UTF_8));
    by.mark(message);
    return message;
  }

  private static ConsumerRecord<String, byte[]> heard(
      ProducerRecord<String, byte[]> as, String topic, String key, String body) {
    var message = new ConsumerRecord<>(topic, 0, 0, key, body.getBytes(StandardCharsets.UTF_8));
    for (Header header : as.headers()) {
      message.headers().add(header);
    }
    return message;
  }

  private static void refused(EventMacs by, ConsumerRecord<String, byte[]> message) {
    assertThatExceptionOfType(EventMacs.Forged.class).isThrownBy(() -> by.body(message));
  }

  @Test
  void what_one_service_says_the_other_believes_and_no_other_topic_key_or_body() throws Exception {
    EventMacs macs = macs(NEW, true);
    var message = said(macs);

    assertThat(macs.body(heard(message, "topic", "key", "body"))).isEqualTo(message.value());
    refused(macs, heard(message, "other", "key", "body"));
    refused(macs, heard(message, "topic", "yek", "body"));
    refused(macs, heard(message, "topic", "key", "bode"));
    refused(macs, heard(message, "topi", "ckey", "body"));
    refused(macs, heard(message, "topic", "keyb", "ody"));
  }

  @Test
  void what_is_not_marked_is_refused_unless_it_is_allowed_for_a_while() throws Exception {
    var unmarked = heard(said(macs(null, true)), "topic", "key", "body");

    refused(macs(NEW, true), unmarked);
    assertThat(macs(NEW, false).body(unmarked)).isEqualTo(unmarked.value());
    refused(macs(NEW, false), heard(said(macs(OLD, true)), "topic", "key", "body"));
  }

  @Test
  void a_secret_is_changed_while_both_services_go_on() throws Exception {
    var before = heard(said(macs(OLD, true)), "topic", "key", "body");
    var during = heard(said(macs(NEW + "\n" + OLD + "\n", true)), "topic", "key", "body");

    assertThat(macs(NEW + "\n" + OLD, true).body(before)).isEqualTo(before.value());
    assertThat(macs(OLD + "\n" + NEW, true).body(during)).isEqualTo(during.value());
    refused(macs(NEW, true), before);
    assertThat(macs(NEW, true).body(during)).isEqualTo(during.value());
  }

  @Test
  void without_a_secret_all_is_believed() throws Exception {
    var message = heard(said(macs(NEW, true)), "topic", "key", "body");

    assertThat(macs(null, true).body(message)).isEqualTo(message.value());
    assertThat(said(macs(null, true)).headers()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "secret", "0x01", "0X" + "ab", "# comment"})
  void a_file_that_holds_anything_else_is_refused_and_not_shown(String secrets) {
    assertThatIllegalStateException()
        .isThrownBy(() -> macs(secrets, true))
        .withMessageContaining("64 hexadecimal digits")
        .withNoCause();
  }
}
