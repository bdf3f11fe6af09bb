package dev.assay.agent.key;

import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.wire.AttemptRef;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What was signed for each attempt. Two attestations of one attempt cost a worker its whole bond,
 * so this file is asked, and written through to the disk, before each signature; a {@code kill -9}
 * or a market that leases one attempt twice cannot make the worker contradict itself.
 *
 * <p>A line a signature: job, attempt, digest of the attestation, digest of the submission, seconds
 * since 1970, CRC-32C of the line so far.
 */
public final class SignOnceTable implements AutoCloseable {
  /** Longer than evidence is taken: {@code maxAge} of the Court is 7 days. */
  public static final Duration KEPT = Duration.ofDays(30);

  private final FileChannel channel;
  private final Path file;
  private final Map<AttemptRef, Claim> claims;
  private long length;

  /**
   * @param attestation its digest in the court's domain
   * @param submission digest of attestation, salt and output
   */
  public record Claim(AttemptRef attempt, Digest attestation, Digest submission) {}

  private record Line(Claim claim, Instant at) {}

  private SignOnceTable(
      Path file, FileChannel channel, Map<AttemptRef, Claim> claims, long length) {
    this.file = file;
    this.channel = channel;
    this.claims = claims;
    this.length = length;
  }

  /**
   * Opens the table, or begins one. Half a line at its end, which a crash leaves, was never signed
   * and is cut off.
   *
   * @throws IOException if it cannot be read, or has a bad line before a good one: something else
   *     than a crash has changed it, and nothing may be signed until a human has looked
   */
  public static SignOnceTable open(Path file, Instant now) throws IOException {
    List<Line> lines = new ArrayList<>();
    long good = Files.exists(file) ? read(file, lines) : 0;
    List<Line> kept = lines.stream().filter(l -> l.at.isAfter(now.minus(KEPT))).toList();
    if (kept.size() < lines.size()) {
      StringBuilder text = new StringBuilder();
      kept.forEach(line -> text.append(write(line.claim, line.at)));
      byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
      PrivateFiles.replace(file, bytes);
      good = bytes.length;
    }
    FileChannel channel = PrivateFiles.openToAppend(file);
    channel.truncate(good);
    channel.force(true);
    Map<AttemptRef, Claim> claims = new HashMap<>();
    kept.forEach(line -> claims.put(line.claim.attempt, line.claim));
    return new SignOnceTable(file, channel, claims, good);
  }

  /** What was signed for an attempt, if anything was. */
  public synchronized Optional<Claim> of(AttemptRef attempt) {
    return Optional.ofNullable(claims.get(attempt));
  }

  /**
   * Answers those claims that may be signed: of attempts that have none yet, and those that are
   * what was signed before. When it returns they are on the disk.
   *
   * @throws IOException if they may not be; then none of the new ones may be signed
   */
  public synchronized List<Claim> admit(List<Claim> wanted, Instant now) throws IOException {
    Map<AttemptRef, Claim> fresh = new HashMap<>();
    List<Claim> admitted = new ArrayList<>();
    StringBuilder lines = new StringBuilder();
    for (Claim claim : wanted) {
      @Nullable Claim before = claims.get(claim.attempt);
      if (before == null) {
        before = fresh.putIfAbsent(claim.attempt, claim);
        if (before == null) {
          lines.append(write(claim, now));
        }
      }
      if (before == null || before.equals(claim)) {
        admitted.add(claim);
      }
    }
    append(lines.toString().getBytes(StandardCharsets.US_ASCII));
    claims.putAll(fresh);
    return admitted;
  }

  @Override
  public synchronized void close() throws IOException {
    channel.close();
  }

  /** What a write that failed has left is overwritten by the next. */
  private void append(byte[] lines) throws IOException {
    if (lines.length == 0) {
      return;
    }
    channel.truncate(length);
    ByteBuffer bytes = ByteBuffer.wrap(lines);
    long position = length;
    while (bytes.hasRemaining()) {
      position += channel.write(bytes, position);
    }
    channel.force(true);
    length = position;
  }

  private static String write(Claim claim, Instant at) {
    String line =
        "%s %d %s %s %d "
            .formatted(
                claim.attempt.jobId(),
                claim.attempt.attempt(),
                claim.attestation,
                claim.submission,
                at.getEpochSecond());
    return line + checksum(line) + "\n";
  }

  /** Answers how many bytes from the beginning are good lines. */
  private static long read(Path file, List<Line> lines) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    long good = 0;
    boolean isTorn = false;
    for (int start = 0; start < bytes.length; ) {
      int end = start;
      while (end < bytes.length && bytes[end] != '\n') {
        end++;
      }
      String text = new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
      Optional<Line> line = end < bytes.length ? parse(text) : Optional.empty();
      if (line.isPresent() && isTorn) {
        throw new IOException(
            "%s is damaged before byte %d; restore it from a copy, or bind a new session key"
                .formatted(file, start));
      }
      if (line.isPresent()) {
        lines.add(line.get());
        good = end + 1L;
      } else {
        isTorn = true;
      }
      start = end + 1;
    }
    return good;
  }

  private static Optional<Line> parse(String text) {
    int last = text.lastIndexOf(' ') + 1;
    if (last == 0 || !checksum(text.substring(0, last)).equals(text.substring(last))) {
      return Optional.empty();
    }
    String[] parts = text.split(" ", -1);
    return Optional.of(
        new Line(
            new Claim(
                new AttemptRef(Digest.parse(parts[0]), Long.parseLong(parts[1])),
                Digest.parse(parts[2]),
                Digest.parse(parts[3])),
            Instant.ofEpochSecond(Long.parseLong(parts[4]))));
  }

  private static String checksum(String text) {
    CRC32C crc = new CRC32C();
    crc.update(text.getBytes(StandardCharsets.ISO_8859_1));
    return HexFormat.of().toHexDigits((int) crc.getValue());
  }

  @Override
  public String toString() {
    return "SignOnceTable[" + file + "]";
  }
}
