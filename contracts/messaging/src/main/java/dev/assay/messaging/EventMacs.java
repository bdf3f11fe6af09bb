package dev.assay.messaging;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.stereotype.Component;

/**
 * What only the two services can write beside a record: so Kafka may delay, repeat and reorder what
 * they say to each other, and whoever writes into it cannot say anything. Each reads what the other
 * writes and nothing else, so one secret of both proves as much as a signature would.
 */
@Component
public class EventMacs {
  /** Header of a record: HMAC-SHA256 over its topic, key and body, each after its length. */
  public static final String HEADER = "mac";

  private static final Logger LOG = LoggerFactory.getLogger(EventMacs.class);
  private static final String ALGORITHM = "HmacSHA256";
  private static final Pattern SECRET = Pattern.compile("0x[0-9a-f]{64}");

  private final List<SecretKeySpec> secrets;
  private final boolean required;

  EventMacs(MessagingSettings settings) {
    Path file = settings.secretFile();
    this.secrets = file == null ? List.of() : read(file);
    this.required = settings.macRequired() && !secrets.isEmpty();
    if (!required) {
      LOG.warn(
          "Who may write into Kafka is believed: messaging.secret-file is not set, or"
              + " messaging.mac-required is off (docs/operations/deploy.md#kafka).");
    }
  }

  private static List<SecretKeySpec> read(Path file) {
    List<String> lines;
    try {
      lines = Files.readAllLines(file).stream().map(String::strip).toList();
    } catch (IOException e) {
      throw new IllegalStateException("messaging.secret-file cannot be read.", e);
    }
    if (lines.isEmpty() || !lines.stream().allMatch(line -> SECRET.matcher(line).matches())) {
      throw new IllegalStateException(
          "messaging.secret-file has to hold lines of 0x and 64 hexadecimal digits, and nothing"
              + " else.");
    }
    return lines.stream()
        .map(line -> new SecretKeySpec(HexFormat.of().parseHex(line.substring(2)), ALGORITHM))
        .toList();
  }

  /** Adds the header, by the first secret; nothing if there is none. */
  public void mark(ProducerRecord<String, byte[]> message) {
    if (!secrets.isEmpty()) {
      byte[] mac = mac(secrets.getFirst(), message.topic(), message.key(), message.value());
      message.headers().add(HEADER, mac);
    }
  }

  /**
   * The body of a record that one of the services wrote.
   *
   * @throws Forged if the header is not there, or of none of the secrets
   */
  public byte[] body(ConsumerRecord<String, byte[]> message) {
    @Nullable Header header = message.headers().lastHeader(HEADER);
    boolean isBelieved = header == null ? !required : secrets.isEmpty() || isOurs(message, header);
    if (!isBelieved) {
      throw new Forged(message);
    }
    return message.value();
  }

  private boolean isOurs(ConsumerRecord<String, byte[]> message, Header header) {
    return secrets.stream()
        .map(secret -> mac(secret, message.topic(), message.key(), message.value()))
        .anyMatch(mac -> MessageDigest.isEqual(mac, header.value()));
  }

  private static byte[] mac(
      SecretKeySpec secret, String topic, @Nullable String key, byte @Nullable [] body) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(secret);
      add(mac, topic.getBytes(StandardCharsets.UTF_8));
      add(mac, key == null ? null : key.getBytes(StandardCharsets.UTF_8));
      add(mac, body);
      return mac.doFinal();
    } catch (GeneralSecurityException e) { // which every JDK has
      throw new IllegalStateException(e);
    }
  }

  private static void add(Mac mac, byte @Nullable [] part) {
    mac.update(ByteBuffer.allocate(Integer.BYTES).putInt(part == null ? -1 : part.length).flip());
    if (part != null) {
      mac.update(part);
    }
  }

  /** Nobody who may say it said it: it goes to the dead letters at once. */
  public static final class Forged extends RuntimeException {
    Forged(ConsumerRecord<?, ?> message) {
      super("A record of %s is by none who knows the secret".formatted(message.topic()));
    }
  }
}
