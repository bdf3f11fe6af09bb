package dev.assay.protocol.receipt;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.protocol.JobId;
import dev.assay.protocol.JobSpec;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.verification.Calibration;
import org.jspecify.annotations.Nullable;

/**
 * Ties a request to its result, its check and its payment. Nothing is in it that cannot be checked:
 * what is outside of {@code chain} by hashes and signatures, what is inside by asking any node of
 * the chain.
 *
 * @param version of this format, {@value #VERSION}
 * @param status how far the job is; only a final receipt proves a payment
 * @param missing what is waited for, in words; absent when the receipt is final
 * @param job as its requester named it
 * @param request what was asked for, under which rule of verification
 * @param result what a worker has signed
 * @param seal where the result lies in its epoch
 * @param draw the epoch's beacon, and whether it selected the result
 * @param check how the check ended
 * @param verdict of the committee, if it found the result invalid
 * @param assurance how sure one may be of a result that is paid
 * @param settlement where the payment lies in its batch
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record JobReceipt(
    int version,
    ReceiptStatus status,
    @Nullable String missing,
    JobId job,
    ReceiptChain chain,
    JobSpec request,
    @Nullable ReceiptResult result,
    @Nullable ReceiptSeal seal,
    @Nullable ReceiptDraw draw,
    @Nullable ReceiptCheck check,
    @Nullable ReceiptVerdict verdict,
    @Nullable Assurance assurance,
    @Nullable ReceiptSettlement settlement) {
  public static final int VERSION = 1;

  /**
   * A receipt of what there is, with the status that follows from it.
   *
   * @param hasEnded whether the job has ended; without a result nothing will be paid
   */
  public static JobReceipt of(
      JobId job,
      boolean hasEnded,
      ReceiptChain chain,
      JobSpec request,
      @Nullable ReceiptResult result,
      @Nullable ReceiptSeal seal,
      @Nullable ReceiptDraw draw,
      @Nullable ReceiptCheck check,
      @Nullable ReceiptVerdict verdict,
      @Nullable ReceiptSettlement settlement) {
    ReceiptStatus status =
        result == null && hasEnded
            ? ReceiptStatus.UNPAID
            : ReceiptStatus.of(chain, result, seal, draw, check, verdict, settlement);
    return new JobReceipt(
        VERSION,
        status,
        status.missing(),
        job,
        chain,
        request,
        result,
        seal,
        draw,
        check,
        verdict,
        seal == null || check == null
            ? null
            : check.assurance(seal.leaf().auditRateBps(), isStrict(request)),
        settlement);
  }

  /** Whether its result was to be held against the strict replay. */
  static boolean isStrict(JobSpec request) {
    return Calibration.isStrict(request.modelDigest(), request.thresholdsDigest());
  }
}
