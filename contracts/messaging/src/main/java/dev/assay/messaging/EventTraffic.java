package dev.assay.messaging;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.NonTransientDataAccessResourceException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.UncategorizedSQLException;
import org.springframework.transaction.TransactionException;

/**
 * What one service says through Kafka and what it hears.
 *
 * @param service begins the names of its consumer groups
 * @param meters begins the names of its meters
 * @param written topics that it makes if they are not there
 * @param read topics that it reads; beside each it makes one for dead letters
 * @param failures what a failed effect of a record may mean besides what it means everywhere
 */
public record EventTraffic(
    String service, String meters, List<String> written, List<String> read, Failures failures) {
  /** What is appended to a topic's name for its dead letters. */
  public static final String DEAD = ".dlt";

  public EventTraffic {
    written = List.copyOf(written);
    read = List.copyOf(read);
  }

  /**
   * @param away causes that pass without anybody's doing: the record waits for as long as it takes
   * @param early causes that pass when what came before the record has come too: it waits for long
   * @param refused causes that stay: the record is laid aside at once
   */
  public record Failures(
      Predicate<Throwable> away,
      Predicate<Throwable> early,
      List<Class<? extends Exception>> refused) {
    public static final Failures OF_THE_DATABASE_ALONE =
        new Failures(_ -> false, _ -> false, List.of());

    public Failures {
      refused = List.copyOf(refused);
    }
  }

  List<String> deadLetters() {
    return read.stream().map(topic -> topic + DEAD).toList();
  }

  /**
   * Whether the effect can succeed later. What the database cannot explain is no record's fault.
   */
  public boolean isSomethingAway(@Nullable Throwable failure) {
    return isCausedBy(
        failure,
        cause ->
            cause instanceof TransactionException
                || cause instanceof TransientDataAccessException
                || cause instanceof RecoverableDataAccessException
                || cause instanceof NonTransientDataAccessResourceException
                || cause instanceof UncategorizedSQLException
                || failures.away().test(cause));
  }

  boolean isEarly(Throwable failure) {
    return isCausedBy(failure, failures.early());
  }

  private static boolean isCausedBy(@Nullable Throwable failure, Predicate<Throwable> wanted) {
    for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (wanted.test(cause)) {
        return true;
      }
    }
    return false;
  }
}
