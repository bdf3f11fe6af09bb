package dev.assay.marketplace.purse;

import dev.assay.determinism.Ids;
import dev.assay.marketplace.platform.OneTrip;
import dev.assay.marketplace.platform.OneTrip.Answer;
import dev.assay.marketplace.platform.SqlArrays;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.JdbcOperations;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** The ledger's rows. Locks purses in the order of their owners, so that no two groups deadlock. */
@Repository
class Purses {
  private final JdbcClient jdbc;
  private final JdbcOperations operations;
  private final Clock clock;
  private final Ids ids;

  Purses(JdbcClient jdbc, JdbcOperations operations, Clock clock, Ids ids) {
    this.jdbc = jdbc;
    this.operations = operations;
    this.clock = clock;
    this.ids = ids;
  }

  /**
   * @param unsettled reserved, or charged and not yet settled on chain
   */
  record PurseRow(Purse purse, TokenAmount unsettled) {
    TokenAmount available() {
      return Purse.less(purse.spendable(), unsettled);
    }
  }

  /** What is written; its id and time are added. */
  record Draft(String kind, String debit, String credit, TokenAmount amount, @Nullable UUID job) {}

  /** A transfer as it is kept. */
  record Transfer(
      UUID id, String kind, String debit, String credit, TokenAmount amount, Instant at) {}

  /** What a job was charged, and to whom. */
  record Charged(WalletAddress requester, Charge charge) {}

  /** Of a purse of which the chain has said nothing. Every place on the chain is later. */
  static final long BEFORE_CHAIN = Long.MIN_VALUE;

  static final String ESCROW = "escrow";
  static final String FEES = "fees";

  static String available(WalletAddress requester) {
    return "available:" + requester;
  }

  static String reserved(WalletAddress requester) {
    return "reserved:" + requester;
  }

  static String pending(WalletAddress worker) {
    return "pending:" + worker;
  }

  static String earned(WalletAddress worker) {
    return "earned:" + worker;
  }

  private static WalletAddress owner(String account) {
    return new WalletAddress(account.substring(account.indexOf(':') + 1));
  }

  Answer<PurseRow> lock(Collection<WalletAddress> requesters, OneTrip trip) {
    return trip.ask(
        "select * from purse where requester = any(:requesters) order by requester for update",
        Map.of("requesters", SqlArrays.texts(new TreeSet<>(requesters), WalletAddress::hex)),
        (row, _) -> read(row));
  }

  /** As {@link #lock(Collection, OneTrip)}, now. */
  Map<WalletAddress, PurseRow> lock(Collection<WalletAddress> requesters) {
    var now = new OneTrip(operations);
    Answer<PurseRow> rows = lock(requesters, now);
    now.send();
    return byRequester(rows.rows());
  }

  static Map<WalletAddress, PurseRow> byRequester(List<PurseRow> rows) {
    return rows.stream().collect(Collectors.toMap(row -> row.purse().requester(), row -> row));
  }

  Optional<PurseRow> find(WalletAddress requester) {
    return jdbc.sql("select * from purse where requester = :requester")
        .param("requester", requester.hex())
        .query((row, _) -> read(row))
        .optional();
  }

  /** Workers are locked in the order of their addresses, as those who add to them do. */
  void takePending(SortedMap<WalletAddress, TokenAmount> settled) {
    if (settled.isEmpty()) {
      return;
    }
    List<WalletAddress> workers = List.copyOf(settled.keySet());
    jdbc.sql("select worker from earning where worker = any(:workers) order by worker for update")
        .param("workers", SqlArrays.texts(workers, WalletAddress::hex))
        .query(String.class)
        .list();
    jdbc.sql(
            """
            update earning set pending = pending - change.amount
            from unnest(:workers, :amounts::numeric[]) as change (worker, amount)
            where earning.worker = change.worker
            """)
        .param("workers", SqlArrays.texts(workers, WalletAddress::hex))
        .param("amounts", SqlArrays.texts(workers, settled::get))
        .update();
  }

  Map<WalletAddress, TokenAmount> pendingOf(Collection<WalletAddress> workers) {
    Map<WalletAddress, TokenAmount> pending = new HashMap<>();
    jdbc.sql("select worker, pending from earning where worker = any(:workers) and pending > 0")
        .param("workers", SqlArrays.texts(workers, WalletAddress::hex))
        .query(row -> {
          pending.put(
              new WalletAddress(row.getString("worker")),
              TokenAmount.parse(row.getString("pending")));
        });
    return pending;
  }

