package dev.assay.marketplace.openai;

import dev.assay.marketplace.openai.Batch.BatchError;
import dev.assay.marketplace.openai.Batch.Counts;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/** Batches and their lines as rows; another's is as if it were not there. */
@Repository
class Batches {
  private static final TypeReference<Map<String, String>> METADATA = new TypeReference<>() {};
  private static final TypeReference<List<BatchError>> ERRORS = new TypeReference<>() {};

  private final JdbcClient jdbc;
  private final JsonMapper json;

  Batches(JdbcClient jdbc, JsonMapper json) {
    this.jdbc = jdbc;
    this.json = json;
  }

  /**
   * An {@code Idempotency-Key}.
   *
   * @param asked what tells a repeated request from another of the same key
   */
  record RequestKey(String key, Digest asked) {}

  /**
   * @param key null if its requester gave none
   * @return whether it is new, by its id and its key
   */
  boolean insert(Batch batch, @Nullable RequestKey key) {
    return jdbc.sql(
                """
                insert into batch (id, requester, api_key, endpoint, input_file, metadata, status, errors, created_at,
                                   expires_at, request_key, request_digest)
                values (:id, :requester, :apiKey::uuid, :endpoint, :inputFile, :metadata, :status, '[]', :createdAt,
                        :expiresAt, :requestKey::text, :requestDigest::bytea)
                on conflict do nothing
                """)
            .param("id", batch.id().uuid())
            .param("requester", batch.requester().hex())
            .param("apiKey", batch.apiKey().map(UUID::toString).orElse(null))
            .param("endpoint", batch.endpoint().path())
            .param("inputFile", batch.inputFile().uuid())
            .param("metadata", json.writeValueAsString(batch.metadata()))
            .param("status", batch.status().label())
            .param("createdAt", utc(batch.createdAt()))
            .param("expiresAt", utc(batch.expiresAt()))
            .param("requestKey", key == null ? null : key.key())
            .param("requestDigest", key == null ? null : key.asked().toBytes())
            .update()
        == 1;
  }

  /**
   * What was made with {@code key}.
   *
   * @throws Problem {@link ProblemType#IDEMPOTENCY_CONFLICT} if something else was asked
   */
  Optional<Batch> find(WalletAddress requester, RequestKey key) {
    return jdbc.sql("select * from batch where requester = :requester and request_key = :key")
        .param("requester", requester.hex())
        .param("key", key.key())
        .query((row, _) -> {
          Batch known = read(row);
          if (!Digest.of(row.getBytes("request_digest")).equals(key.asked())) {
            throw new Problem(
                ProblemType.IDEMPOTENCY_CONFLICT,
                "This Idempotency-Key names %s, for which something else was asked."
                    .formatted(known.id()));
          }
          return known;
        })
        .optional();
  }

  Optional<Batch> find(WalletAddress requester, BatchId id) {
    return jdbc.sql("select * from batch where id = :id and requester = :requester")
        .param("id", id.uuid())
        .param("requester", requester.hex())
        .query((row, _) -> read(row))
        .optional();
  }

  /** The newest of this file, made since {@code since}. */
  Optional<Batch> lastOf(
      WalletAddress requester, FileId inputFile, BatchEndpoint endpoint, Instant since) {
    return jdbc.sql(
            """
            select * from batch where requester = :requester and input_file = :inputFile
              and endpoint = :endpoint and created_at >= :since
            order by id desc limit 1
            """)
        .param("requester", requester.hex())
        .param("inputFile", inputFile.uuid())
        .param("endpoint", endpoint.path())
        .param("since", utc(since))
        .query((row, _) -> read(row))
        .optional();
  }

