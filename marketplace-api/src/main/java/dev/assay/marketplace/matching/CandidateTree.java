package dev.assay.marketplace.matching;

import dev.assay.marketplace.matching.Candidates.Parked;
import java.util.Comparator;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Parked workers in one order, searched for the first that will do without looking at those that
 * cannot. A treap (Seidel and Aragon, 1996) whose nodes know the lowest prices, the largest stake,
 * the shortest pace and the regions at and below them: a branch in which nobody can meet a job's
 * limits is passed over whole. So what is found is the first that there is, and looking for it
 * costs about the logarithm of how many wait.
 */
final class CandidateTree {
  private final Comparator<Parked> order;
  private @Nullable Node root;

  CandidateTree(Comparator<Parked> order) {
    this.order = order;
  }

  /** A worker's place in a tree. */
  static final class Node {
    private final Parked parked;

    /** From the arrival: the same arrivals make the same tree. */
    private final long priority;

    private @Nullable Node left;
    private @Nullable Node right;
    private @Nullable Node parent;

    private long lowestInput;
    private long lowestOutput;
    private long largestStake;
    private long shortestPace;
    private long regions;

    private Node(Parked parked) {
      this.parked = parked;
      this.priority = mixed(parked.arrival());
      summarize();
    }

    /**
     * @return whether it is not as it was
     */
    private boolean summarize() {
      long input = lowestInput;
      long output = lowestOutput;
      long stake = largestStake;
      long pace = shortestPace;
      long mask = regions;
      lowestInput = parked.inputPrice();
      lowestOutput = parked.outputPrice();
      largestStake = parked.stakeUnits();
      shortestPace = parked.paceNanos();
      regions = parked.regionBit();
      include(left);
      include(right);
      return input != lowestInput
          || output != lowestOutput
          || stake != largestStake
          || pace != shortestPace
          || mask != regions;
    }

    private void include(@Nullable Node child) {
      if (child != null) {
        lowestInput = Math.min(lowestInput, child.lowestInput);
        lowestOutput = Math.min(lowestOutput, child.lowestOutput);
        if (Long.compareUnsigned(largestStake, child.largestStake) < 0) {
          largestStake = child.largestStake;
        }
        shortestPace = Math.min(shortestPace, child.shortestPace);
        regions |= child.regions;
      }
    }

    private boolean canMeet(JobLimits limits) {
      return limits.canBeMet(lowestInput, lowestOutput, largestStake, shortestPace, regions);
    }
  }

  Node add(Parked parked) {
    Node added = new Node(parked);
    Node parent = null;
    boolean isLeft = false;
    for (Node at = root; at != null; at = isLeft ? at.left : at.right) {
      parent = at;
      isLeft = order.compare(parked, at.parked) < 0;
    }
    hang(added, parent, isLeft);
    while (added.parent != null
        && Long.compareUnsigned(added.priority, added.parent.priority) > 0) {
      rotateUp(added, added.parent);
    }
    summarizeFrom(added.parent);
    return added;
  }

  /**
   * @param node that {@link #add} of this tree gave, and that was not removed before
   */
  void remove(Node node) {
    Node parent = node.parent;
    Node above = parent;
    boolean isLeft = parent != null && parent.left == node;
    Node left = node.left;
    Node right = node.right;
    while (left != null && right != null) { // of two branches the heavier is on top
      if (Long.compareUnsigned(left.priority, right.priority) > 0) {
        hang(left, above, isLeft);
        above = left;
        left = above.right;
        isLeft = false;
      } else {
        hang(right, above, isLeft);
        above = right;
        right = above.left;
        isLeft = true;
      }
    }
    hang(left == null ? right : left, above, isLeft);
    for (Node at = above; at != null && at != parent; at = at.parent) {
      at.summarize();
    }
    summarizeFrom(parent);
  }

  /**
   * The first in order that meets the limits and whom {@code mayHave} lets through.
   *
   * @param most how many places are looked at; only limits that single workers meet one by one, but
   *     nobody all together, come near it
   */
  @Nullable Parked first(JobLimits limits, Predicate<Parked> mayHave, int most) {
    return new Search(limits, mayHave, most).in(root);
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

    @Nullable Parked in(@Nullable Node node) {
      if (node == null || left <= 0 || !node.canMeet(limits)) {
        return null;
      }
      left--;
      Parked found = in(node.left);
      if (found != null) {
        return found;
      }
      if (limits.canBeMetBy(node.parked) && mayHave.test(node.parked)) {
        return node.parked;
      }
      return in(node.right);
    }
  }

  private void rotateUp(Node child, Node node) {
    Node above = node.parent;
    Node moved;
    if (node.left == child) {
      moved = child.right;
      node.left = moved;
      child.right = node;
    } else {
      moved = child.left;
      node.right = moved;
      child.left = node;
    }
    if (moved != null) {
      moved.parent = node;
    }
    hang(child, above, above != null && above.left == node);
    node.parent = child;
    node.summarize();
    child.summarize();
  }

  private void hang(@Nullable Node node, @Nullable Node parent, boolean isLeft) {
    if (parent == null) {
      root = node;
    } else if (isLeft) {
      parent.left = node;
    } else {
      parent.right = node;
    }
    if (node != null) {
      node.parent = parent;
    }
  }

  /** What is above one that has not changed has not changed either. */
  private static void summarizeFrom(@Nullable Node node) {
    for (Node at = node; at != null && at.summarize(); ) {
      at = at.parent;
    }
  }

  /** SplitMix64's finalizer (Steele, Lea, Flood 2014). */
  private static long mixed(long number) {
    long z = number + 0x9e3779b97f4a7c15L;
    z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
    z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
    return z ^ z >>> 31;
  }
}
