package dev.assay.marketplace.admin;

import dev.assay.marketplace.admin.BulkActions.Deed;
import dev.assay.marketplace.admin.BulkActions.Progress;
import dev.assay.marketplace.admin.BulkActions.WorkerFilter;
import dev.assay.marketplace.identity.Admin;
import dev.assay.marketplace.pause.Pauses;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.Refuses;
import dev.assay.marketplace.platform.RequestIds;
import dev.assay.protocol.WalletAddress;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/** {@code /api/admin/bulk-actions}: the same done to many workers, by and by. */
@RestController
class BulkActionController {
  /** Of workers that are named one by one. */
  static final int MOST_NAMED = 1_000;

  private static final int SHOWN = 20;
  private static final int LONGEST_TEXT = 64;
  private static final Instant FIRST = Instant.parse("2000-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("2100-01-01T00:00:00Z");

  private final BulkActions actions;

  BulkActionController(BulkActions actions) {
    this.actions = actions;
  }

  /**
   * The body of a bulk action. All that is said of the workers must hold; something must be said.
   *
   * @param id a UUID that you make: the same request again is the same action
   * @param agentVersion only workers with this agent
   * @param region only workers that offer something there
   * @param enrolledFrom only workers that came then or later
   * @param enrolledUntil only workers that came before
   * @param workers only these
   * @param reason for everyone whom it concerns, and for the log
   */
  record BulkRequest(
      UUID id,
      Deed deed,
      @Nullable String agentVersion,
      @Nullable String region,
      @Nullable Instant enrolledFrom,
      @Nullable Instant enrolledUntil,
      @Nullable List<WalletAddress> workers,
      String reason) {}

  /**
   * How far a bulk action is.
   *
   * @param total workers whom it concerns: those that matched when it was asked for
   * @param done to so many of them
   */
  record BulkBody(
      UUID id,
      Deed deed,
      String reason,
      String by,
      Instant at,
      long total,
      long done,
      boolean isFinished) {
    static BulkBody of(Progress progress) {
      return new BulkBody(
          progress.id(),
          progress.deed(),
          progress.reason(),
          progress.by(),
          progress.at(),
          progress.total(),
          progress.done(),
          progress.done() >= progress.total());
    }
  }

  /** The latest bulk actions. */
  record BulkActionsBody(List<BulkBody> data) {}

  /** The latest bulk actions, the newest first, at most 20. */
  @GetMapping("/api/admin/bulk-actions")
  BulkActionsBody latest() {
    return new BulkActionsBody(actions.latest(SHOWN).stream().map(BulkBody::of).toList());
  }

  /** How far a bulk action is. */
  @Refuses(ProblemType.NOT_FOUND)
  @GetMapping("/api/admin/bulk-actions/{action}")
  BulkBody one(@PathVariable String action) {
    return actions.find(uuid(action)).map(BulkBody::of).orElseThrow(BulkActionController::unknown);
  }

  private static UUID uuid(String id) {
    try {
      return UUID.fromString(id);
    } catch (IllegalArgumentException e) {
      throw unknown();
    }
  }

  private static Problem unknown() {
    return new Problem(ProblemType.NOT_FOUND, "There is no bulk action of this id.");
  }

  /**
   * Stops, drains or lets go all workers that match now. It goes on by itself, also after a crash;
   * each worker is a row of the log.
   */
  @Refuses(ProblemType.IDEMPOTENCY_CONFLICT)
  @ResponseStatus(HttpStatus.ACCEPTED)
  @PostMapping(path = "/api/admin/bulk-actions", consumes = MediaType.APPLICATION_JSON_VALUE)
  BulkBody begin(Admin admin, @RequestBody BulkRequest request, HttpServletRequest http) {
    Pauses.requireReason(request.reason());
    requireText("agentVersion", request.agentVersion());
    requireText("region", request.region());
    requireTime("enrolledFrom", request.enrolledFrom());
    requireTime("enrolledUntil", request.enrolledUntil());
    List<WalletAddress> named = request.workers();
    if (named != null && named.size() > MOST_NAMED) {
      throw new Problem(ProblemType.INVALID_BODY, "workers are at most %d.".formatted(MOST_NAMED));
    }
    var filter =
        new WorkerFilter(
            request.agentVersion(),
            request.region(),
            request.enrolledFrom(),
            request.enrolledUntil(),
            named);
    if (filter.isEmpty()) {
      throw new Problem(
          ProblemType.INVALID_BODY, "Say which workers. To stop all of them, pause the market.");
    }
    return BulkBody.of(
        actions.begin(
            request.id(),
            request.deed(),
            filter,
            request.reason(),
            admin.name(),
            RequestIds.of(http)));
  }

  private static void requireText(String name, @Nullable String text) {
    if (text != null && (text.isEmpty() || text.length() > LONGEST_TEXT)) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "%s has 1 to %d characters, or is left out.".formatted(name, LONGEST_TEXT));
    }
  }

  private static void requireTime(String name, @Nullable Instant time) {
    if (time != null && (time.isBefore(FIRST) || !time.isBefore(LAST))) {
      throw new Problem(ProblemType.INVALID_BODY, "%s is a time of this century.".formatted(name));
    }
  }
}
