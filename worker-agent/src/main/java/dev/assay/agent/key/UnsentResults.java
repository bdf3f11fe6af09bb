package dev.assay.agent.key;

import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.wire.AttemptRef;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Results that the market has not answered yet, on disk, so that a crash between computing and
 * sending costs the worker nothing. A JSON object a line; the file is emptied whenever all are
 * answered.
 */
public final class UnsentResults implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private FileChannel channel;
  private final Map<AttemptRef, Unsent> pending = new LinkedHashMap<>();
  private long length;

  /**
   * A result that is complete but for its signature. The same one is signed to the same bytes, so
   * it can be sent again after a crash.
   */
  public record Unsent(ResultAttestation attestation, Digest outputSalt, JobOutput output) {
    public AttemptRef ref() {
      return new AttemptRef(attestation.jobId(), attestation.attempt());
    }

    /** Without the output, which is the requester's own. */
    @Override
    public String toString() {
      return "Unsent[%s, attempt %d]".formatted(attestation.jobId(), attestation.attempt());
    }
  }

  private UnsentResults(Path file) throws IOException {
    this.file = file;
    this.channel = PrivateFiles.openToAppend(file);
  }

  /** Opens the file, or begins one. What follows the last whole line was never sent. */
  public static UnsentResults open(Path file) throws IOException {
    List<Unsent> found = new ArrayList<>();
    if (Files.exists(file)) {
      try (var lines = Files.lines(file)) {
        for (String line : (Iterable<String>) lines::iterator) {
          found.add(JSON.readValue(line, Unsent.class));
        }
      } catch (JacksonException | java.io.UncheckedIOException torn) {
        // A crash tears the last line only; the attempt is leased to somebody again.
      }
    }
    UnsentResults results = new UnsentResults(file);
    results.channel.truncate(0);
    results.add(found);
    return results;
  }

  /** Keeps results; when it returns they are on the disk. */
  public synchronized void add(List<Unsent> results) throws IOException {
    if (results.isEmpty()) {
      return;
    }
    var lines = new ByteArrayOutputStream();
    for (Unsent result : results) {
      lines.write(JSON.writeValueAsBytes(result));
      lines.write('\n');
    }
    if (!channel.isOpen()) { // an errand that is interrupted while it writes closes it
      channel = PrivateFiles.openToAppend(file);
    }
    channel.truncate(length);
    ByteBuffer bytes = ByteBuffer.wrap(lines.toByteArray());
    long position = length;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
    channel.force(true);
    length = position;
    results.forEach(result -> pending.put(result.ref(), result));
  }

  /** What waits, oldest first. */
  public synchronized List<Unsent> pending() {
    return List.copyOf(pending.values());
  }

  /** Forgets results that the market has answered. */
  public synchronized void remove(List<AttemptRef> answered) throws IOException {
    pending.keySet().removeAll(answered);
    if (pending.isEmpty() && length > 0) {
      channel.truncate(0);
      length = 0;
    }
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }
}
