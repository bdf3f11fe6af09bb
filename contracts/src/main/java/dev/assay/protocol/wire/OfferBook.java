package dev.assay.protocol.wire;

import com.fasterxml.jackson.annotation.JsonCreator;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a worker sells from now on: {@code PUT /worker/v1/offers} replaces what it sold
 * before. The answer is the same body.
 *
 * @param region where it runs, such as {@code eu} or {@code us-east}; 1 to 32 of a-z, 0-9 and '-'
 * @param offers at most {@value #MAX_OFFERS}, one a model and profile; none to sell nothing
 * @param verifies whether it may be drawn to check others' results, for what it asks for any job;
 *     left out in JSON, it may not
 */
public record OfferBook(String region, List<WorkerOffer> offers, boolean verifies) {
  public static final int MAX_OFFERS = 64;

  private static final Pattern REGION = Pattern.compile("[a-z0-9-]{1,32}");

  /** Of a worker that does not verify. */
  public OfferBook(String region, List<WorkerOffer> offers) {
    this(region, offers, false);
  }

  @JsonCreator
  static OfferBook of(String region, List<WorkerOffer> offers, @Nullable Boolean verifies) {
    return new OfferBook(region, offers, Boolean.TRUE.equals(verifies));
  }

  /**
   * @throws IllegalArgumentException outside these bounds
   */
  public OfferBook {
    if (!REGION.matcher(region).matches()) {
      throw new IllegalArgumentException("region is 1 to 32 of a-z, 0-9 and '-'.");
    }
    offers = List.copyOf(offers);
    if (offers.size() > MAX_OFFERS) {
      throw new IllegalArgumentException(
          "There are %d offers; at most %d are taken.".formatted(offers.size(), MAX_OFFERS));
    }
    record Sold(Object model, Object profile) {}
    if (offers.stream().map(o -> new Sold(o.modelDigest(), o.profile())).distinct().count()
        < offers.size()) {
      throw new IllegalArgumentException("A model and profile are offered twice.");
    }
  }
}
