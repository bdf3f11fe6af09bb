package dev.assay.marketplace.platform;

import java.util.Collection;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.transaction.CannotCreateTransactionException;

/** What is done for many of a kind, of which one that fails must not keep the others. */
public final class EachAlone {
  private EachAlone() {}

  /**
   * Does all that can be done.
   *
   * @throws IllegalStateException afterwards, if some could not: it names the first of them, and
   *     has the failures of the others
   * @throws DataAccessResourceFailureException or {@link CannotCreateTransactionException}, at
   *     once, if the database is away: it would be for each of them
   */
  public static <T> void run(Collection<T> all, Consumer<T> step) {
    @Nullable IllegalStateException failed = null;
    for (T one : all) {
      try {
        step.accept(one);
      } catch (CannotCreateTransactionException | DataAccessResourceFailureException away) {
        throw away;
      } catch (RuntimeException e) {
        if (failed == null) {
          failed = new IllegalStateException("This cannot go on: %s".formatted(one), e);
        } else {
          failed.addSuppressed(e);
        }
      }
    }
    if (failed != null) {
      throw failed;
    }
  }
}
