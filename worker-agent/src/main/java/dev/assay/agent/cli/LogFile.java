package dev.assay.agent.cli;

import dev.assay.keystore.PrivateFiles;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.function.Consumer;

/**
 * The log that a home keeps for {@code logs}: JSON lines in {@code agent.log}, and the {@code
 * agent.log.1} before it. Neither grows beyond {@value #LARGEST} bytes.
 */
final class LogFile implements AutoCloseable {
  static final String NAME = "agent.log";
  static final String EARLIER = "agent.log.1";
  private static final long LARGEST = 4L * 1024 * 1024;

  private final Path home;
  private FileChannel channel;

  private LogFile(Path home, FileChannel channel) {
    this.home = home;
    this.channel = channel;
  }

  static LogFile open(Path home) throws IOException {
    return new LogFile(home, openEnd(home));
  }

  /** A disk that is full costs the provider lines, not work. */
  Consumer<String> lines() {
    return line -> {
      try {
        append(line);
      } catch (IOException lost) {
        // The same line went to the console.
      }
    };
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }

  private synchronized void append(String line) throws IOException {
    if (!channel.isOpen()) { // what follows had failed before
      channel = openEnd(home);
    }
    if (channel.size() > LARGEST) {
      channel.close();
      Files.move(home.resolve(NAME), home.resolve(EARLIER), StandardCopyOption.REPLACE_EXISTING);
      channel = openEnd(home);
    }
    channel.write(ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8)));
  }

  private static FileChannel openEnd(Path home) throws IOException {
    Path file = home.resolve(NAME);
    if (!Files.exists(file)) {
      PrivateFiles.create(file, new byte[0]);
    }
    return FileChannel.open(file, StandardOpenOption.WRITE, StandardOpenOption.APPEND);
  }
}
