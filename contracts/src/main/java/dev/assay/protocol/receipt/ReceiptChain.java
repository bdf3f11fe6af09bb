package dev.assay.protocol.receipt;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.WalletAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where on which chain. Chain and court are part of all that is signed; the rest only a node can
 * confirm.
 *
 * @param chainId of EIP-155
 * @param court the contract of seals and cases
 * @param escrow the contract of payments; the requester's ceiling and both accounts of the
 *     settlement stand there
 * @param seal that posted the epoch's root
 * @param draw that revealed the beacon
 * @param settlement that paid the batch
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ReceiptChain(
    long chainId,
    WalletAddress court,
    WalletAddress escrow,
    @Nullable Reference seal,
    @Nullable Reference draw,
    @Nullable Reference settlement) {
  /**
   * @throws IllegalArgumentException for a chain id out of range or the zero address
   */
  public ReceiptChain {
    var _ = new Domain(chainId, court);
  }

  /**
   * A transaction.
   *
   * @param block number of the block that holds it
   */
  public record Reference(Digest transaction, long block) {}

  /** The EIP-712 domain of all that a receipt shows. */
  Domain domain() {
    return new Domain(chainId, court);
  }
}
