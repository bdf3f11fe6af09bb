package dev.assay.agent.work;

import dev.assay.agent.key.SignOnceTable;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.Lease;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;

/** Whether a lease is one that this worker may execute and sign for. */
final class LeaseCheck {
  private LeaseCheck() {}

  /**
   * Why not.
   *
   * @param words for the requester's match trace
   */
  record Objection(HandBack.Reason reason, String words) {}

  /**
   * @param marketTime now, by the market's clock
   */
  static Optional<Objection> of(
      Lease lease,
      WalletAddress worker,
      Catalogue catalogue,
      SignOnceTable signed,
      Instant marketTime) {
    if (!lease.assignment().worker().equals(worker)) {
      return failed("The assignment is another worker's.");
    }
    if (!lease.input().digest().equals(lease.inputDigest())) {
      return failed("The input is not that of the lease's inputDigest.");
    }
    var entry = catalogue.find(lease.modelDigest(), lease.profile());
    if (entry.isEmpty()) {
      return leaving("This worker does not have that model and profile.");
    }
    if (entry.get().model().manifest().kind() != lease.input().kind()) {
      return failed("The input is not of the model's kind.");
    }
    if (!Instant.ofEpochSecond(lease.assignment().deadline()).isAfter(marketTime)) {
      return leaving("The deadline has passed.");
    }
    try {
      return signed.of(lease.ref()).isPresent()
          ? failed("This attempt was signed before; nothing else is signed for it.")
          : Optional.empty();
    } catch (IOException e) {
      return leaving("The worker cannot tell whether it has signed this attempt before.");
    }
  }

  private static Optional<Objection> failed(String words) {
    return Optional.of(new Objection(HandBack.Reason.FAILED, words));
  }

  private static Optional<Objection> leaving(String words) {
    return Optional.of(new Objection(HandBack.Reason.LEAVING, words));
  }
}
