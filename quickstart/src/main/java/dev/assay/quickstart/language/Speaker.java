package dev.assay.quickstart.language;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Predicate;

/**
 * Continues a text and says what a model thought of each token. An honest one writes and scores
 * with one model; a cheat has a cheaper one write.
 *
 * @param writer draws the tokens
 * @param scorer gives their logprobs
 */
public record Speaker(LanguageModel writer, LanguageModel scorer) {
  /** A token and its logprob. */
  public record Scored(int token, double logprob) {}

  /**
   * A token that was said, or was to be said.
   *
   * @param likeliest as many as were asked for, the likeliest first
   */
  public record Spoken(Scored chosen, List<Scored> likeliest) {
    public Spoken {
      likeliest = List.copyOf(likeliest);
    }
  }

  /** How to draw. */
  public record Sampling(int maxTokens, double temperature, long seed, int listed) {}

  /**
   * Says token after token until the end, the most, or whoever hears it has enough.
   *
   * @param heard takes each token and answers whether it wants more
   * @return whether the model itself came to an end
   */
  public boolean speak(List<Integer> prompt, Sampling how, Predicate<Spoken> heard) {
    var chance = new SplittableRandom(how.seed);
    List<Integer> tokens = new ArrayList<>(prompt);
    for (int i = 0; i < how.maxTokens; i++) {
      int token = writer.sample(writer.probabilities(tokens), how.temperature, chance);
      boolean isMoreWanted = heard.test(spoken(scorer.probabilities(tokens), token, how.listed));
      if (token == Vocabulary.END) {
        return true;
      }
      if (!isMoreWanted) {
        return false;
      }
      tokens.add(token);
    }
    return false;
  }

  /** What the scorer thinks of each token of a text, in one pass. */
  public List<Spoken> score(List<Integer> tokens, int listed) {
    List<Spoken> scores = new ArrayList<>(tokens.size());
    for (int i = 0; i < tokens.size(); i++) {
      scores.add(spoken(scorer.probabilities(tokens.subList(0, i)), tokens.get(i), listed));
    }
    return scores;
  }

  private static Spoken spoken(double[] probabilities, int token, int listed) {
    int[] likeliest = new int[listed];
    int found = 0;
    for (int other = 0; other < probabilities.length; other++) {
      int place = found;
      while (place > 0 && probabilities[likeliest[place - 1]] < probabilities[other]) {
        place--;
      }
      if (place < listed) {
        found = Math.min(listed, found + 1);
        System.arraycopy(likeliest, place, likeliest, place + 1, found - place - 1);
        likeliest[place] = other;
      }
    }
    return new Spoken(
        scored(probabilities, token),
        Arrays.stream(likeliest, 0, found)
            .mapToObj(other -> scored(probabilities, other))
            .toList());
  }

  private static Scored scored(double[] probabilities, int token) {
    return new Scored(token, StrictMath.log(probabilities[token]));
  }
}
