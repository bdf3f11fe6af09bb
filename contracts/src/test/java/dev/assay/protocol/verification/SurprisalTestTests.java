package dev.assay.protocol.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.ChatOutput.FinishReason;
import dev.assay.protocol.content.TokenTrace;
import dev.assay.protocol.content.TokenTrace.Likelihood;
import dev.assay.protocol.content.TokenTrace.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class SurprisalTestTests {
  /** Of the five likeliest tokens 0 to 4; the sixth number is what is left for all others. */
  private static double[] distribution(RandomGenerator chance) {
    double[] shares = new double[TokenTrace.LISTED + 1];
    double sum = 0;
    for (int i = 0; i < shares.length; i++) {
      shares[i] = Math.exp(3 * chance.nextDouble());
      sum += shares[i];
    }
    for (int i = 0; i < shares.length; i++) {
      shares[i] /= sum;
    }
    return shares;
  }

  /**
   * @param token 5 for one that is not listed
   */
  private static Position position(double[] shares, int token) {
    List<Likelihood> likeliest = new ArrayList<>();
    for (int i = 0; i < TokenTrace.LISTED; i++) {
      likeliest.add(new Likelihood(i, (float) Math.log(shares[i])));
    }
    Likelihood chosen =
        token < TokenTrace.LISTED ? likeliest.get(token) : new Likelihood(token, -12);
    likeliest.sort((a, b) -> Float.compare(b.logprob(), a.logprob()));
    return new Position(chosen, likeliest);
  }

  private static ChatOutput text(List<Position> positions) {
    return new ChatOutput("", FinishReason.LENGTH, TokenTrace.ofPositions(positions));
  }

  @Test
  void an_honest_token_changes_nothing_on_average_whatever_the_distribution() {
    RandomGenerator chance = new SplittableRandom(7);
    for (int i = 0; i < 200; i++) {
      double[] shares = distribution(chance);
      double mean = 0;
      for (int token = 0; token < shares.length; token++) {
        var after = SurprisalTest.NEW.after(text(List.of(position(shares, token))));
        mean += shares[token] * after.value();
      }
      assertThat(mean).isCloseTo(1, within(1e-5));
    }
  }

  @Test
  void tokens_that_are_too_surprising_or_not_enough_are_decisive_and_drawn_ones_are_not() {
    RandomGenerator chance = new SplittableRandom(8);
    List<Position> drawn = new ArrayList<>();
    List<Position> flat = new ArrayList<>();
    List<Position> greedy = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      double[] shares = distribution(chance);
      double left = chance.nextDouble();
      int token = 0;
      while (token < TokenTrace.LISTED && left >= shares[token]) {
        left -= shares[token++];
      }
      int likeliest = 0;
      for (int other = 0; other < shares.length; other++) {
        likeliest = shares[other] > shares[likeliest] ? other : likeliest;
      }
      drawn.add(position(shares, token));
      flat.add(position(shares, chance.nextInt(shares.length)));
      greedy.add(position(shares, likeliest));
    }

    assertThat(SurprisalTest.NEW.after(text(drawn)).isDecisive()).isFalse();
    assertThat(SurprisalTest.NEW.after(text(flat)).isDecisive()).isTrue();
    assertThat(SurprisalTest.NEW.after(text(greedy)).isDecisive()).isTrue();
  }

  @Test
  void without_some_of_it_it_is_what_the_rest_has_come_to() {
    RandomGenerator chance = new SplittableRandom(9);
    ChatOutput one = text(List.of(position(distribution(chance), 1)));
    ChatOutput other =
        text(List.of(position(distribution(chance), 2), position(distribution(chance), 5)));

    SurprisalTest rest =
        SurprisalTest.NEW.after(one).after(other).without(SurprisalTest.NEW.after(one));

    assertThat(rest.tokens()).isEqualTo(2);
    assertThat(rest.value()).isCloseTo(SurprisalTest.NEW.after(other).value(), within(1e-9));
  }

  @Test
  void it_goes_on_from_what_was_kept() {
    var chance = new SplittableRandom(9);
    ChatOutput first = text(List.of(position(distribution(chance), 2)));
    ChatOutput second = text(List.of(position(distribution(chance), 5)));
    SurprisalTest kept = SurprisalTest.NEW.after(first);

    SurprisalTest after = SurprisalTest.of(kept.logs(), kept.tokens()).after(second);

    assertThat(after.value()).isEqualTo(SurprisalTest.NEW.after(first).after(second).value());
    assertThat(after.tokens()).isEqualTo(2);
    assertThat(after.after(new ChatOutput("", FinishReason.STOP)).tokens()).isEqualTo(2);
    assertThatThrownBy(() -> SurprisalTest.of(List.of(1.0), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
