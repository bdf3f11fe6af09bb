package dev.assay.settlement.transaction;

import dev.assay.protocol.chain.ContractError;
import dev.assay.settlement.chain.BlockRef;
import java.util.Set;

/** Whoever plans transactions, asked by the sender whether they are still wanted. */
public interface Errand {
  Set<Purpose> purposes();

  /**
   * Asked when the contract refuses. What it would take instead may be planned here.
   *
   * @param subject as it was planned
   * @param block as of which
   * @param refusal what the contract said
   */
  Standing standing(Purpose purpose, String subject, BlockRef block, ContractError refusal);
}
