package dev.assay.marketplace.job;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.protocol.WalletAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How much of something each requester may have. Counting is not for each post, so whoever is far
 * from the bound may come a quarter of the way nearer before it is counted again.
 */
final class WalletBounds {
  private static final int REMEMBERED = 10_000;

  /** Of the way to the bound. The rest is for replicas that have counted at the same moment. */
  private static final int SHARE = 4;

  private final Counting counting;
  private final Cache<WalletAddress, Allowance> allowances =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  WalletBounds(Counting counting) {
    this.counting = counting;
  }

  /** Who counts what there is. */
  @FunctionalInterface
  interface Counting {
    /**
     * Of each of {@code requesters} that has any.
     *
     * @param most what is above need not be counted
     */
    Map<WalletAddress, Long> of(Set<WalletAddress> requesters, long most);
  }

  /**
   * @param left how much may be added before it is counted again
   */
  private record Allowance(long bound, long left) {}

  /**
   * How much each may add now, as far as was asked for, or a little more.
   *
   * @param asked how much each wants to add; it counts from now on, whatever becomes of it
   */
  synchronized Map<WalletAddress, Long> room(Map<WalletAddress, Long> asked, long bound) {
    Map<WalletAddress, Long> room = new HashMap<>(asked);
    Set<WalletAddress> uncertain = new HashSet<>();
    asked.forEach((requester, more) -> {
      Allowance allowance = allowances.getIfPresent(requester);
      if (allowance != null && allowance.bound() == bound && allowance.left() >= more) {
        allowances.put(requester, new Allowance(bound, allowance.left() - more));
      } else {
        uncertain.add(requester);
      }
    });
    if (!uncertain.isEmpty()) {
      Map<WalletAddress, Long> there = counting.of(uncertain, bound);
      for (WalletAddress requester : uncertain) {
        long most = bound - there.getOrDefault(requester, 0L);
        long left = Math.max(0, most - asked.getOrDefault(requester, 0L)) / SHARE;
        allowances.put(requester, new Allowance(bound, left));
        room.put(requester, most);
      }
    }
    return room;
  }
}
