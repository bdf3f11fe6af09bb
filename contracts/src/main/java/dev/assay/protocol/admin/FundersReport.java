package dev.assay.protocol.admin;

import dev.assay.protocol.WalletAddress;
import java.util.List;

/**
 * Who paid for whom on chain: wallets that put money into purses or bonds of several others, as the
 * contracts' own logs say. How a payer came to its money is not looked at.
 *
 * @param funders those of the most first, 50 at most
 */
public record FundersReport(List<Funder> funders) {
  public FundersReport {
    funders = List.copyOf(funders);
  }

  /**
   * One who paid for others.
   *
   * @param others for how many
   * @param parties of these, 20 at most
   */
  public record Funder(WalletAddress payer, long others, List<Party> parties) {
    public Funder {
      parties = List.copyOf(parties);
    }
  }

  /**
   * Whom it was for.
   *
   * @param kind {@code purse} of a requester or {@code bond} of a worker
   * @param amount in sum, in atomic units
   * @param isFirst whether nobody had paid for it before
   */
  public record Party(
      String kind, WalletAddress wallet, String amount, long firstBlock, boolean isFirst) {}
}
