package dev.assay.marketplace.platform;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.core.ResolvableType;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpOutputMessage;
import org.springframework.http.converter.json.JacksonJsonHttpMessageConverter;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes JSON whose length is said before it: head and body are one write to the socket and one
 * packet, where chunks would need another to say that they are over. What is longer than most
 * answers are is not held in memory for that, and goes in chunks.
 */
final class WholeAnswers extends JacksonJsonHttpMessageConverter {
  private static final int HELD = 16 << 10;

  WholeAnswers(JsonMapper json) {
    super(json);
  }

  @Override
  protected void writeInternal(
      Object answer,
      ResolvableType type,
      HttpOutputMessage message,
      @Nullable Map<String, Object> hints)
      throws IOException {
    var held = new Held(message);
    super.writeInternal(answer, type, held, hints);
    held.finish();
  }

  /** A message whose body is held back until it is whole, or too long. */
  private static final class Held implements HttpOutputMessage {
    private final HttpOutputMessage message;
    private final Body body;

    Held(HttpOutputMessage message) {
      this.message = message;
      this.body = new Body(message);
    }

    @Override
    public HttpHeaders getHeaders() {
      return message.getHeaders();
    }

    @Override
    public OutputStream getBody() {
      return body;
    }

    void finish() throws IOException {
      body.finish();
    }
  }

  private static final class Body extends OutputStream {
    private final HttpOutputMessage message;
    private final ByteArrayOutputStream held = new ByteArrayOutputStream(1024);
    private boolean isLong;

    Body(HttpOutputMessage message) {
      this.message = message;
    }

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (!isLong && held.size() + length > HELD) {
        isLong = true;
        held.writeTo(message.getBody());
      }
      if (isLong) {
        message.getBody().write(bytes, from, length);
      } else {
        held.write(bytes, from, length);
      }
    }

    void finish() throws IOException {
      if (!isLong) {
        message.getHeaders().setContentLength(held.size());
        held.writeTo(message.getBody());
      }
    }
  }
}
