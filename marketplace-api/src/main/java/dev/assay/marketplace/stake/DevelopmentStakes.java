package dev.assay.marketplace.stake;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Clock;
import java.util.Optional;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Stake out of nothing, on a developer's machine: stands for the chain, through the same door. It
 * exists in the profile {@code development} only.
 */
@RestController
@Profile("development")
class DevelopmentStakes {
  private final Stakes stakes;
  private final Clock clock;

  DevelopmentStakes(Stakes stakes, Clock clock) {
    this.stakes = stakes;
    this.clock = clock;
  }

  /**
   * @param key bound as the worker's session key
   * @param amount all that the worker has bonded from now on, in atomic units
   */
  record Bond(WalletAddress worker, WalletAddress key, TokenAmount amount) {}

  @PostMapping(path = "/api/development/stakes", consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void bond(@RequestBody Bond bond) {
    // Later than what this faucet said before, and below any position that a chain will have.
    long position = clock.millis() - Long.MAX_VALUE;
    stakes.record(
        new StakeState(bond.worker(), bond.amount(), TokenAmount.ZERO, TokenAmount.ZERO, position));
    stakes.record(new KeyState(bond.key(), bond.worker(), Optional.empty(), position));
  }
}
