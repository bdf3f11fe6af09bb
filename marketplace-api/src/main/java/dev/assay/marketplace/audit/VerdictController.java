package dev.assay.marketplace.audit;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.protocol.wire.VerdictRequests;
import dev.assay.protocol.wire.VerdictVote;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /worker/v1/verdicts}: members of a committee sign what they found. */
@RestController
class VerdictController {
  private final CollectVotes votes;

  VerdictController(CollectVotes votes) {
    this.votes = votes;
  }

  /** What the caller is asked to judge, as a member of a committee. */
  @GetMapping("/worker/v1/verdicts")
  VerdictRequests requests(Caller caller) {
    return votes.wantedOf(caller.wallet());
  }

  /** Takes a verdict that the caller has signed. */
  @Refuses(ProblemType.NOT_FOUND)
  @PostMapping(path = "/worker/v1/verdicts", consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void vote(Caller caller, @RequestBody VerdictVote vote) {
    votes.take(caller.wallet(), vote);
  }
}
