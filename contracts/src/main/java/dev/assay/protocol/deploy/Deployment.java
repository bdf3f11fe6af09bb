package dev.assay.protocol.deploy;

import dev.assay.protocol.Domain;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.AccessManagerContract;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.TokenContract;
import java.util.stream.Stream;

/**
 * Where the contracts of one market are. As JSON it is what every process of the market is given.
 *
 * @param chainId of EIP-155
 * @param block the first that can hold anything of it
 */
public record Deployment(
    long chainId,
    long block,
    WalletAddress token,
    WalletAddress accessManager,
    WalletAddress escrow,
    WalletAddress stake,
    WalletAddress court) {
  /**
   * @throws IllegalArgumentException for a chain id below 1, a negative block, or a zero or
   *     repeated address
   */
  public Deployment {
    if (chainId < 1 || block < 0) {
      throw new IllegalArgumentException(
          "A deployment has a chain id from 1 and a block from 0, not %d and %d."
              .formatted(chainId, block));
    }
    var distinct =
        Stream.of(token, accessManager, escrow, stake, court, WalletAddress.ZERO)
            .distinct()
            .count();
    if (distinct != 6) {
      throw new IllegalArgumentException(
          "A deployment has five different addresses, none of them zero.");
    }
  }

  /** For what requesters sign to spend. */
  public Domain escrowDomain() {
    return new Domain(chainId, escrow);
  }

  /** For the consent of session keys. */
  public Domain stakeDomain() {
    return new Domain(chainId, stake);
  }

  /** For jobs, assignments, attestations, verdicts, seals and notices. */
  public Domain courtDomain() {
    return new Domain(chainId, court);
  }

  public TokenContract tokenContract() {
    return new TokenContract(token);
  }

  public AccessManagerContract accessManagerContract() {
    return new AccessManagerContract(accessManager);
  }

  public EscrowContract escrowContract() {
    return new EscrowContract(escrow);
  }

  public StakeContract stakeContract() {
    return new StakeContract(stake);
  }

  public CourtContract courtContract() {
    return new CourtContract(court);
  }
}
