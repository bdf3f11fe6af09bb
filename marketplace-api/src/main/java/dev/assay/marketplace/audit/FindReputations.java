package dev.assay.marketplace.audit;

import dev.assay.marketplace.audit.Standings.Subject;
import dev.assay.marketplace.offer.Offer;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.audit.TrackRecord;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.springframework.stereotype.Service;

/** What audits have shown of those who offer something, as a number. */
@Service
public class FindReputations {
  private final Standings standings;

  FindReputations(Standings standings) {
    this.standings = standings;
  }

  /** The {@link TrackRecord#reputation()} of each offer's worker with its model and profile. */
  public Map<Offer, BasisPoints> of(Collection<Offer> offers) {
    Map<Subject, TrackRecord> records =
        standings.of(offers.stream().map(FindReputations::subject).collect(Collectors.toSet()));
    Map<Offer, BasisPoints> reputations = new HashMap<>();
    for (Offer offer : offers) {
      reputations.put(offer, records.getOrDefault(subject(offer), TrackRecord.NEW).reputation());
    }
    return reputations;
  }

  private static Subject subject(Offer offer) {
    return new Subject(offer.worker(), offer.modelDigest(), offer.profile());
  }
}
