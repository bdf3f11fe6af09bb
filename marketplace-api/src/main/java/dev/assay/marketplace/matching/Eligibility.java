package dev.assay.marketplace.matching;

/** Whether a worker may have a job. */
public sealed interface Eligibility {
  /** It may. */
  record Eligible() implements Eligibility {}

  /**
   * It may not.
   *
   * @param reason a short name, the same for all of its kind, such as {@code price-above-limit}
   * @param words for the requester's match trace
   */
  record Ineligible(String reason, String words) implements Eligibility {}

  Eligibility YES = new Eligible();
}
