package dev.assay.marketplace.matching;

import dev.assay.marketplace.job.Tier;
import dev.assay.protocol.JobId;
import dev.assay.protocol.WalletAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Open jobs of one model, in the order in which they are served: earlier tiers first; within a tier
 * the requester that has been served least, counted in units, so that many or large jobs of one do
 * not hold up another's; of a requester the oldest first.
 *
 * <p>Jobs that name the few workers that may have them wait in the lanes of these workers, all
 * others in a common one; a worker is served from the two by turns. In one lane for all, what only
 * somebody else may have would hide a worker's own: how far it may look is bounded.
 *
 * <p>Start-time fair queueing (Goyal, Vin, Cheng 1996): a requester's clock moves by the units that
 * are served to it. One that comes, or comes back, starts at the clock of who is being served, and
 * not behind those that wait: looks in vain have moved their clocks too.
 */
final class FairQueue {
  /** How far a worker is let look past jobs that it may not have. */
  private static final int DEPTH_PER_REQUESTER = 16;

  private static final int DEPTH = 256;

  /** A job that names more workers waits with those for all: a place in each lane costs memory. */
  private static final int FEW = 4;

  /** What looking at a job in vain is charged. */
  private static final long LOOK_UNITS = 100;

  /** Clocks of requesters without a job that a lane keeps at most. */
  private static final int MOST_REMEMBERED = 10_000;

  private final Map<Tier, Road> roads = new EnumMap<>(Tier.class);
  private final Map<JobId, Entry> entries = new HashMap<>();

  private record Entry(OpenJob open, Road road) {}

  FairQueue() {
    for (Tier tier : Tier.values()) {
      roads.put(tier, new Road());
    }
  }

  /** Does nothing if it is in already. */
  void add(OpenJob open) {
    Road road = Objects.requireNonNull(roads.get(open.job().tier()));
    if (entries.putIfAbsent(open.job().id(), new Entry(open, road)) == null) {
      road.add(open);
    }
  }

  boolean remove(JobId id) {
    Entry entry = entries.remove(id);
    if (entry == null) {
      return false;
    }
    entry.road().remove(entry.open());
    return true;
  }

  boolean contains(JobId id) {
    return entries.containsKey(id);
  }

  int size() {
    return entries.size();
  }

  /**
   * Takes the first jobs that a worker wants.
   *
   * @param isWanted asked in order, for at most {@value #DEPTH} jobs a lane; a job that is not
   *     wanted goes behind its requester's others, so that the next look starts with another
   */
  List<OpenJob> take(WalletAddress worker, int most, Predicate<OpenJob> isWanted) {
    List<OpenJob> taken = new ArrayList<>();
    for (Road road : roads.values()) {
      for (OpenJob open : road.take(worker, most - taken.size(), isWanted)) {
        entries.remove(open.job().id());
        taken.add(open);
      }
    }
    return taken;
  }

  /** Looks as {@link #take} does, and changes nothing. */
  void look(WalletAddress worker, Consumer<OpenJob> each) {
    for (Road road : roads.values()) {
      for (Lane lane : road.before(worker)) {
        lane.look(
            open -> {
              each.accept(open);
              return false;
            },
            DEPTH,
            new ArrayList<>());
      }
    }
  }

  /** The jobs of one tier. */
  private static final class Road {
    private final Lane common = new Lane();
    private final Map<WalletAddress, Lane> own = new HashMap<>();

    /**
     * Workers that are to be served from the common lane next, because they had one of their own.
     */
    private final Set<WalletAddress> hadOwn = new HashSet<>();

    void add(OpenJob open) {
      Set<WalletAddress> named = open.job().wishes().only();
      if (isForFew(named)) {
        named.forEach(worker -> own.computeIfAbsent(worker, _ -> new Lane()).add(open));
      } else {
        common.add(open);
      }
    }

    private static boolean isForFew(Set<WalletAddress> named) {
      return !named.isEmpty() && named.size() <= FEW;
    }

    void remove(OpenJob open) {
      Set<WalletAddress> named = open.job().wishes().only();
      if (isForFew(named)) {
        named.forEach(worker -> remove(open, worker));
      } else {
        common.remove(open);
      }
    }

    private void remove(OpenJob open, WalletAddress worker) {
      Lane lane = own.get(worker);
      if (lane == null) {
        return;
      }
      lane.remove(open);
      if (lane.isEmpty()) {
        own.remove(worker);
        hadOwn.remove(worker);
      }
    }

    /** The lanes before a worker, the one whose turn it is first. */
    List<Lane> before(WalletAddress worker) {
      Lane its = own.get(worker);
      if (its == null) {
        return List.of(common);
      }
      return hadOwn.contains(worker) ? List.of(common, its) : List.of(its, common);
    }

    List<OpenJob> take(WalletAddress worker, int most, Predicate<OpenJob> isWanted) {
      List<OpenJob> taken = new ArrayList<>();
      Map<Lane, Integer> looked = new IdentityHashMap<>();
      Set<Lane> done = Collections.newSetFromMap(new IdentityHashMap<>());
      while (taken.size() < most) {
        Optional<Lane> next =
            before(worker).stream().filter(lane -> !done.contains(lane)).findFirst();
        if (next.isEmpty()) {
          break;
        }
        Lane lane = next.get();
        int before = looked.getOrDefault(lane, 0);
        Lane.Found found = lane.first(isWanted, DEPTH - before);
        looked.put(lane, before + found.looked());
        if (found.open() == null) {
          done.add(lane);
        } else {
          lane.serve(found.open());
          if (lane == common) {
            hadOwn.remove(worker);
          } else {
            hadOwn.add(worker);
          }
          remove(found.open()); // from the lanes of others that might have had it
          taken.add(found.open());
        }
      }
      return taken;
    }
  }

  /** Jobs that wait for the same. */
  private static final class Lane {
    private final Map<WalletAddress, Share> shares = new HashMap<>();

    /** Those of requesters that have jobs here; the others are remembered for their clock. */
    private final TreeSet<Share> order = new TreeSet<>(Share.LEAST_SERVED_FIRST);

    private long clock;
    private long arrivals;

    private record Found(@Nullable OpenJob open, int looked) {}

    void add(OpenJob open) {
      Share share = shares.computeIfAbsent(open.job().requester(), Share::new);
      if (share.jobs.isEmpty()) {
        come(share);
      }
      share.jobs.put(open.job().id(), open);
    }

    private void come(Share share) {
      if (!order.isEmpty()) {
        clock = Math.max(clock, order.first().served);
      }
      share.served = Math.max(share.served, clock);
      share.arrival = arrivals++;
      order.add(share);
    }

    boolean isEmpty() {
      return order.isEmpty();
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
      if (share.jobs.isEmpty()) {
        leave(share);
      } else {
        order.add(share);
      }
    }

    /**
     * Its clock is kept while it is ahead of the others', or leaving and coming back would pay.
     * When nobody has a job, all are equal again.
     */
    private void leave(Share share) {
      order.remove(share);
      if (order.isEmpty()) {
        shares.clear();
      } else if (share.served <= clock || shares.size() > MOST_REMEMBERED) {
        shares.remove(share.requester);
      }
    }
  }

  /** One requester in one lane. */
  private static final class Share {
    static final Comparator<Share> LEAST_SERVED_FIRST =
        Comparator.<Share>comparingLong(share -> share.served)
            .thenComparingLong(share -> share.arrival);

    private final WalletAddress requester;
    private final Map<JobId, OpenJob> jobs = new LinkedHashMap<>();
    private long served;
    private long arrival;

    Share(WalletAddress requester) {
      this.requester = requester;
    }
  }
}
