package dev.assay.marketplace.job;

import dev.assay.marketplace.model.Model;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.assurance.Assurance;
import dev.assay.protocol.content.ProfileClass;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What those who check results tell of them; jobs themselves do not know how. */
public interface Assurances {
  /** How sure one may be of each result now; checks that end later may change it. */
  Map<JobId, Assurance> of(Collection<JobId> attested);

  /**
   * As {@link #of}, of a result that has just come and that nobody has looked at. What is known of
   * its worker may be as old as what matching goes by: a second.
   *
   * @param profile on which it was computed
   */
  Assurance ofNew(Digest modelDigest, JobEnd.Attested result, ProfileClass profile);

  /**
   * The least that a result would have.
   *
   * @param offered of those who might compute it
   */
  Assurance expected(Verification verification, Model model, List<Offer> offered);
}
