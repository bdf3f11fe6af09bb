package dev.assay.quickstart.bench;

import dev.assay.protocol.Digest;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.Signature;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What signing and recovering a signer cost on one core, by the library that the market uses. */
public final class Signatures {
  private static final int COUNT = 3_000;

  private Signatures() {}

  /** In microseconds each. */
  public record Cost(double sign, double recover) {}

  /** After as many to warm up. */
  public static Cost measure(RandomGenerator chance) {
    LocalSigner signer = LocalSigner.create(chance);
    Cost cost = round(signer);
    for (int i = 0; i < 2; i++) {
      Cost next = round(signer);
      cost = new Cost(Math.min(cost.sign(), next.sign()), Math.min(cost.recover(), next.recover()));
    }
    return cost;
  }

  private static Cost round(LocalSigner signer) {
    List<byte[]> messages = new ArrayList<>();
    List<Signature> signatures = new ArrayList<>();
    for (int i = 0; i < COUNT; i++) {
      messages.add(ByteBuffer.allocate(32).putInt(i).array());
    }
    long start = cpuNanos();
    for (byte[] message : messages) {
      signatures.add(signer.signHashOf(message));
    }
    long signed = cpuNanos();
    int right = 0;
    for (int i = 0; i < COUNT; i++) {
      Digest digest = Digest.keccak256(messages.get(i));
      if (signatures.get(i).signerOf(digest).filter(signer.address()::equals).isPresent()) {
        right++;
      }
    }
    long recovered = cpuNanos();
    if (right != COUNT) {
      throw new IllegalStateException("%d of %d signers were recovered".formatted(right, COUNT));
    }
    return new Cost((signed - start) / 1e3 / COUNT, (recovered - signed) / 1e3 / COUNT);
  }

  /** Of this thread, so that others on the machine do not count. */
  private static long cpuNanos() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }
}
