package dev.assay.protocol.chain;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.Offence;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;

/** What the Court logs; {@code interfaces/ICourt.sol} says when. Times are seconds since 1970. */
public sealed interface CourtEvent {
  /**
   * @param drawBlock whose hash the beacon takes
   */
  record Sealed(EpochSeal epochSeal, long drawBlock) implements CourtEvent {}

  record Pinned(long epoch, Digest blockHash) implements CourtEvent {}

  record Drawn(long epoch, Beacon beacon, Digest preimage, Digest blockHash)
      implements CourtEvent {}

  record Anchored(Digest commitment) implements CourtEvent {}

  record CaseOpened(
      Digest id,
      WalletAddress accused,
      WalletAddress reporter,
      Offence kind,
      CaseState state,
      TokenAmount amount,
      long deadline)
      implements CourtEvent {}

  record HarmNamed(Digest id, WalletAddress harmed, TokenAmount compensation)
      implements CourtEvent {}

  record Appealed(Digest id, TokenAmount amount, long deadline) implements CourtEvent {}

  record Upheld(Digest id) implements CourtEvent {}

  record Dismissed(Digest id) implements CourtEvent {}

  /**
   * @param left of the penalty, still frozen and due
   */
  record Collected(Digest id, TokenAmount taken, TokenAmount left) implements CourtEvent {}

  record AuthorityUpdated(WalletAddress authority) implements CourtEvent {}
}
