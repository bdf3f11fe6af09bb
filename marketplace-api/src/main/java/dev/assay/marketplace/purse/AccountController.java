package dev.assay.marketplace.purse;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.marketplace.purse.Purses.PurseRow;
import dev.assay.marketplace.purse.Purses.Transfer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/account}: a requester's money. */
@RestController
class AccountController {
  private final Purses purses;

  AccountController(Purses purses) {
    this.purses = purses;
  }

  /**
   * All in atomic units.
   *
   * @param available may be held for new jobs
   * @param unsettled held, or charged and not yet settled on chain
   */
  record Account(
      WalletAddress wallet,
      TokenAmount available,
      TokenAmount unsettled,
      TokenAmount balance,
      TokenAmount authorized,
      TokenAmount spent,
      TokenAmount leaving) {}

  /** The requester's purse. */
  @GetMapping("/api/account")
  Account account(Caller caller) {
    return purses
        .find(caller.wallet())
        .map(row -> account(caller.wallet(), row))
        .orElseGet(() -> {
          TokenAmount none = TokenAmount.ZERO;
          return new Account(caller.wallet(), none, none, none, none, none, none);
        });
  }

  private static Account account(WalletAddress wallet, PurseRow row) {
    Purse purse = row.purse();
    return new Account(
        wallet,
        row.available(),
        row.unsettled(),
        purse.balance(),
        purse.authorized(),
        purse.spent(),
        purse.leaving());
  }

  /**
   * What has moved in the requester's purse, the newest first.
   *
   * @param after the id of the last transfer of the page before
   */
  @GetMapping("/api/account/transfers")
  Page<Transfer> transfers(
      Caller caller,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    UUID from = Page.after(after, AccountController::canonical).orElse(null);
    return Page.of(purses.transfers(caller.wallet(), from, limit.andOneMore()), limit);
  }

  /** {@link UUID#fromString} alone takes more than one text for the same. */
  private static UUID canonical(String text) {
    UUID uuid = UUID.fromString(text);
    if (!uuid.toString().equals(text)) {
      throw new IllegalArgumentException(text);
    }
    return uuid;
  }
}
