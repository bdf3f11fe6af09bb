package dev.assay.marketplace.purse;

import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.Optional;
import org.springframework.context.annotation.Profile;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/**
 * Money out of nothing, on a developer's machine: stands for the chain, through the same door. It
 * exists in the profile {@code development} only.
 */
@RestController
@Profile("development")
class DevelopmentFaucet {
  private final RecordPurse recording;
  private final Purses purses;

  DevelopmentFaucet(RecordPurse recording, Purses purses) {
    this.recording = recording;
    this.purses = purses;
  }

  /**
   * @param amount deposited and authorized, in atomic units
   */
  record Gift(WalletAddress wallet, TokenAmount amount) {}

  /** Gifts count up from before the chain and never reach a position that one will have. */
  @PostMapping(path = "/api/development/faucet", consumes = MediaType.APPLICATION_JSON_VALUE)
  @ResponseStatus(HttpStatus.NO_CONTENT)
  synchronized void give(@RequestBody Gift gift) {
    Optional<Purse> present = purses.find(gift.wallet()).map(Purses.PurseRow::purse);
    TokenAmount none = TokenAmount.ZERO;
    Purse before =
        present.orElseGet(
            () -> new Purse(gift.wallet(), none, none, none, none, Purses.BEFORE_CHAIN));
    if (before.position() >= 0) {
      throw new Problem(
          ProblemType.FORBIDDEN, "The chain speaks for this wallet: deposit there instead.");
    }
    recording.record(
        new Purse(
            gift.wallet(),
            before.balance().plus(gift.amount()),
            before.authorized().plus(gift.amount()),
            before.spent(),
            before.leaving(),
            before.position() + 1));
  }
}
