package dev.assay.marketplace.parameter;

import dev.assay.marketplace.parameter.ParameterState.Change;
import dev.assay.marketplace.parameter.ParameterState.Kind;
import dev.assay.marketplace.parameter.ParameterState.Proposal;
import dev.assay.marketplace.platform.ByClock;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.WhenChanged;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Timestamp;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.annotation.Transactional;

/**
 * The values in force, as the table says; each replica looks every second. Where nothing was ever
 * changed, the configuration holds.
 */
@Component
public class Parameters implements ByClock {
  private static final Logger LOG = LoggerFactory.getLogger(Parameters.class);
  private static final int LONGEST_REASON = 500;

  private final JdbcClient jdbc;
  private final ParameterSettings settings;
  private final Clock clock;
  private final Map<Parameter, Integer> configured = new ConcurrentHashMap<>();
  private volatile Map<Parameter, Long> changed = Map.of();
  private volatile Optional<Instant> due = Optional.empty();

  Parameters(JdbcClient jdbc, ParameterSettings settings, Clock clock) {
    this.jdbc = jdbc;
    this.settings = settings;
    this.clock = clock;
    this.changed = read();
  }

  /**
   * What whoever lives by a parameter asks, each time anew.
   *
   * @param value that is configured
   */
  public IntSupplier of(Parameter parameter, int value) {
    configured.put(parameter, value);
    return () -> Math.toIntExact(changed.getOrDefault(parameter, (long) value));
  }

  /** As {@link #of} was told; nothing for a parameter by which nobody lives. */
  public Optional<Integer> configured(Parameter parameter) {
    return Optional.ofNullable(configured.get(parameter));
  }

  @WhenChanged
  @Scheduled(fixedDelayString = "${marketplace.parameters.every:1s}")
  void look() {
    Map<Parameter, Long> found = read();
    if (!found.equals(changed)) {
      changed = found;
      LOG.atWarn().addKeyValue("parameters", found).log("Operators have changed parameters");
    }
  }

  private Map<Parameter, Long> read() {
    Map<String, List<Change>> changes = new HashMap<>();
    jdbc.sql("select * from parameter_change order by id")
        .query(row -> {
          changes
              .computeIfAbsent(row.getString("parameter"), _ -> new ArrayList<>())
              .add(change(row));
        });
    Instant now = clock.instant();
    Map<Parameter, Long> found = new EnumMap<>(Parameter.class);
    List<Instant> ahead = new ArrayList<>();
    for (Parameter parameter : Parameter.values()) {
      var state = ParameterState.of(changes.getOrDefault(parameter.code(), List.of()), now);
      state.changed().ifPresent(value -> found.put(parameter, value));
      state.proposal().flatMap(Proposal::effectiveAt).ifPresent(ahead::add);
    }
    due = ahead.stream().min(Comparator.naturalOrder());
    return found;
  }

  /** When the next change that is approved comes into force. */
  @Override
  public Optional<Instant> due() {
    return due;
  }

  public ParameterState state(Parameter parameter) {
    List<Change> changes =
        jdbc.sql("select * from parameter_change where parameter = :parameter order by id")
            .param("parameter", parameter.code())
            .query((row, _) -> change(row))
            .list();
    return ParameterState.of(changes, clock.instant());
  }

