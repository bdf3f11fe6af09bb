package dev.assay.marketplace.offer;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.UnitPrice;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PriceIndexTests {
  private static final Predicate<Offer> ALL = _ -> true;
  private final SplittableRandom chance = new SplittableRandom(11);

  @Test
  void it_finds_what_a_search_through_all_finds() {
    for (int market = 0; market < 300; market++) {
      List<Offer> offers = offers(chance.nextInt(1, 60), chance.nextInt(1, 50));
      PriceIndex index = indexOf(offers);
      for (int i = offers.size() / 4; i > 0; i--) { // some leave again
        index.remove(offers.removeLast());
      }
      int unwilling = chance.nextInt(1, 6);
      Predicate<Offer> will = offer -> offer.worker().hashCode() % unwilling != 1;
      long input = chance.nextInt(5) == 0 ? 0 : chance.nextLong(3_000_000);
      long output = chance.nextInt(3) == 0 ? 0 : chance.nextLong(3_000_000);
      var enough = TokenAmount.of(chance.nextLong(200));
      List<TokenAmount> prices =
          offers.stream().filter(will).map(offer -> offer.priceOf(input, output)).sorted().toList();

      assertThat(index.lowest(input, output, will)).isEqualTo(prices.stream().findFirst());
      assertThat(index.highest(input, output, will, enough))
          .isEqualTo(prices.stream().max(Comparator.naturalOrder()).map(enough::min));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1_000, 50_000})
  void how_many_offers_there_are_does_not_matter(int count) {
    PriceIndex index = indexOf(offers(count, 1_000_000));
    var asked = new AtomicInteger();
    Predicate<Offer> will = _ -> asked.incrementAndGet() > 0;

    TokenAmount lowest = index.lowest(100, 0, will).orElseThrow();
    assertThat(index.highest(100, 0, will, lowest.times(2))).isPresent();
    assertThat(index.lowest(100, 300, will)).isPresent();

    assertThat(asked).hasValueLessThan(40);
  }

  @Test
  void an_offer_that_is_replaced_by_a_dearer_one_is_found_no_more() {
    List<Offer> offers = offers(1, 100);
    PriceIndex index = indexOf(offers);
    Offer before = offers.getFirst();
    Offer after =
        new Offer(
            before.worker(),
            before.modelDigest(),
            before.profile(),
            new UnitPrice(TokenAmount.of(777)),
            before.outputPrice(),
            before.concurrency(),
            before.region());

    index.add(after);
    index.remove(before);

    assertThat(index.all()).containsExactly(after);
    assertThat(index.lowest(1_000_000, 0, ALL)).contains(TokenAmount.of(777));
    index.remove(after);
    assertThat(index.lowest(1_000_000, 0, ALL)).isEqualTo(Optional.empty());
  }

  private static PriceIndex indexOf(List<Offer> offers) {
    var index = new PriceIndex();
    offers.forEach(index::add);
    return index;
  }

  /**
   * @param prices how many there are: the fewer, the more offers ask the same
   */
  private List<Offer> offers(int count, int prices) {
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      offers.add(
          new Offer(
              new WalletAddress("0x%040x".formatted(0x36000 + i)),
              Digest.ZERO,
              ProfileClass.F32_CPU,
              new UnitPrice(TokenAmount.of(chance.nextLong(prices))),
              new UnitPrice(TokenAmount.of(chance.nextLong(prices))),
              1 + chance.nextInt(4),
              "eu"));
    }
    return offers;
  }
}
