package dev.assay.quickstart.bench;

import dev.assay.determinism.Ids;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.LongAdder;

/** The same post from many connections at once, as often as it is answered. */
public final class PostLoad {
  private PostLoad() {}

  /**
   * @param callers one a connection
   * @param path that takes the body of a job
   * @return how many were answered well
   */
  public static long run(List<MarketClient> callers, String path, Ids ids, double seconds)
      throws IOException, InterruptedException {
    var answered = new LongAdder();
    var broken = new AtomicReference<IOException>();
    long until = System.nanoTime() + (long) (seconds * 1e9);
    List<Thread> threads = new ArrayList<>();
    for (MarketClient caller : callers) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (System.nanoTime() < until) {
                    String id = "job_" + ids.next();
                    byte[] job = MarketClient.job(id, "text of " + id.substring(24));
                    MarketClient.good("POST", path, caller.send("POST", path, job));
                    answered.increment();
                  }
                } catch (IOException e) {
                  broken.set(e);
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    if (broken.get() != null) {
      throw broken.get();
    }
    return answered.sum();
  }
}