  /**
   * Proposes a change; nothing changes until another approves it.
   *
   * @param seen the version that the proposer has seen
   * @param by the operator's name
   * @param request the id of the request that asked for it
   * @throws Problem {@link ProblemType#INVALID_BODY} out of bounds, {@link ProblemType#STALE_EDIT}
   *     if something was done about it meanwhile, {@link ProblemType#PROPOSAL_OPEN} if another
   *     change is on its way
   */
  @Transactional
  public void propose(
      Parameter parameter, long value, String reason, long seen, String by, String request) {
    if (!parameter.takes(value)) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "%s is between %d and %d."
              .formatted(parameter.code(), parameter.least(), parameter.most()));
    }
    requireReason(reason);
    begin(request);
    ParameterState state = state(parameter);
    if (state.version() != seen) {
      throw new Problem(
          ProblemType.STALE_EDIT,
          "%s is at version %d. Look at it again, then propose with that in If-Match."
              .formatted(parameter.code(), state.version()));
    }
    if (state.proposal().isPresent()) {
      throw new Problem(
          ProblemType.PROPOSAL_OPEN,
          "Proposal %d is on its way. Withdraw it, or wait until it is in force."
              .formatted(state.proposal().get().id()));
    }
    insert("proposed", parameter, value, null, null, reason, by);
  }

  /**
   * Agrees to a change, which is in force after the delay.
   *
   * @throws Problem {@link ProblemType#NOT_FOUND} if none of this id waits for it, {@link
   *     ProblemType#FORBIDDEN} for who has proposed it
   */
  @Transactional
  public Parameter approve(long id, String reason, String by, String request) {
    requireReason(reason);
    begin(request);
    for (Parameter parameter : Parameter.values()) {
      Optional<Proposal> open = state(parameter).proposal().filter(proposal -> proposal.id() == id);
      if (open.isPresent() && open.get().approvedBy().isEmpty()) {
        if (open.get().by().equals(by)) {
          throw new Problem(
              ProblemType.FORBIDDEN, "Another than who proposed it approves a change.");
        }
        Instant effectiveAt = clock.instant().plus(settings.delay());
        insert("approved", parameter, null, id, effectiveAt, reason, by);
        return parameter;
      }
    }
    throw none();
  }

  /**
   * Takes back a change that is not in force yet.
   *
   * @throws Problem {@link ProblemType#NOT_FOUND} if none of this id is on its way
   */
  @Transactional
  public Parameter withdraw(long id, String reason, String by, String request) {
    requireReason(reason);
    begin(request);
    for (Parameter parameter : Parameter.values()) {
      if (state(parameter).proposal().filter(proposal -> proposal.id() == id).isPresent()) {
        insert("withdrawn", parameter, null, id, null, reason, by);
        return parameter;
      }
    }
    throw none();
  }

  private static Problem none() {
    return new Problem(ProblemType.NOT_FOUND, "No proposal of this id waits for that.");
  }

  /** One after the other: who decides must see what was decided before. */
  private void begin(String request) {
    jdbc.sql(
            """
            select set_config('assay.request', :request, true),
                   pg_advisory_xact_lock(hashtext('parameter_change'))::text\
            """)
        .param("request", request)
        .query((row, _) -> row.getString(1))
        .single();
  }

  private void insert(
      String kind,
      Parameter parameter,
      @Nullable Long value,
      @Nullable Long proposal,
      @Nullable Instant effectiveAt,
      String reason,
      String by) {
    jdbc.sql(
            """
            insert into parameter_change (kind, parameter, value, proposal, effective_at, reason, by)
            values (:kind, :parameter, :value::bigint, :proposal::bigint, :effectiveAt::timestamptz, :reason, :by)\
            """)
        .param("kind", kind)
        .param("parameter", parameter.code())
        .param("value", value)
        .param("proposal", proposal)
        .param("effectiveAt", effectiveAt == null ? null : effectiveAt.atOffset(ZoneOffset.UTC))
        .param("reason", reason)
        .param("by", by)
        .update();
  }

  private static void requireReason(String reason) {
    if (reason.isBlank()
        || reason.codePointCount(0, reason.length()) > LONGEST_REASON
        || reason.codePoints().anyMatch(Character::isISOControl)) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "reason is one line of 1 to %d characters.".formatted(LONGEST_REASON));
    }
  }

  private static Change change(ResultSet row) throws SQLException {
    Timestamp effectiveAt = row.getTimestamp("effective_at");
    return new Change(
        row.getLong("id"),
        Kind.valueOf(row.getString("kind").toUpperCase(Locale.ROOT)),
        row.getLong("value"),
        row.getLong("proposal"),
        Optional.ofNullable(effectiveAt).map(Timestamp::toInstant),
        row.getString("reason"),
        row.getString("by"),
        row.getTimestamp("at").toInstant());
  }
}
