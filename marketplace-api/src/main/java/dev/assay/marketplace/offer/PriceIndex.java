package dev.assay.marketplace.offer;

import dev.assay.protocol.TokenAmount;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The offers of one model in the order of either price. What a job costs is the sum of two parts,
 * so the least and the most that it can cost are found from the ends of both orders, looking no
 * further than where none that follows can be better (Fagin, Lotem and Naor's threshold algorithm,
 * 2001): how many offers there are does not matter, only how many at the ends will not do.
 *
 * <p>One thread changes it at a time; any number look, and may see a change before it is whole.
 */
final class PriceIndex {
  private static final Comparator<Offer> WHOSE =
      Comparator.comparing((Offer offer) -> offer.worker().hex())
          .thenComparing(Offer::profile)
          .thenComparing(Offer::concurrency)
          .thenComparing(Offer::region);

  private final NavigableSet<Offer> byInput =
      new ConcurrentSkipListSet<>(
          Comparator.comparing(Offer::inputPrice)
              .thenComparing(Offer::outputPrice)
              .thenComparing(WHOSE));
  private final NavigableSet<Offer> byOutput =
      new ConcurrentSkipListSet<>(
          Comparator.comparing(Offer::outputPrice)
              .thenComparing(Offer::inputPrice)
              .thenComparing(WHOSE));

  void add(Offer offer) {
    byInput.add(offer);
    byOutput.add(offer);
  }

  void remove(Offer offer) {
    byInput.remove(offer);
    byOutput.remove(offer);
  }

  List<Offer> all() {
    return List.copyOf(byInput);
  }

  /**
   * The least that any of those asks who {@code will} do it.
   *
   * @param inputUnits of the job
   * @param outputUnits of the job
   */
  Optional<TokenAmount> lowest(long inputUnits, long outputUnits, Predicate<Offer> will) {
    var search = new Search(inputUnits, outputUnits, will, Comparator.naturalOrder());
    return search.best(byInput.iterator(), byOutput.iterator(), TokenAmount.ZERO);
  }

  /**
   * The most that any of those asks who {@code will} do it, or {@code enough} if that is less.
   *
   * @param inputUnits of the job
   * @param outputUnits of the job
   */
  Optional<TokenAmount> highest(
      long inputUnits, long outputUnits, Predicate<Offer> will, TokenAmount enough) {
    var search = new Search(inputUnits, outputUnits, will, Comparator.reverseOrder());
    return search
        .best(byInput.descendingIterator(), byOutput.descendingIterator(), enough)
        .map(enough::min);
  }

  /**
   * @param better the smaller is better
   */
  private record Search(
      long inputUnits, long outputUnits, Predicate<Offer> will, Comparator<TokenAmount> better) {

    /**
     * @param enough a better one need not be looked for
     */
    Optional<TokenAmount> best(
        Iterator<Offer> byInput, Iterator<Offer> byOutput, TokenAmount enough) {
      TokenAmount best = null;
      while (byInput.hasNext() && byOutput.hasNext()) {
        Offer input = byInput.next();
        Offer output = byOutput.next();
        best = better(better(best, input), output);
        TokenAmount followers =
            input.inputPrice().of(inputUnits).plus(output.outputPrice().of(outputUnits));
        if (best != null
            && (better.compare(best, followers) <= 0 || better.compare(best, enough) <= 0)) {
          break;
        }
      }
      return Optional.ofNullable(best);
    }

    private @Nullable TokenAmount better(@Nullable TokenAmount best, Offer offer) {
      TokenAmount price = offer.priceOf(inputUnits, outputUnits);
      return (best == null || better.compare(price, best) < 0) && will.test(offer) ? price : best;
    }
  }
}
