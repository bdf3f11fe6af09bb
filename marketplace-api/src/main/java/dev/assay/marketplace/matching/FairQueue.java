package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Tier;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Open jobs of one model, in the order in which they are served: earlier tiers first; within a tier
 * the requester that has been served least, counted in units, so that many or large jobs of one do
 * not hold up another's; of a requester the oldest first.
 *
 * <p>Start-time fair queueing (Goyal, Vin, Cheng 1996): a requester's clock moves by the units that
 * are served to it, and one that comes back starts at the clock of who is being served, not behind
 * it.
 */
final class FairQueue {
  /** How far a worker is let look past jobs that it may not have. */
  private static final int DEPTH_PER_REQUESTER = 16;

  private static final int DEPTH = 256;

  /** What looking at a job in vain is charged. */
  private static final long LOOK_UNITS = 100;

  /** Clocks of requesters without a job that a lane keeps at most. */
  private static final int MOST_REMEMBERED = 10_000;

  private final Map<Tier, Lane> lanes = new EnumMap<>(Tier.class);
  private final Map<JobId, Entry> entries = new HashMap<>();

  private record Entry(OpenJob open, Lane lane) {}

  FairQueue() {
    for (Tier tier : Tier.values()) {
      lanes.put(tier, new Lane());
    }
  }

  /** Does nothing if it is in already. */
  void add(OpenJob open) {
    Lane lane = Objects.requireNonNull(lanes.get(open.job().tier()));
    if (entries.putIfAbsent(open.job().id(), new Entry(open, lane)) == null) {
      lane.add(open);
    }
  }

  boolean remove(JobId id) {
    Entry entry = entries.remove(id);
    if (entry == null) {
      return false;
    }
    entry.lane().remove(entry.open());
    return true;
  }

  boolean contains(JobId id) {
    return entries.containsKey(id);
  }

  int size() {
    return entries.size();
  }

  /**
   * Takes the first jobs that are wanted.
   *
   * @param isWanted asked in order, for at most {@value #DEPTH} jobs a tier; a job that is not
   *     wanted goes behind its requester's others, so that the next look starts with another
   */
  List<OpenJob> take(int most, Predicate<OpenJob> isWanted) {
    List<OpenJob> taken = new ArrayList<>();
    for (Tier tier : Tier.values()) {
      Lane lane = Objects.requireNonNull(lanes.get(tier));
      int looked = 0;
      while (taken.size() < most && looked < DEPTH) {
        Lane.Found found = lane.first(isWanted, DEPTH - looked);
        looked += found.looked();
        if (found.open() == null) {
          break;
        }
        lane.serve(found.open());
        entries.remove(found.open().job().id());
        taken.add(found.open());
      }
    }
    return taken;
  }

  /** Looks as {@link #take} does, and changes nothing. */
  void look(Consumer<OpenJob> each) {
    for (Lane lane : lanes.values()) {
      lane.look(
          open -> {
            each.accept(open);
            return false;
          },
          DEPTH,
          new ArrayList<>());
    }
  }

  /** The jobs of one tier. */
  private static final class Lane {
    private final Map<WalletAddress, Share> shares = new HashMap<>();
    private final TreeSet<Share> order = new TreeSet<>(Share.LEAST_SERVED_FIRST);
    private long clock;
    private long arrivals;

    /** Requesters that have jobs here; the others are remembered for their clock. */
    private int waiting;

    private record Found(@Nullable OpenJob open, int looked) {}

    void add(OpenJob open) {
      WalletAddress requester = open.job().requester();
      Share share = shares.get(requester);
      if (share == null) {
        share = new Share(requester, clock, arrivals++);
        shares.put(requester, share);
        order.add(share);
      }
      if (share.jobs.isEmpty()) {
        waiting++;
      }
      share.jobs.put(open.job().id(), open);
    }

    void remove(OpenJob open) {
      Share share = shares.get(open.job().requester());
      if (share != null && share.jobs.remove(open.job().id()) != null && share.jobs.isEmpty()) {
        leave(share);
      }
    }

    Found first(Predicate<OpenJob> isWanted, int most) {
      List<OpenJob> unwanted = new ArrayList<>();
      OpenJob found = look(isWanted, most, unwanted);
      unwanted.forEach(this::putBack);
      return new Found(found, unwanted.size() + (found == null ? 0 : 1));
    }

    private @Nullable OpenJob look(Predicate<OpenJob> isWanted, int most, List<OpenJob> unwanted) {
      for (Share share : order) {
        Iterator<OpenJob> jobs = share.jobs.values().iterator();
        for (int i = 0; i < DEPTH_PER_REQUESTER && jobs.hasNext(); i++) {
          if (unwanted.size() == most) {
            return null;
          }
          OpenJob open = jobs.next();
          if (isWanted.test(open)) {
            return open;
          }
          unwanted.add(open);
        }
      }
      return null;
    }

    /**
     * Behind its requester's others; and the look is charged, or whoever posts what nobody may have
     * would be looked at first for ever.
     */
    private void putBack(OpenJob open) {
      Share share = Objects.requireNonNull(shares.get(open.job().requester()));
      share.jobs.remove(open.job().id());
      share.jobs.put(open.job().id(), open);
      order.remove(share);
      share.served += LOOK_UNITS;
      order.add(share);
    }

    void serve(OpenJob open) {
      Share share = Objects.requireNonNull(shares.get(open.job().requester()));
      order.remove(share);
      clock = Math.max(clock, share.served);
      share.served =
          Math.max(share.served, clock) + open.job().inputUnits() + open.job().outputUnits();
      share.jobs.remove(open.job().id());
      order.add(share);
      if (share.jobs.isEmpty()) {
        leave(share);
      }
    }

    /**
     * Its clock is kept while it is ahead of the others', or leaving and coming back would pay.
     * When nobody has a job, all are equal again.
     */
    private void leave(Share share) {
      waiting--;
      if (waiting == 0) {
        shares.clear();
        order.clear();
      } else if (share.served <= clock || shares.size() > MOST_REMEMBERED) {
        shares.remove(share.requester);
        order.remove(share);
      }
    }
  }

  /** One requester in one lane. */
  private static final class Share {
    static final Comparator<Share> LEAST_SERVED_FIRST =
        Comparator.<Share>comparingLong(share -> share.served)
            .thenComparingLong(share -> share.arrival);

    private final WalletAddress requester;
    private final long arrival;
    private final Map<JobId, OpenJob> jobs = new LinkedHashMap<>();
    private long served;

    Share(WalletAddress requester, long served, long arrival) {
      this.requester = requester;
      this.served = served;
      this.arrival = arrival;
    }
  }
}
