package dev.assay.protocol.chain;

import static dev.assay.protocol.chain.Abi.of;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.List;

/** What the market needs of its ERC-20, and the minting of the token for development. */
public record TokenContract(WalletAddress address) {
  private static final FunctionType APPROVE =
      FunctionType.of("approve(address,uint256)", "bool done");
  private static final FunctionType TRANSFER =
      FunctionType.of("transfer(address,uint256)", "bool done");
  private static final FunctionType BALANCE_OF =
      FunctionType.of("balanceOf(address)", "uint256 balance");
  private static final FunctionType DECIMALS = FunctionType.of("decimals()", "uint8 decimals");
  private static final FunctionType MINT = FunctionType.of("mint(address,uint256)");

  static final List<FunctionType> FUNCTIONS =
      List.of(APPROVE, TRANSFER, BALANCE_OF, DECIMALS, MINT);

  public Call approve(WalletAddress spender, TokenAmount amount) {
    return APPROVE.at(address, of(spender), of(amount));
  }

  public Call transfer(WalletAddress to, TokenAmount amount) {
    return TRANSFER.at(address, of(to), of(amount));
  }

  public Query<TokenAmount> balanceOf(WalletAddress owner) {
    return BALANCE_OF.ask(address, v -> v.amount("balance"), of(owner));
  }

  public Query<Integer> decimals() {
    return DECIMALS.ask(address, v -> v.count("decimals"));
  }

  /** {@code TestUSD} only: anyone mints. */
  public Call mint(WalletAddress to, TokenAmount amount) {
    return MINT.at(address, of(to), of(amount));
  }
}
