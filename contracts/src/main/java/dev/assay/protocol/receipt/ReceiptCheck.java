package dev.assay.protocol.receipt;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Digest;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Signature;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.assurance.Assumptions;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.audit.AuditRate;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How the check of a result ended.
 *
 * @param partial whether the witness of a passed check was asked for some items of the input only
 * @param witnesses results of those who executed it again, on which the end rests; none unless it
 *     was passed or upheld
 */
public record ReceiptCheck(Reason reason, boolean partial, List<Witness> witnesses) {
  /** Who may be drawn to look at one result: more than a committee never are at once. */
  private static final int MOST_WITNESSES = 16;

  /**
   * @throws IllegalArgumentException for more witnesses than are drawn at once, or if what did not
   *     pass would have done so in part
   */
  public ReceiptCheck {
    if (partial && reason != Reason.PASSED) {
      throw new IllegalArgumentException("Only a check that was passed can be partial.");
    }
    if (witnesses.size() > MOST_WITNESSES) {
      throw new IllegalArgumentException(
          "%d witnesses are more than were drawn.".formatted(witnesses.size()));
    }
    witnesses = List.copyOf(witnesses);
  }

  /** Why a result is paid, or not. */
  public enum Reason {
    /** The draw passed it by. */
    NOT_DRAWN,
    /** A verifier found the same. */
    PASSED,
    /** A verifier found otherwise and its committee did not. */
    UPHELD,
    /** It was drawn and could not be checked. */
    UNCHECKED,
    /** The epoch's beacon was withheld, so nothing of it could be drawn. */
    WITHHELD,
    /** A committee found it invalid. */
    INVALID,
    /** The strict replay that was asked for did not confirm it, and no committee judged it. */
    UNCONFIRMED;

    /** For example {@code not-drawn}. */
    @JsonValue
    public String label() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /**
     * @throws IllegalArgumentException for a reason that does not exist
     */
    @JsonCreator
    public static Reason parse(String label) {
      return Arrays.stream(values())
          .filter(reason -> reason.label().equals(label))
          .findFirst()
          .orElseThrow(() ->
              new IllegalArgumentException(
                  "A check's reason is one of %s."
                      .formatted(
                          Arrays.stream(values())
                              .map(Reason::label)
                              .collect(Collectors.joining(", ")))));
    }
  }

  /**
   * A verifier's own result, by a job like any other: it did not know whom it checks.
   *
   * @param sessionKey that signed the attestation
   * @param outputDigest of what it found
   * @param outputSalt opens the commitment, with {@code outputDigest}
   */
  public record Witness(
      ResultAttestation attestation,
      Signature signature,
      WalletAddress sessionKey,
      Digest outputDigest,
      Digest outputSalt) {}

  /**
   * How sure one may be of a result that was checked so. The worker's passes are not taken from
   * anybody's word: the sealed rate allows no fewer.
   *
   * @param rate as sealed
   * @param isStrict whether it is paid only because the strict replay has confirmed it
   * @return null of a result that nobody pays for
   */
  @Nullable Assurance assurance(BasisPoints rate, boolean isStrict) {
    if (isStrict && isPaid()) {
      return Assurance.strict(passes(rate), Assumptions.DEFAULT);
    }
    return switch (reason) {
      case NOT_DRAWN -> Assurance.spot(passes(rate), Assumptions.DEFAULT);
      case PASSED, UPHELD -> Assurance.audited(passes(rate), Assumptions.DEFAULT);
      case UNCHECKED, WITHHELD -> Assurance.bestEffort();
      case INVALID, UNCONFIRMED -> null;
    };
  }

  private boolean isPaid() {
    return reason != Reason.INVALID && reason != Reason.UNCONFIRMED;
  }

  /** The fewest passes with which so low a rate is right. */
  static int passes(BasisPoints rate) {
    int passes = 0;
    while (rateOf(passes).compareTo(rate) > 0 && rateOf(passes).compareTo(AuditRate.FLOOR) > 0) {
      passes++;
    }
    return passes;
  }

  private static BasisPoints rateOf(int passes) {
    return new AuditRate(TokenAmount.ZERO, TokenAmount.ZERO, TokenAmount.ZERO, passes).value();
  }
}
