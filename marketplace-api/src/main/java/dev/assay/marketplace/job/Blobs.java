package dev.assay.marketplace.job;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Inputs and outputs by their digest, the same content once, for as long as it may be asked for.
 */
@Component
public class Blobs {
  private static final int SWEPT_AT_ONCE = 1_000;

  /** What has just come is asked for at once: an input by the worker that has waited for it. */
  private static final Duration REMEMBERED_FOR = Duration.ofSeconds(10);

  private static final long REMEMBERED_BYTES = 8 << 20;

  private final JdbcClient jdbc;
  private final Clock clock;
  private final Cache<Digest, byte[]> newest =
      Caffeine.newBuilder()
          .maximumWeight(REMEMBERED_BYTES)
          .weigher((Digest _, byte[] content) -> content.length + Digest.SIZE)
          .expireAfterWrite(REMEMBERED_FOR)
          .executor(Runnable::run)
          .build();

  Blobs(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * @param digest of the canonical bytes, not of {@code content}
   * @param content JSON of the protocol's {@code JobInput} or {@code JobOutput}
   */
  @SuppressWarnings("ArrayRecordComponent") // written once and never compared
  public record Blob(Digest digest, byte[] content, Instant keptUntil) {}

  /** Within the caller's transaction. What is there already is kept for the longer of the two. */
  public void keep(List<Blob> blobs, OneTrip later) {
    // In the order of their digests, and each once: two groups that share some cannot deadlock.
    List<Blob> distinct =
        blobs.stream()
            .collect(
                Collectors.toMap(
                    Blob::digest,
                    blob -> blob,
                    (a, b) -> a.keptUntil().isAfter(b.keptUntil()) ? a : b,
                    TreeMap::new))
            .values()
            .stream()
            .toList();
    later.add(
        """
        insert into blob (digest, content, kept_until)
        select unnest(:digests), unnest(:contents), unnest(:untils::timestamptz[])
        on conflict (digest) do update set kept_until = excluded.kept_until
        where blob.kept_until < excluded.kept_until
        """,
        Map.of(
            "digests", SqlArrays.digests(distinct, Blob::digest),
            "contents", SqlArrays.bytes(distinct, Blob::content),
            "untils", SqlArrays.texts(distinct, Blob::keptUntil)));
  }

  /** After the commit of {@link #keep}: for some seconds it is here without a question. */
  void remember(Blob blob) {
    newest.put(blob.digest(), blob.content());
  }

  /** None if it was never here, or its time is over. */
  public Optional<byte[]> find(Digest digest) {
    return jdbc.sql("select content from blob where digest = :digest")
        .param("digest", digest.toBytes())
        .query(byte[].class)
        .optional();
  }

  /** Those that are here. */
  public Map<Digest, byte[]> findAll(Collection<Digest> digests) {
    Map<Digest, byte[]> found = new HashMap<>(newest.getAllPresent(digests));
    List<Digest> others = digests.stream().filter(digest -> !found.containsKey(digest)).toList();
    if (others.isEmpty()) {
      return found;
    }
    jdbc.sql("select digest, content from blob where digest = any(:digests)")
        .param("digests", SqlArrays.digests(others, digest -> digest))
        .query(row -> {
          found.put(Digest.of(row.getBytes("digest")), row.getBytes("content"));
        });
    return found;
  }

  @ByOneReplica
  @Scheduled(
      initialDelayString = "${marketplace.blob.sweep-every:60s}",
      fixedDelayString = "${marketplace.blob.sweep-every:60s}")
  void sweep() {
    int swept;
    do {
      swept =
          jdbc.sql(
                  """
                  delete from blob where digest in
                    (select digest from blob where kept_until < :now order by kept_until limit :most
                     for update skip locked)
                  """)
              .param("now", clock.instant().atOffset(ZoneOffset.UTC))
              .param("most", SWEPT_AT_ONCE)
              .update();
    } while (swept == SWEPT_AT_ONCE);
  }
}
