package dev.assay.quickstart.language;

import dev.assay.quickstart.demo.Library;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.random.RandomGenerator;

/**
 * A language model by counting: how often a token followed the tokens before it, in a text that is
 * shipped; the shorter contexts fill up what the longer ones have not seen (interpolated, after
 * Witten and Bell, IEEE Trans. Inf. Theory 37(4), 1991). It is made at start, in a fraction of a
 * second, and is the same each time. What it says is not worth much; its probabilities are real.
 */
public final class LanguageModel {
  /** The model that is sold. */
  public static final String NAME = "tiny-lm";

  /** The most tokens of a conversation and its continuation. */
  public static final int CONTEXT = 2048;

  private static final int ORDER = 4;

  /** Of a token that the training text has not, not even as a letter. */
  private static final double LEAST = 1e-9;

  private final Vocabulary vocabulary;
  private final int order;
  private final Precision precision;

  /** Of a token without a context. */
  private final double[] alone;

  private final boolean[] isSayable;
  private final Map<List<Integer>, Followers> contexts;
  private final String description;

  /** How exactly it computes. The first three are what honest machines differ by. */
  public enum Precision {
    DOUBLE,
    /** In 32-bit floats. */
    SINGLE,
    /** Its weights in 16 bits, 8 of them the mantissa's. */
    BFLOAT16,
    /** Its logits in steps of 1/16: about what weights in 8 bits cost. */
    EIGHT_BIT,
    /** Its logits in steps of 1/2: about what weights in 4 bits cost. */
    FOUR_BIT
  }

  /** What came after a context, how often. */
  private static final class Followers {
    private final Map<Integer, Integer> counts = new HashMap<>();
    private int[] tokens = {};
    private double[] shares = {};
    private double weight;

    /** When all is counted. */
    void close(Precision precision) {
      List<Map.Entry<Integer, Integer>> sorted =
          counts.entrySet().stream().sorted(Map.Entry.comparingByKey()).toList();
      tokens = sorted.stream().mapToInt(Map.Entry::getKey).toArray();
      double total = sorted.stream().mapToInt(Map.Entry::getValue).sum();
      weight = rounded(total / (total + tokens.length), precision);
      shares =
          sorted.stream()
              .mapToDouble(entry -> rounded(entry.getValue() / total, precision))
              .toArray();
    }
  }

  private LanguageModel(Vocabulary vocabulary, List<String> texts, int order, Precision precision) {
    this.vocabulary = vocabulary;
    this.order = order;
    this.precision = precision;
    this.contexts = new HashMap<>();
    this.isSayable = new boolean[vocabulary.size()];
    long counted = 0;
    for (String text : texts) {
      List<Integer> tokens = new ArrayList<>(vocabulary.encode(text));
      tokens.add(Vocabulary.END);
      for (int i = 0; i < tokens.size(); i++) {
        isSayable[tokens.get(i)] = true;
        for (int length = 0; length < order && length <= i; length++) {
          var before = List.copyOf(tokens.subList(i - length, i));
          contexts
              .computeIfAbsent(before, _ -> new Followers())
              .counts
              .merge(tokens.get(i), 1, Integer::sum);
        }
      }
    }
    for (int printable = ' '; printable <= '~'; printable++) {
      isSayable[Vocabulary.ofByte(printable)] = true;
    }
    for (Followers followers : contexts.values()) {
      followers.close(precision);
      counted += followers.tokens.length;
    }
    this.alone = uniform(isSayable);
    interpolate(alone, Objects.requireNonNull(contexts.get(List.<Integer>of())));
    this.description =
        "ngram/1:order=%d:counts=%d:sha256=%s".formatted(order, counted, sha256(texts));
  }

  /** The model that is sold. */
  public static LanguageModel full(Precision precision) {
    List<String> texts = texts();
    return new LanguageModel(Vocabulary.of(texts), texts, ORDER, precision);
  }

  /** Its cheaper sibling: the same tokens, half the context, a quarter of the training text. */
  public static LanguageModel small() {
    List<String> texts = texts();
    return new LanguageModel(
        Vocabulary.of(texts), texts.subList(0, texts.size() / 4), ORDER / 2, Precision.DOUBLE);
  }

