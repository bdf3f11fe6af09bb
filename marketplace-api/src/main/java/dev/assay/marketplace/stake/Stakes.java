package dev.assay.marketplace.stake;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.Optional;
import org.springframework.stereotype.Service;

/** Answers from memory; what it says is at most a second older than what has been recorded. */
@Service
public class Stakes {
  /** The worker that has bound {@code key}, while the key may sign. */
  public Optional<WalletAddress> ownerOf(WalletAddress key) {
    throw new UnsupportedOperationException();
  }

  /** Bonded and neither thawing nor frozen. */
  public TokenAmount freeStakeOf(WalletAddress worker) {
    throw new UnsupportedOperationException();
  }
}
