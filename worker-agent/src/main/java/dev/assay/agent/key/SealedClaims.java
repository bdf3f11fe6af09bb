package dev.assay.agent.key;

import dev.assay.agent.key.SignOnceTable.Claim;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.wire.AttemptRef;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * A part of the {@link SignOnceTable} that no longer changes: claims in the order of their
 * attempts, each as long as the next, so that one is found on the disk in a few reads and none is
 * kept in memory.
 */
final class SealedClaims implements AutoCloseable {
  /** Names the format, then the time of the newest claim. */
  private static final long MAGIC = 0x4153534159534f31L;

  private static final int HEADER = 2 * Long.BYTES;
  private static final int KEY = Digest.SIZE + Long.BYTES;
  private static final int BODY = KEY + 2 * Digest.SIZE + Long.BYTES;
  private static final int RECORD = BODY + Integer.BYTES;

  /** Records that are read together when all are. */
  private static final int AT_ONCE = 512;

  private final Path file;
  private final FileChannel channel;
  private final long count;
  private final Instant newest;

  /** A claim and when it was made. */
  record Dated(Claim claim, Instant at) {}

  private SealedClaims(Path file, FileChannel channel, long count, Instant newest) {
    this.file = file;
    this.channel = channel;
    this.count = count;
    this.newest = newest;
  }

  /**
   * @throws IOException if it cannot be read or is not what {@link #write} has written
   */
  static SealedClaims open(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      ByteBuffer header = ByteBuffer.allocate(HEADER);
      long bytes = channel.size() - HEADER;
      read(channel, file, header, 0);
      if (header.getLong(0) != MAGIC || bytes % RECORD != 0) {
        throw damaged(file);
      }
      Instant newest = Instant.ofEpochSecond(header.getLong(Long.BYTES));
      return new SealedClaims(file, channel, bytes / RECORD, newest);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Writes a new file; when it returns, the file and its name are on the disk.
   *
   * @param ascending in the order of {@link #compare}, no attempt twice
   */
  static void write(Path file, Instant newest, Iterator<Dated> ascending) throws IOException {
    PrivateFiles.replace(
        file,
        raw -> {
          var out = new DataOutputStream(new BufferedOutputStream(raw));
          out.writeLong(MAGIC);
          out.writeLong(newest.getEpochSecond());
          while (ascending.hasNext()) {
            Dated next = ascending.next();
            byte[] body = body(next);
            out.write(body);
            out.writeInt(checksum(body));
          }
          out.flush();
        });
  }

  /** By job, then by attempt, as unsigned bytes. */
  static int compare(AttemptRef one, AttemptRef other) {
    return Arrays.compareUnsigned(key(one), key(other));
  }

  Path file() {
    return file;
  }

  long count() {
    return count;
  }

  Instant newest() {
    return newest;
  }

  Optional<Claim> find(AttemptRef attempt) throws IOException {
    byte[] wanted = key(attempt);
    long low = 0;
    long high = count - 1;
    while (low <= high) {
      long middle = (low + high) >>> 1;
      Dated there = at(middle);
      int order = Arrays.compareUnsigned(key(there.claim.attempt()), wanted);
      if (order == 0) {
        return Optional.of(there.claim);
      } else if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return Optional.empty();
  }

  /** All, ascending; throws {@link java.io.UncheckedIOException} where a record is damaged. */
  Iterator<Dated> all() {
    return new Iterator<>() {
      private final ByteBuffer some = ByteBuffer.allocate(AT_ONCE * RECORD).limit(0);
      private long next;

      @Override
      public boolean hasNext() {
        return next < count;
      }

      @Override
      public Dated next() {
        if (next >= count) {
          throw new NoSuchElementException();
        }
        try {
          if (!some.hasRemaining()) {
            some.clear().limit((int) Math.min(AT_ONCE, count - next) * RECORD);
            read(channel, file, some, HEADER + next * RECORD);
            some.flip();
          }
          next++;
          return dated(some);
        } catch (IOException e) {
          throw new java.io.UncheckedIOException(e);
        }
      }
    };
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  private Dated at(long index) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(RECORD);
    read(channel, file, bytes, HEADER + index * RECORD);
    return dated(bytes.flip());
  }

  private Dated dated(ByteBuffer record) throws IOException {
    byte[] body = new byte[BODY];
    record.get(record.position(), body);
    Digest job = digest(record);
    var attempt = new AttemptRef(job, record.getLong());
    var claim = new Claim(attempt, digest(record), digest(record));
    Instant at = Instant.ofEpochSecond(record.getLong());
    if (checksum(body) != record.getInt()) {
      throw damaged(file);
    }
    return new Dated(claim, at);
  }

  private static Digest digest(ByteBuffer bytes) {
    byte[] digest = new byte[Digest.SIZE];
    bytes.get(digest);
    return Digest.of(digest);
  }

  private static byte[] key(AttemptRef attempt) {
    return ByteBuffer.allocate(KEY)
        .put(attempt.jobId().toBytes())
        .putLong(attempt.attempt())
        .array();
  }

  private static byte[] body(Dated dated) {
    return ByteBuffer.allocate(BODY)
        .put(key(dated.claim.attempt()))
        .put(dated.claim.attestation().toBytes())
        .put(dated.claim.submission().toBytes())
        .putLong(dated.at.getEpochSecond())
        .array();
  }

  private static int checksum(byte[] body) {
    CRC32C crc = new CRC32C();
    crc.update(body);
    return (int) crc.getValue();
  }

  private static void read(FileChannel channel, Path file, ByteBuffer into, long position)
      throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into, position + into.position()) < 0) {
        throw damaged(file);
      }
    }
  }

  private static IOException damaged(Path file) {
    return new IOException(file + " is damaged; restore it from a copy, or bind a new session key");
  }
}
