package dev.assay.marketplace.parameter;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * How a parameter stands.
 *
 * @param version moves with everything that is done about it; 0 if nothing ever was
 * @param changed the value in force, if it is not the configured one
 * @param proposal that is neither in force nor withdrawn
 */
public record ParameterState(long version, Optional<Long> changed, Optional<Proposal> proposal) {
  /**
   * A change on its way.
   *
   * @param effectiveAt nothing until another has approved it
   */
  public record Proposal(
      long id,
      long value,
      String by,
      String reason,
      Instant at,
      Optional<String> approvedBy,
      Optional<Instant> effectiveAt) {}

  /** A row of the table. */
  record Change(
      long id,
      Kind kind,
      long value,
      long proposal,
      Optional<Instant> effectiveAt,
      String reason,
      String by,
      Instant at) {}

  enum Kind {
    PROPOSED,
    APPROVED,
    WITHDRAWN
  }

  /**
   * @param changes of one parameter, in their order
   */
  static ParameterState of(List<Change> changes, Instant now) {
    Map<Long, Change> approvals = new HashMap<>();
    Set<Long> withdrawn = new HashSet<>();
    for (Change change : changes) {
      switch (change.kind()) {
        case PROPOSED -> {
          // Looked at below, when it is known what became of it.
        }
        case APPROVED -> approvals.put(change.proposal(), change);
        case WITHDRAWN -> withdrawn.add(change.proposal());
      }
    }
    Optional<Long> changed = Optional.empty();
    Optional<Proposal> open = Optional.empty();
    for (Change change : changes) {
      if (change.kind() != Kind.PROPOSED || withdrawn.contains(change.id())) {
        continue;
      }
      Optional<Change> approval = Optional.ofNullable(approvals.get(change.id()));
      Optional<Instant> effectiveAt = approval.flatMap(Change::effectiveAt);
      if (effectiveAt.isPresent() && !effectiveAt.get().isAfter(now)) {
        changed = Optional.of(change.value()); // one is open at a time: the later one is in force
      } else {
        open =
            Optional.of(
                new Proposal(
                    change.id(),
                    change.value(),
                    change.by(),
                    change.reason(),
                    change.at(),
                    approval.map(Change::by),
                    effectiveAt));
      }
    }
    return new ParameterState(changes.isEmpty() ? 0 : changes.getLast().id(), changed, open);
  }
}
