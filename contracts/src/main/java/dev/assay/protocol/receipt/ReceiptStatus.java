package dev.assay.protocol.receipt;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How far a job is, as far as its receipt shows. */
public enum ReceiptStatus {
  AWAITING_RESULT("A worker's signed result is missing: the job is open."),
  AWAITING_SEAL(
      "The epoch's seal on chain is missing: results are sealed about a minute after they came."),
  AWAITING_DRAW("The beacon is missing: it is drawn some blocks after the seal."),
  AWAITING_CHECK("The end of the check is missing: the result was drawn and is executed again."),
  AWAITING_SETTLEMENT("The settlement is missing: the job is paid in one of the next batches."),
  /** Final: it is paid. */
  SETTLED(null),
  /** Final: the result was found invalid, or not confirmed, and nothing was charged. */
  REJECTED(null),
  /** Final: it ended without a result, and nothing was charged. Such a receipt proves nothing. */
  UNPAID(null);

  private final @Nullable String missing;

  ReceiptStatus(@Nullable String missing) {
    this.missing = missing;
  }

  /** What is waited for, in words; null when nothing is. */
  public @Nullable String missing() {
    return missing;
  }

  /** For example {@code awaiting-draw}. */
  @JsonValue
  public String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /**
   * @throws IllegalArgumentException for a status that does not exist
   */
  @JsonCreator
  public static ReceiptStatus parse(String label) {
    return Arrays.stream(values())
        .filter(status -> status.label().equals(label))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "A receipt's status is one of %s."
                    .formatted(
                        Arrays.stream(values())
                            .map(ReceiptStatus::label)
                            .collect(Collectors.joining(", ")))));
  }

  /** What the parts of a receipt show, whatever it says of itself. */
  static ReceiptStatus of(
      ReceiptChain chain,
      @Nullable ReceiptResult result,
      @Nullable ReceiptSeal seal,
      @Nullable ReceiptDraw draw,
      @Nullable ReceiptCheck check,
      @Nullable ReceiptVerdict verdict,
      @Nullable ReceiptSettlement settlement) {
    if (result == null) {
      return AWAITING_RESULT;
    }
    if (seal == null || chain.seal() == null) {
      return AWAITING_SEAL;
    }
    if (check == null) {
      return draw == null ? AWAITING_DRAW : AWAITING_CHECK;
    }
    if (verdict != null || check.reason() == ReceiptCheck.Reason.UNCONFIRMED) {
      return REJECTED;
    }
    return settlement == null || chain.settlement() == null ? AWAITING_SETTLEMENT : SETTLED;
  }
}
