package dev.assay.marketplace.job;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How a requester wants its result made sure of: the {@code verification} member of a job. */
public sealed interface Verification {
  Verification SPOT = new Spot();
  Verification STRICT = new Strict();

  /** For example {@code quorum:2/3}. */
  @JsonValue
  String label();

  /** How many workers compute it at once. */
  int workers();

  /** Whether an answer shows only when it was decided on; see {@link Quorums}. */
  default boolean isHeldBack() {
    return true;
  }

  /** One worker computes it, and is audited by chance. */
  record Spot() implements Verification {
    @Override
    public String label() {
      return "spot";
    }

    @Override
    public int workers() {
      return 1;
    }

    @Override
    public boolean isHeldBack() {
      return false;
    }
  }

  /**
   * One worker computes it, and its answer is held against the market's strict replay before it
   * shows. Where the replay finds otherwise another worker is asked.
   */
  record Strict() implements Verification {
    /** So many workers are asked, one after the other. */
    public static final int MOST = 3;

    @Override
    public String label() {
      return "strict";
    }

    @Override
    public int workers() {
      return 1;
    }
  }

  /**
   * Several workers compute it, none of whom sees another's answer, and so many must agree.
   *
   * @param needed a majority
   * @param of how many
   */
  record Quorum(int needed, int of) implements Verification {
    /** Each is paid for. */
    public static final int MOST = 15;

    /**
     * @throws IllegalArgumentException for less than a majority, or too many
     */
    public Quorum {
      if (of < 2 || of > MOST || needed <= of / 2 || needed > of) {
        throw new IllegalArgumentException(
            "quorum:k/n wants k of n workers to agree, a majority of 2 to %d.".formatted(MOST));
      }
    }

    @Override
    public String label() {
      return "quorum:%d/%d".formatted(needed, of);
    }

    @Override
    public int workers() {
      return of;
    }
  }

  /**
   * @throws IllegalArgumentException for what is none of them
   */
  @JsonCreator
  static Verification parse(String label) {
    if (label.equals("spot")) {
      return SPOT;
    }
    if (label.equals("strict")) {
      return STRICT;
    }
    Matcher quorum = Pattern.compile("quorum:([1-9][0-9]?)/([1-9][0-9]?)").matcher(label);
    if (quorum.matches()) {
      return new Quorum(Integer.parseInt(quorum.group(1)), Integer.parseInt(quorum.group(2)));
    }
    throw new IllegalArgumentException("verification is 'spot', 'quorum:k/n' or 'strict'.");
  }
}