  TokenAmount pendingOf(WalletAddress worker) {
    return jdbc.sql("select pending from earning where worker = :worker")
        .param("worker", worker.hex())
        .query(String.class)
        .optional()
        .map(TokenAmount::parse)
        .orElse(TokenAmount.ZERO);
  }

  /** What changes no purse and earns nobody anything. */
  void write(List<Draft> drafts) {
    write(drafts, Collections.emptySortedMap());
  }

  /** As {@link #write(List, SortedMap, SortedMap, OneTrip)}, now. */
  void write(List<Draft> drafts, SortedMap<WalletAddress, BigInteger> unsettled) {
    var now = new OneTrip(operations);
    write(drafts, unsettled, Collections.emptySortedMap(), now);
    now.send();
  }

  /**
   * Writes transfers, all by one statement, and what comes of them.
   *
   * @param unsettled what more of each purse is spoken for; less than zero if it is less
   * @param earned what is added to workers' pending earnings
   * @param trip the caller's last, in which purses are locked before earnings, each in order
   */
  void write(
      List<Draft> drafts,
      SortedMap<WalletAddress, BigInteger> unsettled,
      SortedMap<WalletAddress, TokenAmount> earned,
      OneTrip trip) {
    trip.add(
        """
        insert into transfer (id, kind, debit, credit, amount, job, at)
        select unnest(:ids::uuid[]), unnest(:kinds), unnest(:debits), unnest(:credits), unnest(:amounts::numeric[]),
               unnest(:jobs::uuid[]), :now::timestamptz
        """,
        Map.of(
            "now", clock.instant().toString(),
            "ids", SqlArrays.texts(drafts, _ -> ids.next()),
            "kinds", SqlArrays.texts(drafts, Draft::kind),
            "debits", SqlArrays.texts(drafts, Draft::debit),
            "credits", SqlArrays.texts(drafts, Draft::credit),
            "amounts", SqlArrays.texts(drafts, Draft::amount),
            "jobs", SqlArrays.texts(drafts, Draft::job)));
    if (!unsettled.isEmpty()) {
      trip.add(
          """
          update purse set unsettled = purse.unsettled + change.amount
          from (select locked.requester, added.amount
                from (select unnest(:requesters) as requester, unnest(:amounts::numeric[]) as amount) as added
                join purse locked on locked.requester = added.requester
                order by locked.requester for update of locked) as change
          where purse.requester = change.requester
          """,
          Map.of(
              "requesters", SqlArrays.texts(unsettled.keySet(), WalletAddress::hex),
              "amounts", SqlArrays.texts(unsettled.values(), BigInteger::toString)));
    }
    if (!earned.isEmpty()) {
      trip.add(
          """
          insert into earning (worker, pending) select unnest(:workers), unnest(:amounts::numeric[])
          on conflict (worker) do update set pending = earning.pending + excluded.pending
          """,
          Map.of(
              "workers", SqlArrays.texts(earned.keySet(), WalletAddress::hex),
              "amounts", SqlArrays.texts(earned.values(), TokenAmount::toString)));
    }
  }

  Map<UUID, Charged> charged(Collection<UUID> jobs) {
    Map<UUID, Charged> charged = new HashMap<>();
    jdbc.sql(
            """
            select job, debit, credit, amount from transfer
            where kind = 'charge' and job = any(:jobs::uuid[])
            """)
        .param("jobs", SqlArrays.texts(jobs, UUID::toString))
        .query(row -> {
          UUID job = row.getObject("job", UUID.class);
          charged.put(
              job,
              new Charged(
                  owner(row.getString("debit")),
                  new Charge(
                      job,
                      owner(row.getString("credit")),
                      TokenAmount.parse(row.getString("amount")))));
        });
    return charged;
  }

