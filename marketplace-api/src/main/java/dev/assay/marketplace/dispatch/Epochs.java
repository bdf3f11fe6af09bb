package dev.assay.marketplace.dispatch;

import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Service;
import org.springframework.transaction.annotation.Transactional;

/**
 * Numbered accounting periods. A lease belongs to the one that is open when it is given, and its
 * result with it, whenever that comes: what a worker signs names the epoch. So an epoch that is
 * closed is complete when its last lease has ended.
 */
@Service
public class Epochs {
  private static final int TRIES = 3;
  private static final String HOLD = "select number from epoch where closed_at is null for share";

  private final JdbcClient jdbc;

  Epochs(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** The one that is open. */
  public record Open(long number, Instant openedAt) {}

  /** The epoch of the leases that a transaction gives; it stays open until that ends. */
  final class Held {
    private final Answer<Long> answer;

    private Held(Answer<Long> answer) {
      this.answer = answer;
    }

    /** After the trip. */
    long number() {
      if (!answer.rows().isEmpty()) {
        return answer.rows().getFirst();
      }
      // Whoever waits for a close finds no open epoch in its snapshot, and looks again.
      for (int i = 0; i < TRIES; i++) {
        Optional<Long> held = jdbc.sql(HOLD).query(Long.class).optional();
        if (held.isPresent()) {
          return held.get();
        }
      }
      throw new ConcurrencyFailureException("Epochs close faster than a lease can be given");
    }
  }

  Held hold(OneTrip trip) {
    return new Held(trip.ask(HOLD, Map.of(), (row, _) -> row.getLong("number")));
  }

  public Open open() {
    return jdbc.sql("select number, opened_at from epoch where closed_at is null")
        .query((row, _) ->
            new Open(
                row.getLong("number"),
                row.getObject("opened_at", OffsetDateTime.class).toInstant()))
        .single();
  }

  /**
   * Closes an epoch and opens the next. Waits for the transactions that {@link #hold} it.
   *
   * @return whether this call closed it
   */
  @Transactional
  public boolean close(long number, Instant now) {
    int closed =
        jdbc.sql("update epoch set closed_at = :now where number = :number and closed_at is null")
            .param("now", now.atOffset(ZoneOffset.UTC))
            .param("number", number)
            .update();
    if (closed == 1) {
      jdbc.sql("insert into epoch (number, opened_at) values (:number, :now)")
          .param("number", number + 1)
          .param("now", now.atOffset(ZoneOffset.UTC))
          .update();
    }
    return closed == 1;
  }

  /** Closed ones after {@code number}, in order. */
  public List<Long> closedAfter(long number, int most) {
    return jdbc.sql(
            """
            select number from epoch where number > :number and closed_at is not null order by number limit :most
            """)
        .param("number", number)
        .param("most", most)
        .query((row, _) -> row.getLong("number"))
        .list();
  }

  /**
   * Whether a result can still come for an epoch that is closed. A lease whose job has ended
   * otherwise can have none, even if its own end is not written.
   */
  public boolean isAwaited(long number) {
    return jdbc.sql(
            """
            select exists (
              select from open_job o join assignment a on a.job = o.job
              left join assignment_end e on e.job = a.job and e.attempt = a.attempt
              where a.epoch = :number and e.job is null)
            """)
        .param("number", number)
        .query(Boolean.class)
        .single();
  }
}
