package dev.assay.protocol.chain;

import dev.assay.protocol.WalletAddress;

/** What the AccessManager logs and a deployment checks. Times are seconds since 1970. */
public sealed interface AccessEvent {
  record RoleGranted(long role, WalletAddress account) implements AccessEvent {}

  /**
   * @param delay seconds until a new member may act
   * @param since when this delay begins to count
   */
  record RoleGrantDelayChanged(long role, long delay, long since) implements AccessEvent {}

  /**
   * @param delay seconds until a change of who may call the target takes effect
   * @param since when this delay begins to count
   */
  record TargetAdminDelayUpdated(WalletAddress target, long delay, long since)
      implements AccessEvent {}
}
