package dev.assay.marketplace.offer;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.wire.OfferBook;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RestController;

/** {@code /worker/v1/offers}: a worker says what it sells. */
@RestController
class OfferController {
  private final PublishOffers publishing;

  OfferController(PublishOffers publishing) {
    this.publishing = publishing;
  }

  /** Replaces all that the worker sells. The answer is the same body. */
  @Refuses(ProblemType.UNKNOWN_MODEL)
  @PutMapping(path = "/worker/v1/offers", consumes = MediaType.APPLICATION_JSON_VALUE)
  OfferBook publish(Caller caller, @RequestBody OfferBook book) {
    publishing.publish(caller.wallet(), book);
    return book;
  }
}
