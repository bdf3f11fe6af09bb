package dev.assay.marketplace.audit;

/** What a verifier's own result says of the audited one. By itself it never costs anybody stake. */
enum Answer {
  /** It is not there yet. */
  WAITED_FOR,
  /** The same, as far as the method asks. */
  SAME,
  OTHER,
  /** It did not come, or nothing can be said. */
  NONE
}
