package dev.assay.marketplace.openai;

import dev.assay.marketplace.platform.ByOneReplica;
import dev.assay.protocol.WalletAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Repository;

/** Files as rows; another's is as if it were not there. */
@Repository
class StoredFiles {
  private static final String BUT_CONTENT =
      "id, requester, filename, bytes, created_at, kept_until, batch, of_errors";

  private final JdbcClient jdbc;
  private final Clock clock;

  StoredFiles(JdbcClient jdbc, Clock clock) {
    this.jdbc = jdbc;
    this.clock = clock;
  }

  /**
   * @param content null if its batch has it
   */
  void insert(StoredFile file, byte @Nullable [] content) {
    var answers = file.answersOf();
    jdbc.sql(
            """
            insert into stored_file (id, requester, filename, bytes, created_at, kept_until, content, batch, of_errors)
            values (:id, :requester, :filename, :bytes, :createdAt, :keptUntil, :content, :batch::uuid, :ofErrors::boolean)
            """)
        .param("id", file.id().uuid())
        .param("requester", file.requester().hex())
        .param("filename", file.filename())
        .param("bytes", file.bytes())
        .param("createdAt", file.createdAt().atOffset(ZoneOffset.UTC))
        .param("keptUntil", file.keptUntil().atOffset(ZoneOffset.UTC))
        .param("content", content)
        .param("batch", answers == null ? null : answers.batch().uuid().toString())
        .param("ofErrors", answers == null ? null : answers.areErrors())
        .update();
  }

  Optional<StoredFile> find(WalletAddress requester, FileId id) {
    return jdbc.sql(
            "select %s from stored_file where id = :id and requester = :requester"
                .formatted(BUT_CONTENT))
        .param("id", id.uuid())
        .param("requester", requester.hex())
        .query((row, _) -> read(row))
        .optional();
  }

  /** Of one that was handed in. */
  byte[] content(FileId id) {
    return jdbc.sql("select content from stored_file where id = :id")
        .param("id", id.uuid())
        .query((row, _) -> row.getBytes("content"))
        .single();
  }

  /**
   * The newest first or the oldest, from the one behind {@code after} on.
   *
   * @param purpose as they tell it; null for all
   */
  List<StoredFile> list(
      WalletAddress requester,
      @Nullable String purpose,
      Optional<FileId> after,
      boolean isOldestFirst,
      int limit) {
    return jdbc.sql(
            """
            select %s from stored_file
            where requester = :requester and (:after::uuid is null or id %s :after::uuid)
              and (:purpose::text is null or :purpose = case when batch is null then :handedIn else :answers end)
            order by id %s limit :limit
            """
                .formatted(BUT_CONTENT, isOldestFirst ? ">" : "<", isOldestFirst ? "asc" : "desc"))
        .param("requester", requester.hex())
        .param("purpose", purpose)
        .param("handedIn", StoredFile.HANDED_IN)
        .param("answers", StoredFile.ANSWERS)
        .param("after", after.map(id -> id.uuid().toString()).orElse(null))
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  /** All that a requester has handed in and still has here. */
  long bytesOf(WalletAddress requester) {
    return jdbc.sql(
            """
            select coalesce(sum(bytes), 0)::bigint from stored_file
            where requester = :requester and content is not null
            """)
        .param("requester", requester.hex())
        .query(Long.class)
        .single();
  }

  boolean delete(WalletAddress requester, FileId id) {
    return jdbc.sql("delete from stored_file where id = :id and requester = :requester")
            .param("id", id.uuid())
            .param("requester", requester.hex())
            .update()
        > 0;
  }

  @ByOneReplica
  @Scheduled(fixedDelayString = "${marketplace.openai.sweep-every:10m}")
  void sweep() {
    jdbc.sql("delete from stored_file where kept_until < :now")
        .param("now", clock.instant().atOffset(ZoneOffset.UTC))
        .update();
  }

  private static StoredFile read(ResultSet row) throws SQLException {
    UUID batch = row.getObject("batch", UUID.class);
    return new StoredFile(
        new FileId(row.getObject("id", UUID.class)),
        new WalletAddress(row.getString("requester")),
        row.getString("filename"),
        row.getLong("bytes"),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getObject("kept_until", OffsetDateTime.class).toInstant(),
        batch == null
            ? null
            : new StoredFile.Answers(new BatchId(batch), row.getBoolean("of_errors")));
  }
}
