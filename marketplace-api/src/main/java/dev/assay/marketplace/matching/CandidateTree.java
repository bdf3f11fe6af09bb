package dev.assay.marketplace.matching;

import dev.assay.marketplace.matching.Candidates.Parked;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * Parked workers in one order, searched for the first that will do without looking at those that
 * cannot. A B-tree (Bayer and McCreight, 1972) that knows the lowest prices, the largest stake, the
 * shortest pace and the regions of each branch: one in which nobody can meet a job's limits is
 * passed over whole. So what is found is the first that there is, and looking for it costs about
 * the logarithm of how many wait.
 *
 * <p>Its nodes are wide, and what is compared lies side by side in them, because most of what such
 * a tree costs is waiting for memory. A node is given up when it is empty, not when it is half full
 * (Johnson and Shasha, 1993): workers come back to about where they were.
 */
final class CandidateTree {
  static final int WIDTH = 16;

  private final ToLongFunction<Parked> key;
  private Node root = new Node(0);

  /**
   * @param key the least is first; among equals the cheapest, and among these the longest waiting
   */
  CandidateTree(ToLongFunction<Parked> key) {
    this.key = key;
  }

  void add(Parked parked) {
    Node right = add(root, parked, key.applyAsLong(parked));
    if (right != null) {
      Node left = root;
      root = new Node(left.height + 1);
      root.insert(0, left);
      root.insert(1, right);
    }
  }

  /**
   * @param parked that was added, and not removed before
   */
  void remove(Parked parked) {
    remove(root, parked, key.applyAsLong(parked));
    while (root.height > 0 && root.count == 1) {
      root = root.branch(0);
    }
  }

  /**
   * The first in order that meets the limits and whom {@code mayHave} lets through.
   *
   * @param most about how many places are looked at; only limits that single workers meet one by
   *     one, but nobody all together, come near it
   */
  @Nullable Parked first(JobLimits limits, Predicate<Parked> mayHave, int most) {
    return new Search(limits, mayHave, most).in(root);
  }

  /**
   * @return the right half of the node, if it had to be split
   */
  private static @Nullable Node add(Node node, Parked parked, long key) {
    int at = node.placeOf(parked, key);
    if (node.height == 0) {
      Node right = node.splitIfFull();
      if (right == null || at < node.count) {
        node.insert(at + 1, parked, key);
      } else {
        right.insert(at + 1 - node.count, parked, key);
      }
      return right;
    }
    Node branch = node.branch(at);
    Node beside = add(branch, parked, key);
    node.summarize(at, branch);
    if (beside == null) {
      return null;
    }
    Node right = node.splitIfFull();
    if (right == null || at < node.count) {
      node.insert(at + 1, beside);
    } else {
      right.insert(at + 1 - node.count, beside);
    }
    return right;
  }

  private static void remove(Node node, Parked parked, long key) {
    int at = node.placeOf(parked, key);
    if (node.height == 0) {
      if (at < 0 || node.held[at] != parked) {
        throw new IllegalStateException("%s does not wait here.".formatted(parked));
      }
      node.delete(at);
      return;
    }
    Node branch = node.branch(at);
    remove(branch, parked, key);
    if (branch.count == 0) {
      node.delete(at);
    } else {
      node.summarize(at, branch);
    }
  }

  /** Up to {@link #WIDTH} branches, or workers, in order. */
  private static final class Node {
    /** What is known of a branch: where it begins in the order, then the best that is in it. */
    private static final int KEY = 0;

    private static final int PRICE = 1;
    private static final int ARRIVAL = 2;
    private static final int LOWEST_INPUT = 3;
    private static final int LOWEST_OUTPUT = 4;
    private static final int LARGEST_STAKE = 5;
    private static final int SHORTEST_PACE = 6;
    private static final int REGIONS = 7;
    private static final int KNOWN = 8;

    /** Above the workers. */
    private final int height;

    private final @Nullable Object[] held = new @Nullable Object[WIDTH];
    private final long[] known = new long[WIDTH * KNOWN];
    private int count;

    Node(int height) {
      this.height = height;
    }

    Node branch(int at) {
      return (Node) Objects.requireNonNull(held[at]);
    }

    Parked worker(int at) {
      return (Parked) Objects.requireNonNull(held[at]);
    }

    /**
     * Which holds the worker if any does. What comes before the second branch is in the first, or
     * would be; a worker before all others has none.
     */
    int placeOf(Parked parked, long key) {
      int next = height > 0 ? 1 : 0;
      while (next < count && !beginsAfter(next * KNOWN, parked, key)) {
        next++;
      }
      return next - 1;
    }

