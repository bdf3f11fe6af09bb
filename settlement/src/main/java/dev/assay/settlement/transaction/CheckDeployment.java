package dev.assay.settlement.transaction;

import dev.assay.protocol.Signer;
import dev.assay.protocol.deploy.Finding;
import dev.assay.protocol.deploy.VerifyDeployment;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.ChainUnavailable;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.platform.Halts;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * Before anything is sent, and every ten minutes after: is this the chain, and are these the
 * contracts, roles, constants and token that the configuration says, and is the key the one that
 * has the role?
 */
@Component
class CheckDeployment {
  private static final Logger LOG = LoggerFactory.getLogger(CheckDeployment.class);
  private static final String PART = "deployment";

  private final ChainClient chain;
  private final Market market;
  private final Signer signer;
  private final Halts halts;
  private boolean checked;

  CheckDeployment(ChainClient chain, Market market, Signer signer, Halts halts) {
    this.chain = chain;
    this.market = market;
    this.signer = signer;
    this.halts = halts;
    halts.hold(PART, "the contracts have not been checked yet");
  }

  @Scheduled(fixedDelayString = "1s")
  void untilChecked() {
    if (!checked) {
      check();
    }
  }

  @Scheduled(initialDelayString = "10m", fixedDelayString = "10m")
  void check() {
    try {
      List<String> wrong = new ArrayList<>();
      new VerifyDeployment(chain)
          .findings(market.deployment(), market.offices(), market.terms()).stream()
              .map(Finding::toString)
              .forEach(wrong::add);
      if (!signer.address().equals(market.offices().settlement())) {
        wrong.add(
            "The settlement key is of %s, not of %s, which has the role"
                .formatted(signer.address(), market.offices().settlement()));
      }
      checked = wrong.isEmpty();
      if (checked) {
        halts.release(PART);
      } else {
        halts.halt(PART, wrong.stream().collect(Collectors.joining("; ")));
      }
    } catch (ChainUnavailable | IllegalArgumentException e) {
      LOG.atDebug().setCause(e).log("The contracts cannot be checked now");
    }
  }
}