  /**
   * @return the jobs that were not settled before
   */
  Set<UUID> settle(List<Settlement> settlements) {
    return Set.copyOf(
        jdbc.sql(
                """
                insert into settled_job (job, requester, worker, price, earned, position, at)
                select job, requester, worker, price, earned, position, :now::timestamptz
                from unnest(:jobs::uuid[], :requesters, :workers, :prices::numeric[], :earned::numeric[],
                            :positions::bigint[]) as t (job, requester, worker, price, earned, position)
                on conflict do nothing
                returning job
                """)
            .param("now", clock.instant().toString())
            .param("jobs", SqlArrays.texts(settlements, Settlement::job))
            .param("requesters", SqlArrays.texts(settlements, Settlement::requester))
            .param("workers", SqlArrays.texts(settlements, Settlement::worker))
            .param("prices", SqlArrays.texts(settlements, Settlement::price))
            .param("earned", SqlArrays.texts(settlements, Settlement::earned))
            .param("positions", SqlArrays.texts(settlements, Settlement::position))
            .query((row, _) -> row.getObject("job", UUID.class))
            .list());
  }

  Map<UUID, Settlement> settled(Collection<UUID> jobs) {
    Map<UUID, Settlement> settled = new HashMap<>();
    jdbc.sql("select * from settled_job where job = any(:jobs::uuid[])")
        .param("jobs", SqlArrays.texts(jobs, UUID::toString))
        .query(row -> {
          UUID job = row.getObject("job", UUID.class);
          settled.put(
              job,
              new Settlement(
                  job,
                  new WalletAddress(row.getString("requester")),
                  new WalletAddress(row.getString("worker")),
                  TokenAmount.parse(row.getString("price")),
                  TokenAmount.parse(row.getString("earned")),
                  row.getLong("position")));
        });
    return settled;
  }

  /** The purse, locked; an empty one of which the chain has said nothing if there was none. */
  PurseRow lockOrOpen(WalletAddress requester) {
    jdbc.sql(
            """
            insert into purse (requester, balance, authorized, spent, leaving, position)
            values (:requester, 0, 0, 0, 0, :position)
            on conflict do nothing
            """)
        .param("requester", requester.hex())
        .param("position", BEFORE_CHAIN)
        .update();
    return Objects.requireNonNull(lock(Set.of(requester)).get(requester));
  }

  /** Replaces what the chain says of a purse that is locked. What it now has spent is settled. */
  void moveOn(Purse from, Purse to) {
    jdbc.sql(
            """
            update purse set balance = :balance::numeric, authorized = :authorized::numeric,
              spent = :spent::numeric, leaving = :leaving::numeric, position = :position,
              unsettled = unsettled - coalesce(
                (select sum(price) from settled_job where requester = :requester
                 and position > :before and position <= :position), 0)
            where requester = :requester
            """)
        .param("requester", to.requester().hex())
        .param("balance", to.balance().toString())
        .param("authorized", to.authorized().toString())
        .param("spent", to.spent().toString())
        .param("leaving", to.leaving().toString())
        .param("position", to.position())
        .param("before", from.position())
        .update();
  }

  /** The newest first, from the one before {@code after} on. */
  List<Transfer> transfers(WalletAddress requester, @Nullable UUID after, int limit) {
    // Each account by itself, so that the index tells the order.
    return jdbc.sql(
            """
            select t.* from unnest(:accounts) as account
            cross join coalesce(:after::uuid, 'ffffffff-ffff-ffff-ffff-ffffffffffff') as before
            cross join lateral (
              (select * from transfer where kind in ('withdraw', 'reserve', 'charge', 'return', 'release')
                 and debit = account and id < before
               order by id desc limit :limit)
              union all
              (select * from transfer where kind in ('fund', 'refund')
                 and credit = account and id < before
               order by id desc limit :limit)) t
            order by t.id desc limit :limit
            """)
        .param("accounts", new String[] {available(requester), reserved(requester)})
        .param("after", after == null ? null : after.toString())
        .param("limit", limit)
        .query((row, _) ->
            new Transfer(
                row.getObject("id", UUID.class),
                row.getString("kind"),
                row.getString("debit"),
                row.getString("credit"),
                TokenAmount.parse(row.getString("amount")),
                row.getObject("at", OffsetDateTime.class).toInstant()))
        .list();
  }

  private static PurseRow read(ResultSet row) throws SQLException {
    return new PurseRow(
        new Purse(
            new WalletAddress(row.getString("requester")),
            TokenAmount.parse(row.getString("balance")),
            TokenAmount.parse(row.getString("authorized")),
            TokenAmount.parse(row.getString("spent")),
            TokenAmount.parse(row.getString("leaving")),
            row.getLong("position")),
        TokenAmount.parse(row.getString("unsettled")));
  }
}