    private boolean beginsAfter(int of, Parked parked, long key) {
      if (known[of + KEY] != key) {
        return known[of + KEY] > key;
      }
      return known[of + PRICE] != parked.price()
          ? known[of + PRICE] > parked.price()
          : known[of + ARRIVAL] > parked.arrival();
    }

    boolean canMeet(JobLimits limits, int at) {
      int of = at * KNOWN;
      return limits.canBeMet(
          known[of + LOWEST_INPUT],
          known[of + LOWEST_OUTPUT],
          known[of + LARGEST_STAKE],
          known[of + SHORTEST_PACE],
          known[of + REGIONS]);
    }

    void insert(int at, Parked parked, long key) {
      makeRoom(at, parked);
      int of = at * KNOWN;
      known[of + KEY] = key;
      known[of + PRICE] = parked.price();
      known[of + ARRIVAL] = parked.arrival();
      known[of + LOWEST_INPUT] = parked.inputPrice();
      known[of + LOWEST_OUTPUT] = parked.outputPrice();
      known[of + LARGEST_STAKE] = parked.stakeUnits();
      known[of + SHORTEST_PACE] = parked.paceNanos();
      known[of + REGIONS] = parked.regionBit();
    }

    void insert(int at, Node branch) {
      makeRoom(at, branch);
      System.arraycopy(branch.known, 0, known, at * KNOWN, LOWEST_INPUT);
      summarize(at, branch);
    }

    /** Where the branch begins stays as it is: workers may come to it later, but none before. */
    void summarize(int at, Node branch) {
      long[] of = branch.known;
      long input = of[LOWEST_INPUT];
      long output = of[LOWEST_OUTPUT];
      long stake = of[LARGEST_STAKE];
      long pace = of[SHORTEST_PACE];
      long regions = of[REGIONS];
      for (int i = KNOWN; i < branch.count * KNOWN; i += KNOWN) {
        input = Math.min(input, of[i + LOWEST_INPUT]);
        output = Math.min(output, of[i + LOWEST_OUTPUT]);
        if (Long.compareUnsigned(stake, of[i + LARGEST_STAKE]) < 0) {
          stake = of[i + LARGEST_STAKE];
        }
        pace = Math.min(pace, of[i + SHORTEST_PACE]);
        regions |= of[i + REGIONS];
      }
      int to = at * KNOWN;
      known[to + LOWEST_INPUT] = input;
      known[to + LOWEST_OUTPUT] = output;
      known[to + LARGEST_STAKE] = stake;
      known[to + SHORTEST_PACE] = pace;
      known[to + REGIONS] = regions;
    }

    private void makeRoom(int at, Object one) {
      System.arraycopy(held, at, held, at + 1, count - at);
      System.arraycopy(known, at * KNOWN, known, (at + 1) * KNOWN, (count - at) * KNOWN);
      held[at] = one;
      count++;
    }

    void delete(int at) {
      count--;
      System.arraycopy(held, at + 1, held, at, count - at);
      System.arraycopy(known, (at + 1) * KNOWN, known, at * KNOWN, (count - at) * KNOWN);
      held[count] = null;
    }

    /**
     * @return the right half
     */
    @Nullable Node splitIfFull() {
      if (count < WIDTH) {
        return null;
      }
      Node right = new Node(height);
      int kept = WIDTH / 2;
      right.count = WIDTH - kept;
      System.arraycopy(held, kept, right.held, 0, right.count);
      System.arraycopy(known, kept * KNOWN, right.known, 0, right.count * KNOWN);
      Arrays.fill(held, kept, WIDTH, null);
      count = kept;
      return right;
    }
  }

  private static final class Search {
    private final JobLimits limits;
    private final Predicate<Parked> mayHave;
    private int left;

    Search(JobLimits limits, Predicate<Parked> mayHave, int most) {
      this.limits = limits;
      this.mayHave = mayHave;
      this.left = most;
    }

    @Nullable Parked in(Node node) {
      left -= node.count;
      for (int at = 0; at < node.count; at++) {
        if (node.canMeet(limits, at)) {
          if (node.height > 0) {
            Parked found = in(node.branch(at));
            if (found != null || left <= 0) {
              return found;
            }
          } else if (mayHave.test(node.worker(at))) {
            return node.worker(at);
          }
        }
      }
      return null;
    }
  }
}
