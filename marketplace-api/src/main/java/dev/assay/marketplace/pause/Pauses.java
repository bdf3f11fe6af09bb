package dev.assay.marketplace.pause;

import dev.assay.marketplace.pause.Pause.What;
import dev.assay.marketplace.platform.Problem;
import dev.assay.marketplace.platform.ProblemType;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.marketplace.platform.WhenChanged;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;
import org.springframework.transaction.TransactionException;
import org.springframework.transaction.annotation.Propagation;
import org.springframework.transaction.annotation.Transactional;

/**
 * What is stopped at present, as the newest rows of the table say. A pause keeps new jobs out and
 * open ones from being leased; what is executed goes on, and is checked and paid; money that is
 * held goes back at the deadline, and nobody is kept from cancelling or leaving.
 */
@Component
public class Pauses implements HealthIndicator {
  private static final Logger LOG = LoggerFactory.getLogger(Pauses.class);

  private static final int LONGEST_REASON = 500;

  private final JdbcClient jdbc;
  private final PaymentPauses payments;
  private final ApplicationEventPublisher events;
  private volatile Map<Key, Pause> present;

  private record Key(What what, String subject) {}

  Pauses(
      JdbcClient jdbc,
      PaymentPauses payments,
      ApplicationEventPublisher events,
      MeterRegistry meters) {
    this.jdbc = jdbc;
    this.payments = payments;
    this.events = events;
    this.present = read();
    for (What what : What.values()) {
      Gauge.builder(
              "market.paused",
              this,
              it -> it.all().stream().filter(pause -> pause.what() == what).count())
          .description("Pauses that stand; the same at each replica")
          .tag("what", what.name().toLowerCase(Locale.ROOT))
          .register(meters);
    }
  }

  @WhenChanged
  @Scheduled(fixedDelayString = "${marketplace.pause.every:1s}")
  synchronized void look() { // what was read later is kept
    Map<Key, Pause> found = read();
    if (!found.equals(present)) {
      present = found;
      LOG.atWarn().addKeyValue("paused", found.values()).log("Other things are paused than before");
      events.publishEvent(new PausesChanged());
    }
  }

  private Map<Key, Pause> read() {
    List<Pause> found =
        jdbc.sql(
                """
                select what, subject, drain, reason, at
                  from (select distinct on (what, subject) * from pause
                         order by what, subject, id desc) newest
                 where paused\
                """)
            .query((row, _) ->
                new Pause(
                    What.valueOf(row.getString("what")),
                    row.getString("subject"),
                    row.getBoolean("drain"),
                    row.getString("reason"),
                    row.getTimestamp("at").toInstant()))
            .list();
    return Stream.concat(found.stream(), payments.present().stream())
        .collect(
            Collectors.toUnmodifiableMap(
                pause -> new Key(pause.what(), pause.subject()), Function.identity()));
  }

  /**
   * Stops a part or lets it go again. Who did it, and why, is written down by the same statement.
   *
   * @param subject as {@link Pause#subject}; of settlement none
   * @param isDrain whether what is there already is finished; not of settlement
   * @param reason one line of at most {@value #LONGEST_REASON} characters
   * @param by the operator's name
   * @param request the id of the request that asked for it
   * @throws Problem {@link ProblemType#INVALID_BODY} for what is no such subject or reason
   */
  public void set(
      What what,
      String subject,
      boolean isPaused,
      boolean isDrain,
      String reason,
      String by,
      String request) {
    if (!what.isSubject(subject)) {
      throw new Problem(ProblemType.INVALID_BODY, what.subjectInWords());
    }
    requireReason(reason);
    if (isDrain && what == What.SETTLEMENT) {
      throw new Problem(
          ProblemType.INVALID_BODY, "Payments are paused or not; there is nothing to drain.");
    }
    if (what == What.SETTLEMENT) {
      payments.add(isPaused, reason, by, request);
    } else {
      add(what, subject, isPaused, isDrain, reason, by, request);
    }
    try {
      look();
    } catch (DataAccessException | TransactionException e) {
      LOG.atDebug().setCause(e).log("What is paused is seen when it can be read");
    }
  }

