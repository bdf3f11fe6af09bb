package dev.assay.settlement.transaction;

import dev.assay.determinism.CrashPoint;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.Fees;
import dev.assay.protocol.chain.SignedTransaction;
import dev.assay.settlement.platform.Rows;
import dev.assay.tracing.Traces;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;

/** What is to be sent and what was, in the database, where a death does not reach it. */
@Component
public class OutgoingTransactions {
  private static final String COLUMNS =
      "id, purpose, subject, target, data, nonce, sender, refusals, traceparent";
  private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);
  private static final int MOST_DOUBLINGS = 6;

  private final JdbcClient jdbc;
  private final TransactionOperations transaction;
  private final Traces traces;
  private final Clock clock;

  OutgoingTransactions(
      JdbcClient jdbc, TransactionOperations transaction, Traces traces, Clock clock) {
    this.jdbc = jdbc;
    this.transaction = transaction;
    this.traces = traces;
    this.clock = clock;
  }

  /**
   * Plans a transaction, unless one of this purpose and subject is on its way. Best called in the
   * transaction of what makes it necessary, and in its trace, with which the sending goes on.
   */
  public void plan(Purpose purpose, String subject, Call call) {
    jdbc.sql(
            """
            insert into outgoing
              (purpose, subject, target, data, urgency, state, not_before, planned_at, traceparent)
            values (:purpose, :subject, :target, :data, :urgency, 'PLANNED', :now, :now, :traceparent)
            on conflict (purpose, subject) where state in ('PLANNED', 'SENT') do nothing\
            """)
        .param("purpose", purpose.name())
        .param("subject", subject)
        .param("target", call.to().hex())
        .param("data", call.data().toBytes())
        .param("urgency", purpose.ordinal())
        .param("now", now())
        .param("traceparent", traces.traceparent())
        .update();
  }

  /**
   * As {@link #plan}; what is planned otherwise and was never signed gives way. Called in a
   * transaction.
   */
  public void planInstead(Purpose purpose, String subject, Call call) {
    jdbc.sql(
            """
            update outgoing set state = 'MOOT', ended_at = :now
             where purpose = :purpose and subject = :subject and state = 'PLANNED'
               and data <> :data\
            """)
        .param("purpose", purpose.name())
        .param("subject", subject)
        .param("data", call.data().toBytes())
        .param("now", now())
        .update();
    plan(purpose, subject, call);
  }

  /** Subjects of which the last of this purpose was mined and reverted. */
  public List<String> reverted(Purpose purpose, int most) {
    return jdbc.sql(
            """
            select subject from outgoing o
             where state = 'REVERTED' and purpose = :purpose and not exists
                   (select from outgoing later
                     where later.purpose = o.purpose and later.subject = o.subject
                       and later.id > o.id)
             order by id limit :most\
            """)
        .param("purpose", purpose.name())
        .param("most", most)
        .query((row, _) -> row.getString("subject"))
        .list();
  }

  /** Whether one is planned, or was sent and is not final. */
  public boolean isOnItsWay(Purpose purpose, String subject) {
    return jdbc.sql(
                """
                select count(*) from outgoing
                 where purpose = :purpose and subject = :subject
                   and state in ('PLANNED', 'SENT')\
                """)
            .param("purpose", purpose.name())
            .param("subject", subject)
            .query(Long.class)
            .single()
        > 0;
  }

  /** Whether any of this purpose is on its way. */
  public boolean isAnyOnItsWay(Purpose purpose) {
    return jdbc.sql(
                """
                select count(*) from outgoing
                 where purpose = :purpose and state in ('PLANNED', 'SENT')\
                """)
            .param("purpose", purpose.name())
            .query(Long.class)
            .single()
        > 0;
  }

  /** Whether the last of this purpose and subject ended without effect. */
  public boolean hasFailed(Purpose purpose, String subject) {
    return jdbc.sql(
            """
            select state in ('REVERTED', 'MOOT') from outgoing
             where purpose = :purpose and subject = :subject order by id desc limit 1\
            """)
        .param("purpose", purpose.name())
        .param("subject", subject)
        .query(Boolean.class)
        .optional()
        .orElse(false);
  }

  /** In which trace the last of this purpose and subject was planned; empty if in none. */
  public String traceparent(Purpose purpose, String subject) {
    return jdbc.sql(
            """
            select traceparent from outgoing
             where purpose = :purpose and subject = :subject order by id desc limit 1\
            """)
        .param("purpose", purpose.name())
        .param("subject", subject)
        .query(String.class)
        .optional()
        .orElse("");
  }

  /** Those that were sent and are not final, in the order of their nonces. */
  List<Outgoing> sent(int most) {
    return jdbc.sql(
            """
            select %s from outgoing
             where state = 'SENT' order by nonce limit :most\
            """
                .formatted(COLUMNS))
        .param("most", most)
        .query(OutgoingTransactions::outgoing)
        .list();
  }

  /**
   * The most urgent that may be tried now.
   *
   * @param held for what none is tried
   */
  Optional<Outgoing> next(Set<Purpose> held) {
    return jdbc.sql(
            """
            select %s from outgoing
             where state = 'PLANNED' and not_before <= :now and purpose <> all (:held)
             order by urgency, id limit 1\
            """
                .formatted(COLUMNS))
        .param("held", held.stream().map(Purpose::name).toArray(String[]::new))
        .param("now", now())
        .query(OutgoingTransactions::outgoing)
        .optional();
  }

  /** The highest nonce that this one ever signed for. */
  Optional<Long> highestNonce(WalletAddress sender) {
    return jdbc.sql("select max(nonce) from outgoing where sender = :sender")
        .param("sender", sender.hex())
        .query(Long.class)
        .optional();
  }

  /** What the version before has signed without saying by whom. */
  void adopt(WalletAddress sender) {
    jdbc.sql("update outgoing set sender = :sender where nonce is not null and sender is null")
        .param("sender", sender.hex())
        .update();
  }

  /** What a key signed that is not used any more, to be signed by another. */
  void planAgain(Outgoing of) {
    transaction.executeWithoutResult(_ -> {
      jdbc.sql("update outgoing set state = 'REVERTED', ended_at = :now where id = :id")
          .param("now", now())
          .param("id", of.id())
          .update();
      jdbc.sql(
              """
              insert into outgoing (purpose, subject, target, data, urgency, state, not_before,
                                    planned_at, traceparent)
              select purpose, subject, target, data, urgency, 'PLANNED', :now, planned_at, traceparent
                from outgoing where id = :id\
              """)
          .param("id", of.id())
          .param("now", now())
          .update();
    });
  }

  /** Settlements signed since then that may have taken, or still take, something. */
  List<Call> settlementsSince(Instant since) {
    return jdbc
        .sql(
            """
            select %s from outgoing o
             where purpose = 'SETTLE' and state in ('SENT', 'FINAL')
               and exists (select from attempt a where a.outgoing_id = o.id and signed_at > :since)\
            """
                .formatted(COLUMNS))
        .param("since", Timestamp.from(since))
        .query(OutgoingTransactions::outgoing)
        .list()
        .stream()
        .map(Outgoing::call)
        .toList();
  }

  /** The last offers the most. */
  List<Attempt> attempts(Outgoing of) {
    return jdbc.sql(
            """
            select hash, raw, most, tip, gas_limit, signed_at, sent_at from attempt
             where outgoing_id = :id order by most, signed_at\
            """)
        .param("id", of.id())
        .query((row, _) ->
            new Attempt(
                new SignedTransaction(
                    Bytes.of(row.getBytes("raw")), Digest.parse(row.getString("hash"))),
                new Fees(row.getLong("most"), row.getLong("tip")),
                row.getLong("gas_limit"),
                Rows.instant(row, "signed_at"),
                Rows.maybeInstant(row, "sent_at")))
        .list();
  }

  /**
   * Writes a signature down, before its bytes leave.
   *
   * @param term under which it was signed
   * @throws IllegalStateException if another process sends meanwhile, or the nonce was given away
   */
  void keep(
      Outgoing of,
      WalletAddress sender,
      long nonce,
      SignedTransaction signed,
      Fees fees,
      long gasLimit,
      long term) {
    transaction.executeWithoutResult(_ -> {
      long present = jdbc.sql("select term from sender_term for update").query(Long.class).single();
      if (present != term) {
        throw new IllegalStateException(
            "Another process has become the sender (term %d, ours %d)".formatted(present, term));
      }
      int changed =
          jdbc.sql(
                  """
                  update outgoing set state = 'SENT', nonce = :nonce, sender = :sender
                   where id = :id
                     and (state = 'PLANNED'
                          or state = 'SENT' and nonce = :nonce and sender = :sender)\
                  """)
              .param("sender", sender.hex())
              .param("id", of.id())
              .param("nonce", nonce)
              .update();
      if (changed != 1) {
        throw new IllegalStateException("Transaction %d has ended meanwhile".formatted(of.id()));
      }
      jdbc.sql(
              """
              insert into attempt (hash, outgoing_id, most, tip, gas_limit, raw, signed_at)
              values (:hash, :id, :most, :tip, :gas, :raw, :now)
              on conflict (hash) do nothing\
              """)
          .param("hash", signed.hash().toString())
          .param("id", of.id())
          .param("most", fees.most())
          .param("tip", fees.tip())
          .param("gas", gasLimit)
          .param("raw", signed.raw().toBytes())
          .param("now", now())
          .update();
      CrashPoint.SETTLEMENT_ATTEMPT_BEFORE_COMMIT.reached();
    });
    CrashPoint.SETTLEMENT_ATTEMPT_AFTER_COMMIT.reached();
  }

  void markSent(Attempt attempt) {
    markSent(attempt.transaction());
  }

  void markSent(SignedTransaction signed) {
    jdbc.sql("update attempt set sent_at = :now where hash = :hash")
        .param("hash", signed.hash().toString())
        .param("now", now())
        .update();
  }

  void end(Outgoing of, boolean succeeded) {
    end(of, succeeded ? "FINAL" : "REVERTED");
  }

  /** It was never signed and is not wanted any more. */
  void drop(Outgoing of) {
    end(of, "MOOT");
  }

  private void end(Outgoing of, String state) {
    transaction.executeWithoutResult(_ -> {
      jdbc.sql("update outgoing set state = :state, ended_at = :now where id = :id")
          .param("state", state)
          .param("now", now())
          .param("id", of.id())
          .update();
      CrashPoint.SETTLEMENT_FINAL_BEFORE_COMMIT.reached();
    });
    CrashPoint.SETTLEMENT_FINAL_AFTER_COMMIT.reached();
  }

  /** Tries it again later: longer after each refusal, up to a minute. */
  void postpone(Outgoing of, String refusal) {
    Duration pause = FIRST_PAUSE.multipliedBy(1L << Math.min(of.refusals(), MOST_DOUBLINGS));
    jdbc.sql(
            """
            update outgoing set refusals = refusals + 1, refusal = :refusal, not_before = :later
             where id = :id\
            """)
        .param("refusal", refusal)
        .param("later", Timestamp.from(clock.instant().plus(pause)))
        .param("id", of.id())
        .update();
  }

  private Timestamp now() {
    return Timestamp.from(clock.instant());
  }

  private static Outgoing outgoing(ResultSet row, int index) throws SQLException {
    long nonce = row.getLong("nonce");
    boolean hasNonce = !row.wasNull();
    return new Outgoing(
        row.getLong("id"),
        Purpose.valueOf(row.getString("purpose")),
        row.getString("subject"),
        new Call(new WalletAddress(row.getString("target")), Bytes.of(row.getBytes("data"))),
        hasNonce ? Optional.of(nonce) : Optional.empty(),
        Rows.maybeText(row, "sender").map(WalletAddress::new),
        row.getInt("refusals"),
        row.getString("traceparent"));
  }
}
