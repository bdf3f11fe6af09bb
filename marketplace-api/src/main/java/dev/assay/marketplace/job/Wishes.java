package dev.assay.marketplace.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a requester wants of a worker: the {@code provider} member of a job, with OpenRouter's names
 * where it has them.
 *
 * @param sort what decides among workers that will do
 * @param only these workers; empty for any
 * @param ignore never these workers
 * @param regions only there; empty for anywhere
 * @param minStake free stake below which a worker will not do
 */
public record Wishes(
    Sort sort,
    SortedSet<WalletAddress> only,
    SortedSet<WalletAddress> ignore,
    SortedSet<String> regions,
    TokenAmount minStake) {
  public static final Wishes NONE = Wishes.of(null, null, null, null, null);

  public static final int MOST = 64;
  private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,32}");

  /** What decides among workers that will do. */
  public enum Sort {
    /** The cheapest. */
    PRICE,
    /** The one whose answers have come soonest. */
    LATENCY,
    /** The one with most at stake. */
    STAKE;

    @JsonCreator
    public static Sort parse(String label) {
      return Arrays.stream(values())
          .filter(sort -> sort.label().equals(label))
          .findFirst()
          .orElseThrow(
              () -> new IllegalArgumentException("sort is 'price', 'latency' or 'stake'."));
    }

    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws IllegalArgumentException if a list is too long
   */
  public Wishes {
    // Sorted: the same wishes are the same JSON in every process.
    only = Collections.unmodifiableSortedSet(new TreeSet<>(only));
    ignore = Collections.unmodifiableSortedSet(new TreeSet<>(ignore));
    regions = Collections.unmodifiableSortedSet(new TreeSet<>(regions));
    if (!regions.stream().allMatch(region -> REGION.matcher(region).matches())) {
      throw new IllegalArgumentException("A region is 1 to 32 of a-z, 0-9 and '-'.");
    }
    checkLengths(only, ignore, regions);
  }

  /** Also of lists as they are sent: a member said twice is two of them. */
  private static void checkLengths(
      Collection<WalletAddress> only,
      Collection<WalletAddress> ignore,
      Collection<String> regions) {
    if (only.size() > MOST || ignore.size() > MOST || regions.size() > MOST) {
      throw new IllegalArgumentException(
          "only, ignore and regions have at most %d members each.".formatted(MOST));
    }
  }

  /**
   * The same, but never these workers. Of those whom a requester ignores some make room for them if
   * there are too many.
   */
  Wishes without(Set<WalletAddress> others) {
    SortedSet<WalletAddress> more = new TreeSet<>(others);
    ignore.stream().limit(MOST - others.size()).forEach(more::add);
    return new Wishes(sort, only, more, regions, minStake);
  }

  /** What is left out in JSON is no wish. */
  @JsonCreator
  public static Wishes of(
      @Nullable Sort sort,
      @Nullable List<WalletAddress> only,
      @Nullable List<WalletAddress> ignore,
      @Nullable List<String> regions,
      @Nullable TokenAmount minStake) {
    only = Objects.requireNonNullElse(only, List.of());
    ignore = Objects.requireNonNullElse(ignore, List.of());
    regions = Objects.requireNonNullElse(regions, List.of());
    checkLengths(only, ignore, regions);
    return new Wishes(
        Objects.requireNonNullElse(sort, Sort.PRICE),
        new TreeSet<>(only),
        new TreeSet<>(ignore),
        new TreeSet<>(regions),
        Objects.requireNonNullElse(minStake, TokenAmount.ZERO));
  }
}
