package dev.assay.settlement.watch;

import dev.assay.protocol.admin.FundersReport;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Who paid for whom, for the operators' page: all of it stands on chain. */
@RestController
class FundersController {
  private final Funders funders;

  FundersController(Funders funders) {
    this.funders = funders;
  }

  @GetMapping("/api/funders")
  FundersReport funders() {
    return new FundersReport(funders.ofSeveral());
  }
}
