package dev.assay.marketplace.audit;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * @param epochAge an epoch with results closes at this age
 * @param epochSize or when it has so many, which is seen at the latest when it is a quarter older
 * @param undrawn how many closed epochs may wait for their draw before the open one waits too: a
 *     slow chain makes larger epochs, not more of them
 * @param spread over which the audits of a draw begin
 * @param patience how long those who are drawn have to answer before others are drawn
 * @param signing how long a committee has to sign what it found
 * @param feeBps the operator's part of what a cleared job costs
 * @param penaltyBps of its bond that a judged case takes of a worker: the Court's number
 * @param suspension for how long a verifier that did not do its work is not drawn
 * @param verifierBond free stake that gives a verifier one seat in the draw, in atomic units
 * @param lookPrice what a verifier may always ask for one look, whatever others ask, in atomic
 *     units
 * @param purse the wallet whose purse pays for audits and canaries, like any requester's; without
 *     it nothing is executed again
 * @param referenceNodes workers of the operator's own, which compute each canary before it is used
 */
@ConfigurationProperties("marketplace.audit")
record AuditSettings(
    @DefaultValue("60s") Duration epochAge,
    @DefaultValue("100000") long epochSize,
    @DefaultValue("2") int undrawn,
    @DefaultValue("30s") Duration spread,
    @DefaultValue("30m") Duration patience,
    @DefaultValue("10m") Duration signing,
    @DefaultValue("500") int feeBps,
    @DefaultValue("500") int penaltyBps,
    @DefaultValue("7d") Duration suspension,
    @DefaultValue("100000000") long verifierBond,
    @DefaultValue("1000") long lookPrice,
    @Nullable WalletAddress purse,
    @DefaultValue List<WalletAddress> referenceNodes) {
  AuditSettings {
    if (lookPrice < 0) {
      throw new IllegalArgumentException("marketplace.audit.look-price is at least 0.");
    }
    if (verifierBond < 1 || epochSize < 1 || undrawn < 1) {
      throw new IllegalArgumentException(
          "marketplace.audit: verifier-bond, epoch-size and undrawn are at least 1.");
    }
    if (feeBps < 0 || feeBps > BasisPoints.WHOLE.value()) {
      throw new IllegalArgumentException("marketplace.audit.fee-bps is 0 to 10000.");
    }
    if (penaltyBps < 0 || penaltyBps > BasisPoints.WHOLE.value()) {
      throw new IllegalArgumentException("marketplace.audit.penalty-bps is 0 to 10000.");
    }
    referenceNodes = List.copyOf(referenceNodes);
  }

  BasisPoints fee() {
    return new BasisPoints(feeBps);
  }

  BasisPoints penalty() {
    return new BasisPoints(penaltyBps);
  }

  TokenAmount seat() {
    return TokenAmount.of(verifierBond);
  }

  Optional<WalletAddress> buyer() {
    return Optional.ofNullable(purse);
  }
}