  private static List<String> texts() {
    return Library.paragraphs().stream()
        .map(paragraph -> paragraph.replaceAll("[^ -~]", ""))
        .filter(paragraph -> !paragraph.isEmpty())
        .toList();
  }

  private static double[] uniform(boolean[] isSayable) {
    double[] base = new double[isSayable.length];
    int sayable = 0;
    for (boolean is : isSayable) {
      sayable += is ? 1 : 0;
    }
    double others = LEAST * (isSayable.length - sayable);
    for (int token = 0; token < base.length; token++) {
      base[token] = isSayable[token] ? (1 - others) / sayable : LEAST;
    }
    return base;
  }

  public Vocabulary vocabulary() {
    return vocabulary;
  }

  /** All that decides what it answers, but for the precision. */
  public String description() {
    return description;
  }

  /**
   * The probability of each token to come next.
   *
   * @param before all tokens so far
   */
  public double[] probabilities(List<Integer> before) {
    double[] probabilities = alone.clone();
    for (int length = 1; length < order && length <= before.size(); length++) {
      Followers followers = contexts.get(before.subList(before.size() - length, before.size()));
      if (followers == null) {
        break; // a longer one was not seen either
      }
      interpolate(probabilities, followers);
    }
    return normalised(probabilities);
  }

  private void interpolate(double[] probabilities, Followers followers) {
    for (int token = 0; token < probabilities.length; token++) {
      probabilities[token] = stored(probabilities[token] * (1 - followers.weight));
    }
    for (int i = 0; i < followers.tokens.length; i++) {
      int token = followers.tokens[i];
      probabilities[token] = stored(probabilities[token] + followers.weight * followers.shares[i]);
    }
  }

  private double stored(double number) {
    return precision == Precision.DOUBLE ? number : (float) number;
  }

  private double[] normalised(double[] probabilities) {
    double step =
        switch (precision) {
          case DOUBLE, SINGLE, BFLOAT16 -> 0;
          case EIGHT_BIT -> 1.0 / 16;
          case FOUR_BIT -> 1.0 / 2;
        };
    double sum = 0;
    for (int token = 0; token < probabilities.length; token++) {
      if (step > 0) {
        double logit = StrictMath.log(probabilities[token]);
        probabilities[token] = StrictMath.exp(Math.rint(logit / step) * step);
      }
      sum += probabilities[token];
    }
    for (int token = 0; token < probabilities.length; token++) {
      probabilities[token] = Math.min(1, probabilities[token] / sum);
    }
    return probabilities;
  }

  /** To the nearest number with a mantissa of 8 bits. */
  private static double rounded(double number, Precision precision) {
    return precision == Precision.BFLOAT16
        ? Float.intBitsToFloat((Float.floatToRawIntBits((float) number) + 0x8000) & 0xFFFF_0000)
        : number;
  }

  /**
   * Draws a token; only those that the training text has, and printable letters.
   *
   * @param temperature 0 takes the likeliest
   */
  public int sample(double[] probabilities, double temperature, RandomGenerator chance) {
    int likeliest = Vocabulary.END;
    double[] weights = new double[probabilities.length];
    double sum = 0;
    for (int token = 0; token < weights.length; token++) {
      if (!isSayable[token]) {
        continue;
      }
      if (probabilities[token] > probabilities[likeliest]) {
        likeliest = token;
      }
      weights[token] =
          temperature == 1 || temperature <= 0
              ? probabilities[token]
              : StrictMath.pow(probabilities[token], 1 / temperature);
      sum += weights[token];
    }
    if (temperature <= 0) {
      return likeliest;
    }
    double left = chance.nextDouble() * sum;
    for (int token = 0; token < weights.length; token++) {
      left -= weights[token];
      if (left < 0 && isSayable[token]) {
        return token;
      }
    }
    return likeliest;
  }

  private static String sha256(List<String> texts) {
    try {
      var digest = MessageDigest.getInstance("SHA-256");
      return HexFormat.of()
          .formatHex(digest.digest(String.join("\n", texts).getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
