package dev.assay.marketplace.platform;

import dev.assay.protocol.Digest;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Columns of a batch as the arrays that {@code unnest} takes: one statement for any number of rows.
 *
 * <p>In the select list, {@code select unnest(:a), unnest(:b)}: there they are read row by row. In
 * {@code from unnest(:a, :b)} PostgreSQL copies each into a table first, which costs five
 * microseconds an array, and a job has twenty.
 */
public final class SqlArrays {
  private SqlArrays() {}

  /** Texts, to be cast in SQL: {@code unnest(:ids::uuid[])}. */
  public static <T> @Nullable String[] texts(
      Collection<T> rows, Function<T, ? extends @Nullable Object> column) {
    var texts = new @Nullable String[rows.size()];
    int i = 0;
    for (T row : rows) {
      Object value = column.apply(row);
      texts[i++] = value == null ? null : value.toString();
    }
    return texts;
  }

  public static <T> byte[] @Nullable [] bytes(List<T> rows, Function<T, byte @Nullable []> column) {
    return rows.stream().map(column).toArray(byte[][]::new);
  }

  public static <T> byte[] @Nullable [] digests(List<T> rows, Function<T, Digest> column) {
    return bytes(rows, row -> column.apply(row).toBytes());
  }
}
