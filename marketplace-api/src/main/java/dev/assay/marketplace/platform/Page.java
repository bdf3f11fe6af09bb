package dev.assay.marketplace.platform;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A page of a list.
 *
 * @param hasMore whether there are more after the last of these; ask with {@code after} = its id
 */
public record Page<T>(List<T> data, boolean hasMore) {
  public Page {
    data = List.copyOf(data);
  }

  /**
   * @param found a page and, if there is one, the first of the next
   */
  public static <T> Page<T> of(List<T> found, PageSize size) {
    return new Page<>(found.stream().limit(size.value()).toList(), found.size() > size.value());
  }

  /**
   * Reads the parameter {@code after}; nothing for the first page.
   *
   * @param parse throws {@link IllegalArgumentException} for what is no id of the list
   * @throws Problem {@link ProblemType#INVALID_PARAMETER} for what is no id of the list
   */
  public static <I> Optional<I> after(@Nullable String text, Function<String, I> parse) {
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(parse.apply(text));
    } catch (IllegalArgumentException e) {
      throw new Problem(
          ProblemType.INVALID_PARAMETER, "after is the id of the last one of the page before.");
    }
  }
}
