package dev.assay.marketplace.job;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.assay.protocol.WalletAddress;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * How many open jobs a requester may have. Counting takes the longer the more there are, so whoever
 * is far from the bound may come a quarter of the way nearer before it is counted again.
 */
final class OpenBounds {
  private static final int REMEMBERED = 10_000;

  /** Of the way to the bound. The rest is for replicas that have counted at the same moment. */
  private static final int SHARE = 4;

  private final Jobs jobs;
  private final Cache<WalletAddress, Allowance> allowances =
      Caffeine.newBuilder().maximumSize(REMEMBERED).executor(Runnable::run).build();

  OpenBounds(Jobs jobs) {
    this.jobs = jobs;
  }

  /**
   * @param left how many may be opened before it is counted again
   */
  private record Allowance(int bound, int left) {}

  /**
   * How many jobs each may open now, as far as was asked for, or a few more.
   *
   * @param asked how many each wants to open; they count from now on, whatever becomes of them
   */
  synchronized Map<WalletAddress, Integer> room(Map<WalletAddress, Integer> asked, int bound) {
    Map<WalletAddress, Integer> room = new HashMap<>(asked);
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
      Map<WalletAddress, Integer> open = jobs.openOf(uncertain, bound);
      for (WalletAddress requester : uncertain) {
        int most = bound - open.getOrDefault(requester, 0);
        int left = Math.max(0, most - asked.getOrDefault(requester, 0)) / SHARE;
        allowances.put(requester, new Allowance(bound, left));
        room.put(requester, most);
      }
    }
    return room;
  }
}
