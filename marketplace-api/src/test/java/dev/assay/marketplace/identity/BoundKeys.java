package dev.assay.marketplace.identity;

import dev.assay.marketplace.stake.Stakes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.context.annotation.Primary;

/** Stands for the chain: whatever key a test binds is bound. */
@Primary
public class BoundKeys extends Stakes {
  private final Map<WalletAddress, WalletAddress> owners = new ConcurrentHashMap<>();

  public void bind(WalletAddress key, WalletAddress owner) {
    owners.put(key, owner);
  }

  public void revoke(WalletAddress key) {
    owners.remove(key);
  }

  @Override
  public Optional<WalletAddress> ownerOf(WalletAddress key) {
    return Optional.ofNullable(owners.get(key));
  }

  @Override
  public TokenAmount freeStakeOf(WalletAddress worker) {
    return owners.containsValue(worker) ? TokenAmount.MAX : TokenAmount.ZERO;
  }
}
