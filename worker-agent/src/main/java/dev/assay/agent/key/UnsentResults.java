package dev.assay.agent.key;

import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.wire.AttemptRef;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Results that the market has not answered yet, on disk, so that a crash between computing and
 * sending costs the worker nothing. A JSON object a line; the file is emptied whenever all are
 * answered, and written anew without those that are when it has grown by {@link #MOST_GROWTH}.
 */
public final class UnsentResults implements AutoCloseable {
  static final long MOST_GROWTH = 8L * 1024 * 1024;

  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Path file;
  private FileChannel channel;
  private final Map<AttemptRef, Unsent> pending = new LinkedHashMap<>();
  private int setAside;
  private long length;

  /** What it was when there was nothing in it but what waits. */
  private long lengthRewritten;

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

  /**
   * Opens the file, or begins one. Half a line at its end, which a crash leaves, was never sent and
   * is cut off. Any other line that cannot be read goes into a file beside this one, for a human.
   */
  public static UnsentResults open(Path file) throws IOException {
    UnsentResults results = new UnsentResults(file);
    try {
      results.read(Files.readAllBytes(file));
      return results;
    } catch (IOException e) {
      results.close();
      throw e;
    }
  }

  private void read(byte[] bytes) throws IOException {
    var unreadable = new ByteArrayOutputStream();
    boolean isTorn = false;
    for (int start = 0; start < bytes.length; ) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      isTorn = end == bytes.length;
      try {
        Unsent result = JSON.readValue(bytes, start, end - start, Unsent.class);
        pending.put(result.ref(), result);
      } catch (JacksonException e) {
        if (!isTorn) {
          unreadable.write(bytes, start, end + 1 - start);
          setAside++;
        }
      }
      start = end + 1;
    }
    length = bytes.length;
    if (setAside > 0) {
      try (FileChannel beside = PrivateFiles.openToAppend(unreadable())) {
        write(beside, unreadable.toByteArray(), beside.size());
      }
    }
    if (setAside > 0 || isTorn) {
      rewrite();
    }
  }

  /** How many lines could not be read when it was opened. */
  public int setAside() {
    return setAside;
  }

  /** Where those lines are. */
  public Path unreadable() {
    return file.resolveSibling(file.getFileName() + ".unreadable");
  }

  /** Keeps results; when it returns they are on the disk. */
  public synchronized void add(List<Unsent> results) throws IOException {
    if (results.isEmpty()) {
      return;
    }
    var lines = new ByteArrayOutputStream();
    write(results, lines);
    if (!channel.isOpen()) { // an errand that is interrupted while it writes closes it
      channel = PrivateFiles.openToAppend(file);
    }
    channel.truncate(length);
    length = write(channel, lines.toByteArray(), length);
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
      lengthRewritten = 0;
    } else if (length - lengthRewritten > MOST_GROWTH) {
      rewrite();
    }
  }

  /** In the place of the file that there is, which a crash or a full disk leaves as it was. */
  private void rewrite() throws IOException {
    PrivateFiles.replace(file, out -> write(pending.values(), out));
    channel.close();
    channel = PrivateFiles.openToAppend(file);
    length = channel.size();
    lengthRewritten = length;
  }

  private static void write(Collection<Unsent> results, OutputStream out) throws IOException {
    for (Unsent result : results) {
      out.write(JSON.writeValueAsBytes(result));
      out.write('\n');
    }
  }

  /** Answers where it ends; when it returns, it is on the disk. */
  private static long write(FileChannel channel, byte[] content, long from) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(content);
    long position = from;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
    channel.force(true);
    return position;
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }
}
