package dev.assay.marketplace.identity;

import dev.assay.marketplace.stake.KeyState;
import dev.assay.marketplace.stake.StakeState;
import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Says what the chain would say: whatever key a test binds is bound, with plenty at stake. */
public class BoundKeys {
  private static final TokenAmount PLENTY = TokenAmount.of(1_000_000_000_000L);

  private final Stakes stakes;
  private final Map<WalletAddress, WalletAddress> owners = new ConcurrentHashMap<>();
  private final AtomicLong position = new AtomicLong(1);

  public BoundKeys(Stakes stakes) {
    this.stakes = stakes;
  }

  public void bind(WalletAddress key, WalletAddress owner) {
    owners.put(key, owner);
    stakes.record(new KeyState(key, owner, Optional.empty(), position.incrementAndGet()));
    stake(owner, PLENTY);
  }

  public void stake(WalletAddress owner, TokenAmount amount) {
    stakes.record(
        new StakeState(
            owner, amount, TokenAmount.ZERO, TokenAmount.ZERO, position.incrementAndGet()));
  }

  public void revoke(WalletAddress key) {
    WalletAddress owner = owners.get(key);
    if (owner != null) {
      stakes.record(
          new KeyState(key, owner, Optional.of(Instant.EPOCH), position.incrementAndGet()));
    }
  }
}
