package dev.assay.marketplace.platform;

import dev.assay.protocol.Digest;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Columns of a batch as the arrays that {@code unnest} takes: one statement for any number of rows. */
public final class SqlArrays {
  private SqlArrays() {}

  /** Texts, to be cast in SQL: {@code unnest(:ids::uuid[])}. */
  public static <T> @Nullable String[] texts(
      Collection<T> rows, Function<T, ? extends @Nullable Object> column) {
    return rows.stream()
        .map(column)
        .map(value -> value == null ? null : value.toString())
        .toArray(String[]::new);
  }

  public static String[] texts(Collection<?> values) {
    return values.stream().map(Object::toString).toArray(String[]::new);
  }

  public static <T> byte[][] bytes(List<T> rows, Function<T, byte[]> column) {
    return rows.stream().map(column).toArray(byte[][]::new);
  }

  public static <T> byte[][] digests(List<T> rows, Function<T, Digest> column) {
    return bytes(rows, row -> column.apply(row).toBytes());
  }

  public static <T> Long[] numbers(List<T> rows, Function<T, Long> column) {
    return rows.stream().map(column).toArray(Long[]::new);
  }
}
