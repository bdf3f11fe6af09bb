package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.platform.GroupCommit;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.marketplace.platform.Transactions;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.ChatOutput;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.beans.factory.DisposableBean;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/**
 * What workers streamed before they attested it, as far as that must be known later: how much, and
 * its digest. A result must be what was streamed, whichever replica heard it.
 */
@Component
public class StreamedOutputs implements DisposableBean {
  private final JdbcClient jdbc;
  private final JobFeeds feeds;
  private final GroupCommit<Streamed, Boolean> writing;

  /** How much, and what. */
  record Streamed(LiveLease lease, long bytes, Digest digest, boolean isWhole, Instant at) {
    static Streamed of(LiveLease lease, Transcript said, Instant at) {
      return new Streamed(lease, said.bytes(), said.digest(), said.isWhole(), at);
    }
  }

  StreamedOutputs(
      JdbcClient jdbc, JobFeeds feeds, DispatchSettings settings, Transactions transactions) {
    this.jdbc = jdbc;
    this.feeds = feeds;
    this.writing =
        new GroupCommit<>(
            "streamed-outputs", settings.together(), settings.queued(), transactions, this::insert);
  }

  /** Whether a worker may attest {@code output}: it is what it has streamed, if it has. */
  public boolean agree(LiveLease lease, ChatOutput output) {
    Optional<Boolean> here = feeds.transcript(lease, said -> said.isOf(output.text()));
    if (here.isPresent() && !here.get()) {
      return false;
    }
    byte[] text = output.text().getBytes(StandardCharsets.UTF_8);
    return jdbc
        .sql("select * from streamed_output where job = :job and attempt = :attempt")
        .param("job", lease.job().id().uuid())
        .param("attempt", lease.attempt())
        .query((row, _) -> {
          long bytes = row.getLong("bytes");
          boolean fits = row.getBoolean("is_whole") ? bytes == text.length : bytes <= text.length;
          return fits
              && Digest.keccak256(Arrays.copyOf(text, (int) bytes))
                  .equals(Digest.of(row.getBytes("digest")));
        })
        .list()
        .stream()
        .allMatch(fits -> fits);
  }

  /** When a stream has ended. */
  void keep(Streamed streamed) {
    writing.commit(streamed);
  }

  private Supplier<List<Boolean>> insert(List<Streamed> group, OneTrip trip) {
    trip.add(
        """
        insert into streamed_output (job, attempt, bytes, digest, is_whole, at)
        select unnest(:jobs::uuid[]), unnest(:attempts::int[]), unnest(:bytes::bigint[]), unnest(:digests),
               unnest(:whole::boolean[]), unnest(:at::timestamptz[])
        on conflict do nothing
        """,
        Map.of(
            "jobs", SqlArrays.texts(group, one -> one.lease().job().id().uuid()),
            "attempts", SqlArrays.texts(group, one -> one.lease().attempt()),
            "bytes", SqlArrays.texts(group, Streamed::bytes),
            "digests", SqlArrays.digests(group, Streamed::digest),
            "whole", SqlArrays.texts(group, Streamed::isWhole),
            "at", SqlArrays.texts(group, Streamed::at)));
    return () -> group.stream().map(_ -> true).toList();
  }

  @Override
  public void destroy() {
    writing.close();
  }
}