  /** The newest first, from the one before {@code after} on. */
  List<Batch> list(WalletAddress requester, Optional<BatchId> after, int limit) {
    return jdbc.sql(
            """
            select * from batch where requester = :requester and (:after::uuid is null or id < :after::uuid)
            order by id desc limit :limit
            """)
        .param("requester", requester.hex())
        .param("after", after.map(id -> id.uuid().toString()).orElse(null))
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  int unendedOf(WalletAddress requester) {
    return jdbc.sql("select count(*) from batch where requester = :requester and ended_at is null")
        .param("requester", requester.hex())
        .query(Integer.class)
        .single();
  }

  Map<BatchId, Counts> counts(Collection<Batch> batches) {
    Map<BatchId, Counts> counts = new HashMap<>();
    batches.forEach(batch -> counts.put(batch.id(), new Counts(0, 0, 0)));
    jdbc.sql(
            """
            select batch, count(*) as total, count(*) filter (where status = 200) as completed,
                   count(*) filter (where status <> 200) as failed
            from batch_line where batch = any(:batches::uuid[]) group by batch
            """)
        .param("batches", SqlArrays.texts(batches, batch -> batch.id().uuid()))
        .query(row -> {
          counts.put(
              new BatchId(row.getObject("batch", UUID.class)),
              new Counts(row.getInt("total"), row.getInt("completed"), row.getInt("failed")));
        });
    return counts;
  }

  /**
   * Takes what nobody sees to, or this replica does already, until {@code until}; those that were
   * seen to longest ago, so that each has its turn however many there are.
   *
   * @return the oldest first, as they are now
   */
  List<Batch> see(UUID replica, Instant now, Instant until, int limit) {
    return jdbc.sql(
            """
            with seen as (
              update batch set replica = :replica, seen_until = :until where id in (
                select id from batch where ended_at is null
                  and (replica is null or replica = :replica or seen_until < :now)
                order by seen_until nulls first, id limit :limit for update skip locked)
              returning *)
            select * from seen order by id
            """)
        .param("replica", replica)
        .param("now", utc(now))
        .param("until", utc(until))
        .param("limit", limit)
        .query((row, _) -> read(row))
        .list();
  }

  boolean isAnyUnended() {
    return jdbc.sql("select exists (select from batch where ended_at is null)")
        .query(Boolean.class)
        .single();
  }

  /** Within the caller's transaction: from now on its lines are asked. */
  void begin(BatchId id, List<BatchLine> lines, Instant at) {
    jdbc.sql(
            """
            insert into batch_line (batch, line, custom_id, body, job)
            select :batch, * from unnest(:lines::int[], :customIds, :bodies, :jobs::uuid[])
            """)
        .param("batch", id.uuid())
        .param("lines", SqlArrays.texts(lines, BatchLine::line))
        .param("customIds", SqlArrays.texts(lines, BatchLine::customId))
        .param("bodies", SqlArrays.texts(lines, BatchLine::body))
        .param("jobs", SqlArrays.texts(lines, line -> line.job().uuid()))
        .update();
    jdbc.sql(
            """
            update batch set status = case when status = 'validating' then 'in_progress' else status end,
                             in_progress_at = :at
            where id = :id
            """)
        .param("id", id.uuid())
        .param("at", utc(at))
        .update();
  }

  void fail(BatchId id, List<BatchError> errors, Instant at) {
    jdbc.sql(
            """
            update batch set status = 'failed', errors = :errors, ended_at = :at
            where id = :id and ended_at is null
            """)
        .param("id", id.uuid())
        .param("errors", json.writeValueAsString(errors))
        .param("at", utc(at))
        .update();
  }

  /** Nothing to one that has ended, or is being cancelled. */
  void cancel(BatchId id, Instant at) {
    jdbc.sql(
            """
            update batch set status = 'cancelling', cancelling_at = :at
            where id = :id and status in ('validating', 'in_progress')
            """)
        .param("id", id.uuid())
        .param("at", utc(at))
        .update();
  }

  /** Within the caller's transaction; once. */
  boolean end(
      BatchId id,
      Batch.Status status,
      Instant at,
      @Nullable FileId outputFile,
      @Nullable FileId errorFile) {
    return jdbc.sql(
                """
                update batch set status = :status, ended_at = :at, output_file = :outputFile::uuid,
                                 error_file = :errorFile::uuid
                where id = :id and ended_at is null
                """)
            .param("id", id.uuid())
            .param("status", status.label())
            .param("at", utc(at))
            .param("outputFile", outputFile == null ? null : outputFile.uuid().toString())
            .param("errorFile", errorFile == null ? null : errorFile.uuid().toString())
            .update()
        > 0;
  }

  void sweep(Instant endedBefore) {
    jdbc.sql("delete from batch where ended_at < :before")
        .param("before", utc(endedBefore))
        .update();
  }

  // --- Lines
  // ----------------------------------------------------------------------------------------

  /** Those that are not answered, in order. */
  List<BatchLine> unanswered(BatchId id, boolean isPosted, int limit) {
    return jdbc.sql(
            """
            select * from batch_line where batch = :batch and status is null and is_posted = :isPosted
            order by line limit :limit
            """)
        .param("batch", id.uuid())
        .param("isPosted", isPosted)
        .param("limit", limit)
        .query((row, _) -> line(row))
        .list();
  }

  /** Those to be posted next, in turn: they begin behind the line that was tried last. */
  List<BatchLine> next(BatchId id, int limit) {
    return jdbc.sql(
            """
            select line.* from batch_line line join batch on batch.id = line.batch
            where line.batch = :batch and line.status is null and not is_posted
            order by line.line <= tried_to, line.line limit :limit
            """)
        .param("batch", id.uuid())
        .param("limit", limit)
        .query((row, _) -> line(row))
        .list();
  }

  void tried(BatchId id, BatchLine last) {
    jdbc.sql("update batch set tried_to = :line where id = :batch")
        .param("line", last.line())
        .param("batch", id.uuid())
        .update();
  }

  /** Whether a line of any batch of a requester is posted and not answered. */
  boolean isAnyAsked(WalletAddress requester) {
    return jdbc.sql(
            """
            select exists (
              select from batch join batch_line line on line.batch = batch.id
              where requester = :requester and ended_at is null and line.status is null and is_posted)
            """)
        .param("requester", requester.hex())
        .query(Boolean.class)
        .single();
  }

  void posted(BatchId id, Collection<BatchLine> lines) {
    jdbc.sql(
            "update batch_line set is_posted = true where batch = :batch and line ="
                + " any(:lines::int[])")
        .param("batch", id.uuid())
        .param("lines", SqlArrays.texts(lines, BatchLine::line))
        .update();
  }

  /** Of a line that is answered the first answer stands; what it asked is not needed any more. */
  void answer(BatchId id, List<BatchLine.Answered> answers) {
    jdbc.sql(
            """
            update batch_line l set status = a.status, answer = a.answer, body = ''
            from unnest(:lines::int[], :statuses::int[], :answers) as a (line, status, answer)
            where l.batch = :batch and l.line = a.line and l.status is null
            """)
        .param("batch", id.uuid())
        .param("lines", SqlArrays.texts(answers, BatchLine.Answered::line))
        .param("statuses", SqlArrays.texts(answers, BatchLine.Answered::status))
        .param("answers", SqlArrays.texts(answers, BatchLine.Answered::answer))
        .update();
  }

  /** A line with what became of it. */
  record AnsweredLine(int line, String customId, JobId job, int status, String answer) {}

  /**
   * A page of them, in order; none if there is none after {@code after}.
   *
   * @param areErrors whether those without an answer, or those with one
   * @param after the last of the page before; −1 for the first page
   * @param bytes the page ends with the answer that brings it to as many
   */
  List<AnsweredLine> answered(BatchId id, boolean areErrors, int after, int limit, long bytes) {
    return jdbc.sql(
            """
            select * from (
              select *, coalesce(sum(octet_length(answer)) over (
                  order by line rows between unbounded preceding and 1 preceding), 0) as before
              from (select * from batch_line
                    where batch = :batch and line > :after and status is not null
                      and (status <> 200) = :areErrors
                    order by line limit :limit) line) page
            where before < :bytes
            order by line
            """)
        .param("bytes", bytes)
        .param("batch", id.uuid())
        .param("after", after)
        .param("areErrors", areErrors)
        .param("limit", limit)
        .query((row, _) ->
            new AnsweredLine(
                row.getInt("line"),
                row.getString("custom_id"),
                new JobId(row.getObject("job", UUID.class)),
                row.getInt("status"),
                row.getString("answer")))
        .list();
  }

  private static BatchLine line(ResultSet row) throws SQLException {
    return new BatchLine(
        row.getInt("line"),
        row.getString("custom_id"),
        row.getString("body"),
        new JobId(row.getObject("job", UUID.class)));
  }

  private Batch read(ResultSet row) throws SQLException {
    return new Batch(
        new BatchId(row.getObject("id", UUID.class)),
        new WalletAddress(row.getString("requester")),
        Optional.ofNullable(row.getObject("api_key", UUID.class)),
        BatchEndpoint.parse(row.getString("endpoint")),
        new FileId(row.getObject("input_file", UUID.class)),
        json.readValue(row.getString("metadata"), METADATA),
        Batch.Status.of(row.getString("status")),
        json.readValue(row.getString("errors"), ERRORS),
        row.getObject("created_at", OffsetDateTime.class).toInstant(),
        row.getObject("expires_at", OffsetDateTime.class).toInstant(),
        instant(row, "in_progress_at"),
        instant(row, "cancelling_at"),
        instant(row, "ended_at"),
        file(row, "output_file"),
        file(row, "error_file"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    OffsetDateTime at = row.getObject(column, OffsetDateTime.class);
    return at == null ? null : at.toInstant();
  }

  private static @Nullable FileId file(ResultSet row, String column) throws SQLException {
    UUID id = row.getObject(column, UUID.class);
    return id == null ? null : new FileId(id);
  }

  private static OffsetDateTime utc(Instant at) {
    return at.atOffset(ZoneOffset.UTC);
  }
}
