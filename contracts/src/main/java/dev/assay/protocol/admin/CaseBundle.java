package dev.assay.protocol.admin;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What settlement has of a case of the Court: the evidence, and what it did about it.
 *
 * @param offence for example {@code CONTRADICTION}
 * @param evidence what the Court is called with; null for a case that another opened, and as long
 *     as the Court has not taken it: who sees it before could hand it in first
 * @param evidenceCameAt when the market handed it over; null for a case that another opened
 * @param harm what names the harmed; null if nobody is named
 * @param errands transactions about the case, the oldest first
 */
public record CaseBundle(
    Digest id,
    String offence,
    @Nullable Bytes evidence,
    @Nullable Instant evidenceCameAt,
    @Nullable Bytes harm,
    List<ChainErrand> errands) {
  public CaseBundle {
    errands = List.copyOf(errands);
  }
}