  private void add(
      What what,
      String subject,
      boolean isPaused,
      boolean isDrain,
      String reason,
      String by,
      String request) {
    jdbc.sql(
            """
            with named as materialized (select set_config('assay.request', :request, true))
            insert into pause (what, subject, paused, drain, reason, by)
            select :what, :subject, :paused, :drain, :reason, :by from named\
            """)
        .param("request", request)
        .param("what", what.name())
        .param("subject", subject)
        .param("paused", isPaused)
        .param("drain", isPaused && isDrain)
        .param("reason", reason)
        .param("by", by)
        .update();
  }

  /**
   * @throws Problem {@link ProblemType#INVALID_BODY} for what is no reason
   */
  public static void requireReason(String reason) {
    if (reason.isBlank()
        || reason.codePointCount(0, reason.length()) > LONGEST_REASON
        || reason.codePoints().anyMatch(Character::isISOControl)) {
      throw new Problem(
          ProblemType.INVALID_BODY,
          "reason is one line of 1 to %d characters, for everyone concerned."
              .formatted(LONGEST_REASON));
    }
  }

  /**
   * As {@link #set}, of many workers at once and within the caller's transaction: they are stopped
   * or go on within a second of its commit.
   */
  @Transactional(propagation = Propagation.MANDATORY)
  public void setWorkers(
      List<WalletAddress> workers,
      boolean isPaused,
      boolean isDrain,
      String reason,
      String by,
      String request) {
    jdbc.sql(
            """
            with named as materialized (select set_config('assay.request', :request, true))
            insert into pause (what, subject, paused, drain, reason, by)
            select 'WORKER', w.address, :paused, :drain, :reason, :by
              from named, unnest(:workers) as w (address)\
            """)
        .param("request", request)
        .param("workers", SqlArrays.texts(workers, WalletAddress::hex))
        .param("paused", isPaused)
        .param("drain", isDrain)
        .param("reason", reason)
        .param("by", by)
        .update();
  }

  /** In the order market, settlement, models, workers. */
  public List<Pause> all() {
    return present.values().stream()
        .sorted((a, b) ->
            a.what() != b.what()
                ? a.what().compareTo(b.what())
                : a.subject().compareTo(b.subject()))
        .toList();
  }

  /** Why a worker is given no job on a model now. */
  public Optional<Pause> of(Digest model, WalletAddress worker) {
    Map<Key, Pause> now = present;
    return now.isEmpty()
        ? Optional.empty()
        : of(now, model)
            .filter(Pause::holdsLeases)
            .or(() -> Optional.ofNullable(now.get(new Key(What.WORKER, worker.hex()))));
  }

  /** Of a stop and a drain, the stop. */
  private static Optional<Pause> of(Map<Key, Pause> now, Digest model) {
    return Stream.of(new Key(What.MARKET, ""), new Key(What.MODEL, model.toString()))
        .flatMap(key -> Stream.ofNullable(now.get(key)))
        .min(Comparator.comparing(Pause::isDrain));
  }

  /**
   * What a requester asks for.
   *
   * @throws Problem if no job on the model is taken now
   */
  public void requireOpen(Digest model) {
    refuse(of(present, model));
  }

  /**
   * What the market itself needs to finish what is there.
   *
   * @throws Problem if not even that is taken now
   */
  public void requireNotStopped(Digest model) {
    refuse(of(present, model).filter(Pause::holdsLeases));
  }

  private static void refuse(Optional<Pause> found) {
    found.ifPresent(pause -> {
      throw new Problem(
          ProblemType.PAUSED, "%s. Try again later.".formatted(withoutStop(pause.words())));
    });
  }

  private static String withoutStop(String words) {
    return words.endsWith(".") ? words.substring(0, words.length() - 1) : words;
  }

  /** Up all the same: what is stopped on purpose is no fault. */
  @Override
  public Health health() {
    Health.Builder health = Health.up();
    Stream.of(What.values())
        .forEach(what -> {
          Map<String, String> reasons =
              all().stream()
                  .filter(pause -> pause.what() == what)
                  .collect(Collectors.toMap(Pause::subject, Pause::reason));
          if (!reasons.isEmpty()) {
            health.withDetail(
                what.name().toLowerCase(Locale.ROOT),
                what == What.MARKET ? reasons.values().iterator().next() : reasons);
          }
        });
    return health.build();
  }
}
