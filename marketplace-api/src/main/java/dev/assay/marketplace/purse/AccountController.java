package dev.assay.marketplace.purse;

import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.purse.Purses.PurseRow;
import dev.assay.marketplace.purse.Purses.Transfer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/account}: a requester's money. */
@RestController
class AccountController {
  private static final int LONGEST_PAGE = 100;

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

  record TransferPage(List<Transfer> data, boolean hasMore) {}

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

  @GetMapping("/api/account/transfers")
  TransferPage transfers(
      Caller caller,
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = "20") String limit) {
    if (!limit.matches("[1-9][0-9]{0,2}") || Integer.parseInt(limit) > LONGEST_PAGE) {
      throw new Problem(ProblemType.INVALID_PARAMETER, "limit is 1 to %d.".formatted(LONGEST_PAGE));
    }
    int most = Integer.parseInt(limit);
    List<Transfer> page =
        purses.transfers(caller.wallet(), after == null ? null : uuid(after), most + 1);
    return new TransferPage(page.stream().limit(most).toList(), page.size() > most);
  }

  private static UUID uuid(String text) {
    try {
      UUID uuid = UUID.fromString(text);
      if (uuid.toString().equals(text)) {
        return uuid;
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new Problem(ProblemType.INVALID_PARAMETER, "after is the id of a transfer.");
  }
}
