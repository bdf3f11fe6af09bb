package dev.assay.agent.key;

import dev.assay.agent.key.SealedClaims.Dated;
import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.Digest;
import dev.assay.protocol.wire.AttemptRef;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * What was signed for each attempt. Two attestations of one attempt cost a worker its whole bond,
 * so this file is asked, and written through to the disk, before each signature; a {@code kill -9}
 * or a market that leases one attempt twice cannot make the worker contradict itself.
 *
 * <p>A line a signature: job, attempt, digest of the attestation, digest of the submission, seconds
 * since 1970 (for whoever looks into it), CRC-32C of the line so far. Only the newest claims are in
 * memory: when there are {@value #IN_MEMORY} they become a file of {@link SealedClaims} beside this
 * one. Two of those that are about as long become one, up to {@link #MOST_IN_ONE}, so there are
 * few.
 *
 * <p>Nothing is ever dropped. The Court takes two attestations that contradict each other however
 * old they are, and an attempt does not tell its age: its job's name is a hash, and whatever else
 * stands in a lease the market can write anew. What were forgotten could be leased, and signed,
 * once more.
 */
public final class SignOnceTable implements AutoCloseable {
  /** About a megabyte. */
  static final int IN_MEMORY = 4096;

  /** While two become one nothing is signed: some tens of megabytes are rewritten, not all. */
  static final long MOST_IN_ONE = 64L * IN_MEMORY;

  private static final Pattern SEALED = Pattern.compile("\\.sealed-([0-9]{1,18})");

  private final FileChannel channel;
  private final Path file;
  private final List<SealedClaims> sealed;
  private final Map<AttemptRef, Line> claims;
  private long length;

  /**
   * @param attestation its digest in the court's domain
   * @param submission digest of attestation, salt and output
   */
  public record Claim(AttemptRef attempt, Digest attestation, Digest submission) {}

  private record Line(Claim claim, Instant at) {}

  private SignOnceTable(
      Path file,
      FileChannel channel,
      List<SealedClaims> sealed,
      Map<AttemptRef, Line> claims,
      long length) {
    this.file = file;
    this.channel = channel;
    this.sealed = sealed;
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
  public static SignOnceTable open(Path file) throws IOException {
    List<Line> lines = new ArrayList<>();
    long good = Files.exists(file) ? read(file, lines) : 0;
    FileChannel channel = PrivateFiles.openToAppend(file);
    channel.truncate(good);
    channel.force(true);
    Map<AttemptRef, Line> claims = new HashMap<>();
    lines.forEach(line -> claims.put(line.claim.attempt, line));
    return new SignOnceTable(file, channel, sealed(file), claims, good);
  }

  /**
   * What was signed for an attempt, if anything was.
   *
   * @throws IOException if that cannot be told
   */
  public synchronized Optional<Claim> of(AttemptRef attempt) throws IOException {
    Line line = claims.get(attempt);
    if (line != null) {
      return Optional.of(line.claim);
    }
    for (SealedClaims older : sealed) {
      Optional<Claim> found = older.find(attempt);
      if (found.isPresent()) {
        return found;
      }
    }
    return Optional.empty();
  }

  /**
   * Answers those claims that may be signed: of attempts that have none yet, and those that are
   * what was signed before. When it returns they are on the disk.
   *
   * @throws IOException if they may not be; then none of the new ones may be signed
   */
  public synchronized List<Claim> admit(List<Claim> wanted, Instant now) throws IOException {
    Map<AttemptRef, Line> fresh = new HashMap<>();
    List<Claim> admitted = new ArrayList<>();
    StringBuilder lines = new StringBuilder();
    for (Claim claim : wanted) {
      Line sameBatch = fresh.get(claim.attempt);
      Optional<Claim> before = sameBatch == null ? of(claim.attempt) : Optional.of(sameBatch.claim);
      if (before.isEmpty()) {
        fresh.put(claim.attempt, new Line(claim, now));
        lines.append(write(claim, now));
      }
      if (before.isEmpty() || before.get().equals(claim)) {
        admitted.add(claim);
      }
    }
    append(lines.toString().getBytes(StandardCharsets.US_ASCII));
    claims.putAll(fresh);
    if (claims.size() >= IN_MEMORY) {
      seal(now);
    }
    return admitted;
  }

  @Override
  public synchronized void close() throws IOException {
    for (SealedClaims older : sealed) {
      older.close();
    }
    channel.close();
  }

  /**
   * Moves the claims that are in memory to a file of their own. Whenever a crash comes, each claim
   * is in the log, in a sealed file, or in both; never in none.
   */
  private void seal(Instant now) throws IOException {
    List<Dated> ascending =
        claims.values().stream()
            .map(line -> new Dated(line.claim, line.at))
            .sorted((a, b) -> SealedClaims.compare(a.claim().attempt(), b.claim().attempt()))
            .toList();
    sealed.add(write(ascending.iterator(), now));
    channel.truncate(0);
    channel.force(true);
    length = 0;
    claims.clear();
    while (sealed.size() > 1 && becomeOne(sealed.get(sealed.size() - 2), sealed.getLast())) {
      SealedClaims newer = sealed.getLast();
      SealedClaims older = sealed.get(sealed.size() - 2);
      SealedClaims both = write(merged(older.all(), newer.all()), newer.newest());
      sealed.removeLast();
      sealed.removeLast();
      sealed.add(both);
      for (SealedClaims replaced : List.of(older, newer)) {
        replaced.close();
        Files.delete(replaced.file());
      }
    }
  }

  private static boolean becomeOne(SealedClaims older, SealedClaims newer) {
    return older.count() <= 2 * newer.count() && older.count() + newer.count() <= MOST_IN_ONE;
  }

  private SealedClaims write(Iterator<Dated> ascending, Instant newest) throws IOException {
    long last = sealed.isEmpty() ? 0 : number(sealed.getLast().file());
    Path target = file.resolveSibling(file.getFileName() + ".sealed-" + (last + 1));
    try {
      SealedClaims.write(target, newest, ascending);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
    return SealedClaims.open(target);
  }

  /** Both, ascending; of an attempt that a crash has left in both, one. */
  private static Iterator<Dated> merged(Iterator<Dated> one, Iterator<Dated> other) {
    return new Iterator<>() {
      private @Nullable Dated fromOne = pull(one);
      private @Nullable Dated fromOther = pull(other);
      private @Nullable Dated next = least();

      @Override
      public boolean hasNext() {
        return next != null;
      }

      @Override
      public Dated next() {
        Dated given = next;
        if (given == null) {
          throw new NoSuchElementException();
        }
        next = least();
        return given;
      }

      private @Nullable Dated pull(Iterator<Dated> from) {
        return from.hasNext() ? from.next() : null;
      }

      private @Nullable Dated least() {
        Dated a = fromOne;
        Dated b = fromOther;
        int order =
            a == null
                ? 1
                : b == null ? -1 : SealedClaims.compare(a.claim().attempt(), b.claim().attempt());
        if (order <= 0) {
          fromOne = pull(one);
        }
        if (order >= 0) {
          fromOther = pull(other);
        }
        return order <= 0 ? a : b;
      }
    };
  }

  /** Oldest first. */
  private static List<SealedClaims> sealed(Path file) throws IOException {
    List<Path> files;
    try (var beside = Files.list(file.toAbsolutePath().getParent())) {
      files =
          beside
              .filter(
                  path -> path.getFileName().toString().startsWith(file.getFileName() + ".sealed-"))
              .filter(path -> number(path) > 0)
              .sorted(Comparator.comparingLong(SignOnceTable::number))
              .toList();
    }
    List<SealedClaims> found = new ArrayList<>();
    try {
      for (Path path : files) {
        found.add(SealedClaims.open(path));
      }
      return found;
    } catch (IOException e) {
      for (SealedClaims claims : found) {
        claims.close();
      }
      throw e;
    }
  }

  /** Zero for a file that is none of the sealed ones. */
  private static long number(Path path) {
    String name = path.getFileName().toString();
    int from = name.lastIndexOf(".sealed-");
    Matcher suffix = SEALED.matcher(from < 0 ? "" : name.substring(from));
    return suffix.matches() ? Long.parseLong(suffix.group(1)) : 0;
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
