package dev.assay.marketplace.platform;

import java.util.Objects;
import java.util.function.Function;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.stereotype.Component;
import org.springframework.transaction.support.TransactionOperations;
import org.springframework.transaction.support.TransactionSynchronizationManager;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Transactions whose last statements go to the database together with the commit: a trip less, and
 * purses are unlocked the sooner. They are SQL alone, for which Hibernate opens no session.
 */
@Component
public final class Transactions {
  private final TransactionOperations transaction;
  private final JdbcOperations jdbc;

  @Autowired
  Transactions(DataSource database, JdbcOperations jdbc) {
    this(new TransactionTemplate(new JdbcTransactionManager(database)), jdbc);
  }

  Transactions(TransactionOperations transaction, JdbcOperations jdbc) {
    this.transaction = transaction;
    this.jdbc = jdbc;
  }

  /**
   * Does the work in a transaction, the caller's if there is one.
   *
   * @param work leaves in the trip what it writes last: after it nothing may be written, and
   *     nothing can be undone. What it returns is called when all is committed, or, within a
   *     transaction of the caller's, sent.
   */
  public <R> R commit(Function<OneTrip, Supplier<R>> work) {
    var trip = new OneTrip(jdbc);
    Supplier<R> answer;
    if (TransactionSynchronizationManager.isActualTransactionActive()) {
      answer = work.apply(trip);
      trip.send();
    } else {
      answer =
          Objects.requireNonNull(
              transaction.execute(_ -> {
                Supplier<R> done = work.apply(trip);
                trip.sendAndCommit();
                return done;
              }));
    }
    return answer.get();
  }
}
