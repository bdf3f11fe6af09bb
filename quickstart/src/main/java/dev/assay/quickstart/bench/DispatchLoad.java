package dev.assay.quickstart.bench;

import dev.assay.determinism.Ids;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.wire.Lease;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** One job now and then, and workers that wait for it: how long until one has the lease in hand. */
public final class DispatchLoad {
  private static final long PATIENCE_NANOS = 5_000_000_000L;

  private DispatchLoad() {}

  /**
   * @param owner of the jobs
   * @param workers park one after the other; each result is sent at once
   * @return from the begin of each post to the whole answer in the worker's hand
   */
  public static Latencies run(
      MarketClient requester,
      WalletAddress owner,
      List<ProtocolWorker> workers,
      Ids ids,
      int jobs,
      int intervalMillis)
      throws IOException, InterruptedException {
    Map<Digest, Long> posted = new ConcurrentHashMap<>();
    Queue<Double> millis = new ConcurrentLinkedQueue<>();
    var until = new AtomicLong(Long.MAX_VALUE);
    List<Thread> waiting =
        workers.stream()
            .map(worker ->
                Thread.ofVirtual()
                    .start(() -> {
                      while (millis.size() < jobs && System.nanoTime() < until.get()) {
                        serve(worker, posted, millis);
                      }
                    }))
            .toList();
    Thread.sleep(500); // until all are parked
    for (int i = 0; i < jobs; i++) {
      Thread.sleep(intervalMillis);
      var id = new JobId(ids.next());
      byte[] job = MarketClient.job(id.toString(), "dispatch " + i);
      posted.put(id.of(owner), System.nanoTime());
      MarketClient.good("POST", "job", requester.send("POST", "/api/jobs", job));
    }
    until.set(System.nanoTime() + PATIENCE_NANOS);
    for (Thread thread : waiting) {
      thread.join();
    }
    return Latencies.of(millis);
  }

  private static void serve(ProtocolWorker worker, Map<Digest, Long> posted, Queue<Double> millis) {
    try {
      for (Lease lease : worker.lease(1, 1)) {
        Long start = posted.remove(lease.assignment().jobId());
        if (start != null) {
          millis.add((System.nanoTime() - start) / 1e6);
        }
        worker.send(List.of(worker.result(lease)));
      }
    } catch (IOException e) {
      throw new IllegalStateException("a worker was not answered", e);
    }
  }
}
