package dev.assay.quickstart.bench;

import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.JobInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.quickstart.stack.DatabaseLogin;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/**
 * A week of a market, written into its database as that week would have left it, while no API runs:
 * jobs of every outcome with their money, leases, results, seals, draws, audits and payments. A few
 * workers and requesters have most of them. Each input is asked twice; honest workers of one
 * profile answer it alike, some copy the answer of the other profile, and some answer everything
 * alike. Nothing of it is signed, so it is for those who read lists, not for those who check.
 */
public final class MarketPast {
  private static final Duration SPAN = Duration.ofDays(7);

  /** A result in an epoch, about as many as a market of this size seals at once. */
  private static final int EPOCH = 1_000;

  private static final JobInput INPUT = new EmbeddingsInput(List.of("long ago"));

  private final DatabaseLogin login;

  /**
   * @param login of the superuser: references and triggers are not looked at one row after another
   */
  public MarketPast(DatabaseLogin login) {
    this.login = login;
  }

  /** How much of everything there is to be. */
  public record Size(int jobs, int workers, int requesters, int actions) {
    int epochs() {
      return Math.max(4, jobs / EPOCH);
    }
  }

  public void write(Size size) throws SQLException {
    try (Connection connection = login.connect();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("set search_path = marketplace, pg_temp");
      statement.execute("set session_replication_role = replica");
      statement.execute("select setseed(0.5)");
      parties(connection, size);
      jobs(connection, size);
      for (String step : List.of(STARTED, ENDED, SEALED, CHECKED, PAID, ADDED_UP)) {
        statement.execute(step);
      }
      actions(connection, size);
      connection.commit();
      connection.setAutoCommit(true);
      statement.execute("vacuum (analyze)"); // as it does by itself while a market grows
    }
  }

  private static void parties(Connection connection, Size size) throws SQLException {
    update(
        connection,
        """
        create temp table seller as
        select i, '0x' || encode(substr(sha256(('seller ' || i)::bytea), 1, 20), 'hex') as wallet,
               case when i % 3 = 0 then 'f32-gpu' else 'f32-cpu' end as profile,
               case when i % 99 = 0 then 'copies' when i % 101 = 0 then 'repeats' else 'computes' end as habit
          from generate_series(1, ?) as i
        """,
        size.workers());
    update(
        connection,
        """
        create temp table buyer as
        select i, '0x' || encode(substr(sha256(('buyer ' || i)::bytea), 1, 20), 'hex') as wallet
          from generate_series(1, ?) as i
        """,
        size.requesters());
    update(
        connection,
        """
        insert into offer (worker, model_digest, profile, input_price, output_price, concurrency, region, published_at, verifies)
        select wallet, ?, profile, 10000 + i % 20000, 0, 1 + i % 8, (array['eu', 'us', 'asia'])[1 + i % 3], now(), i % 2 = 0
          from seller where i % 10 > 0
        """,
        KnownModels.ALL_MINILM_L6_V2.digest().toBytes());
    update(
        connection,
        """
        insert into standing (worker, model_digest, profile, passes, failures, audits)
        select wallet, ?, profile, i % 40, case when i % 97 = 0 then 2 else 0 end, i % 40 + 2 from seller
        """,
        KnownModels.ALL_MINILM_L6_V2.digest().toBytes());
    try (var statement = connection.createStatement()) {
      statement.execute(PARTIES);
    }
  }

  private static final String PARTIES =
      """
      insert into worker select wallet, 'assay-agent/1', now() - interval '1 day' * (i % 300) from seller;
      insert into stake select wallet, 1000000000, 0, 0, 1 from seller;
      insert into session_key (key, worker, position)
      select '0x' || encode(substr(sha256(('key ' || i)::bytea), 1, 20), 'hex'), wallet, 1 from seller;
      update stake_change set version = version + 1;
      update offer_change set version = version + 1;
      insert into purse select wallet, 1000000000000, 1000000000000, 0, 0, 0, 1 from buyer;
      insert into api_key (id, owner, name, prefix, secret_hash, scopes, created_at)
      select gen_random_uuid(), wallet, 'mine', substr(md5(i::text), 1, 10), sha256(i::text::bytea), array['JOBS_WRITE'], now()
        from buyer on conflict do nothing;
      """;

  /** The newest fiftieth has no end. */
  private static void jobs(Connection connection, Size size) throws SQLException {
    update(
        connection,
        """
        create temp table past as
        select n, t.posted_at, t.epoch, buyer.wallet as requester, seller.wallet as worker, seller.profile,
               sha256(('input ' || n / 2)::bytea) as input,
               sha256(case habit when 'repeats' then seller.wallet when 'copies' then n / 2 || ' f32-cpu'
                                 else n / 2 || ' ' || profile end::bytea) as output,
               (lpad(to_hex((extract(epoch from t.posted_at) * 1000)::bigint), 12, '0') || '7'
                || lpad(to_hex(n % 4096), 3, '0') || '8' || substr(md5(n::text), 1, 15))::uuid as id,
               case when n > ? * 0.98 then 'open' when luck < 0.01 then 'cancelled' when luck < 0.03 then 'expired'
                    when luck < 0.04 then 'unserved' else 'attested' end as outcome,
               case when luck > 0.95 then 2 else 1 end as attempt,
               30 + n % 50 as price, luck > 0.85 as audited
          from (select n, now() - interval '1 second' * (? * (1 - n::float8 / ?)) as posted_at,
                       1 + ((n - 1)::bigint * ? / ?)::bigint as epoch, random() as luck,
                       1 + floor(? * power(random(), 3))::int as sells, 1 + floor(? * power(random(), 2))::int as buys
                  from generate_series(1, ?) as n) t
          join seller on seller.i = t.sells join buyer on buyer.i = t.buys
        """,
        size.jobs(),
        SPAN.toSeconds(),
        size.jobs(),
        size.epochs(),
        size.jobs(),
        size.workers(),
        size.requesters(),
        size.jobs());
    update(
        connection,
        "insert into blob values (?, ?, now() + interval '30 days') on conflict do nothing",
        INPUT.digest().toBytes(),
        MarketClient.JSON.writeValueAsBytes(INPUT));
    update(
        connection,
        """
        insert into job (id, signed_id, requester, request_digest, model_digest, kind, input_digest, spec_digest,
                         method, max_price, input_units, output_units, tier, wishes, deadline, posted_at)
        select id, sha256(uuid_send(id)), requester, sha256('asked'), ?, 'embeddings',
               case outcome when 'open' then ? else input end, sha256('spec'), 2, 100, ?, 0,
               'batch', '{"sort":"price","only":[],"ignore":[],"regions":[],"minStake":"0"}',
               posted_at + interval '8 days', posted_at
          from past order by n
        """,
        KnownModels.ALL_MINILM_L6_V2.digest().toBytes(),
        INPUT.digest().toBytes(),
        INPUT.mostInputUnits());
    update(
        connection,
        """
        create temp table result as
        select p.*, sha256(uuid_send(id) || 'attested') as digest, sha256(uuid_send(id) || 'leaf') as leaf, ?::bytea as model
          from past p where outcome = 'attested' order by n
        """,
        KnownModels.ALL_MINILM_L6_V2.digest().toBytes());
    try (var statement = connection.createStatement()) {
      statement.execute("analyze result");
    }
  }

  private static final String STARTED =
      """
      insert into transfer
      select gen_random_uuid(), 'reserve', 'available:' || requester, 'reserved:' || requester, 100, id, posted_at from past order by n;
      insert into open_job (job, deadline, requester)
      select id, posted_at + interval '8 days', requester from past where outcome = 'open';
      insert into assignment (job, attempt, signed_job, worker, profile, region, input_price, output_price, price,
                              concurrency, digest, epoch, assigned_at, deadline)
      select p.id, a, sha256(uuid_send(p.id)), p.worker, p.profile, 'eu', 20000, 0, 100, 4,
             sha256(uuid_send(p.id) || a::text::bytea), p.epoch, p.posted_at + interval '1 second' * a,
             p.posted_at + interval '1 minute'
        from past p cross join lateral generate_series(1, p.attempt) as a
       where p.outcome in ('attested', 'unserved') order by p.n;
      insert into assignment_end
      select a.job, a.attempt,
             case when a.attempt < p.attempt or p.outcome = 'unserved' then 'lapsed' else 'attested' end, '',
             a.assigned_at + interval '100 ms'
        from assignment a join past p on p.id = a.job order by p.n, a.attempt;
      """;

  private static final String ENDED =
      """
      insert into job_end (job, outcome, attempt, worker, price, output_digest, because, at)
      select id, outcome, case outcome when 'attested' then attempt end, case outcome when 'attested' then worker end,
             case outcome when 'attested' then price end, case outcome when 'attested' then output end, '',
             posted_at + interval '3 seconds'
        from past where outcome <> 'open' order by n;
      insert into transfer
      select gen_random_uuid(), case outcome when 'attested' then 'charge' else 'release' end, 'reserved:' || requester,
             case outcome when 'attested' then 'charged:' || worker else 'available:' || requester end,
             case outcome when 'attested' then price else 100 end, id, posted_at + interval '3 seconds'
        from past where outcome <> 'open' order by n;
      insert into transfer
      select gen_random_uuid(), 'return', 'reserved:' || requester, 'available:' || requester, 100 - price, id,
             posted_at + interval '3 seconds'
        from result order by n;
      insert into attestation (job, attempt, signed_job, worker, epoch, digest, claim, body, signature, session_key,
                               output_digest, output_salt, received_at, requester, price, model_digest, profile)
      select id, attempt, sha256(uuid_send(id)), worker, epoch, digest, sha256('claim'), repeat('attested ', 70),
             decode(repeat('11', 65), 'hex'), worker, output, sha256('salt'), posted_at + interval '3 seconds',
             requester, price, model, profile
        from result order by n;
      """;

  /** An epoch that is not closed is the last one. */
  private static final String SEALED =
      """
      delete from epoch;
      insert into epoch (number, opened_at, closed_at)
      select epoch, min(posted_at), max(posted_at) + interval '10 seconds' from result group by epoch;
      insert into epoch (number, opened_at) select max(number) + 1, now() from epoch;
      insert into sealed_epoch
      select r.epoch, sha256(('root ' || r.epoch)::bytea), sha256(('root ' || r.epoch - 1)::bytea), count(*), sum(r.price),
             sha256('canaries'), sha256('verifiers'), 100, max(r.posted_at) + interval '20 seconds'
        from result r group by r.epoch;
      insert into sealed_leaf (epoch, leaf, attestation, worker, requester, price, audit_rate, job, attempt)
      select epoch, leaf, digest, worker, requester, price, 1000, id, attempt from result order by epoch, leaf;
      insert into chain_seal
      select number, sha256('beacon'), number, sha256(('seal ' || number)::bytea), number, at from sealed_epoch
       where number <= (select max(number) - 3 from sealed_epoch);
      insert into chain_draw (epoch, beacon, preimage, block_hash, transaction, block_number, at, finished)
      select number, sha256('beacon'), sha256('preimage'), sha256('block'), sha256(('draw ' || number)::bytea), number, at, true
        from sealed_epoch where number <= (select max(number) - 3 from sealed_epoch);
      """;

  /** The newest three epochs are not drawn yet; the audits of the last that is begin tomorrow. */
  private static final String CHECKED =
      """
      insert into audit (job, attempt, epoch, rank, stage, round, starts_at, deadline)
      select id, attempt, epoch, n, case when is_new then 'drawn' else 'over' end, 128,
             case when is_new then now() + interval '1 day' else posted_at end, now() + interval '2 days'
        from (select *, epoch = (select max(epoch) - 3 from result) as is_new from result) r
       where audited and epoch <= (select max(epoch) - 3 from result) order by n;
      insert into audit_seat (audit, round, verifier, position, work, issued_at, signature)
      select job, 128, worker, 0, gen_random_uuid(), 1, decode(repeat('11', 65), 'hex')
        from audit join result on id = job where stage = 'over';
      insert into check_end
      select id, attempt, case when n % 500 = 0 and audited then 'rejected' else 'cleared' end,
             case when n % 500 = 0 and audited then 'invalid' when audited then 'passed' else 'not-drawn' end,
             posted_at + interval '10 minutes'
        from result where epoch <= (select max(epoch) - 3 from result)
         and not exists (select from audit where job = id and stage <> 'over') order by n;
      insert into court_case
      select sha256(uuid_send(job)), 'VERDICT', worker,
             case when row_number() over (order by job desc) <= 20 then 'OPEN' else 'CLOSED' end,
             200000000, 200000000, now() + interval '1 day', requester, price, 1, 0
        from check_end join result on id = job where check_end.outcome = 'rejected';
      """;

  private static final String PAID =
      """
      create temp table paid as
      select r.*, r.price - r.price / 20 as earned from result r join check_end c on c.job = r.id where c.outcome = 'cleared';
      insert into transfer
      select gen_random_uuid(), 'settle', 'charged:' || worker, 'settled', earned, id, posted_at + interval '1 hour' from paid order by n;
      insert into transfer
      select gen_random_uuid(), 'fee', 'charged:' || worker, 'fees', price - earned, id, posted_at + interval '1 hour'
        from paid where price > earned order by n;
      insert into settled_job select id, requester, worker, price, earned, n, posted_at + interval '1 hour' from paid order by n;
      insert into settlement_proof
      select sha256(uuid_send(id)), attempt, 2, 3, price, earned, digest, sha256('root'), sha256('sibling'),
             sha256(('settle ' || epoch)::bytea), epoch
        from paid;
      """;

  /** Running totals, of which each purse has all that is settled. */
  private static final String ADDED_UP =
      """
      insert into transfer
      select gen_random_uuid(), 'refund', 'charged:' || worker, 'available:' || requester, price, id, c.at
        from result join check_end c on c.job = id where c.outcome = 'rejected';
      create temp table charged as
      select requester, worker, price from result r left join check_end c on c.job = r.id where c.job is null;
      insert into earning
      select wallet, coalesce(sum(price), 0) from seller left join charged on worker = wallet group by wallet;
      update purse set position = (select max(n) from past), unsettled = spoken.amount
        from (select requester, sum(amount) as amount
                from (select requester, 100 as amount from open_job union all select requester, price from charged) each_of_them
               group by requester) spoken
       where purse.requester = spoken.requester;
      """;

  /** Chained by their numbers: nobody verifies them. */
  private static void actions(Connection connection, Size size) throws SQLException {
    update(
        connection,
        """
        insert into admin_action (number, at, who, action, subject, why, outcome, previous, hash)
        select last + i, now() - interval '1 second' * (? - i), 'operator-' || i % 20, 'pause', 'worker', 'a past reason',
               case when i % 10 = 0 then 'forbidden' else 'done' end,
               case when i = 1 then coalesce((select hash from admin_action where number = last), decode(repeat('00', 32), 'hex'))
                    else sha256(('action ' || i - 1)::bytea) end,
               sha256(('action ' || i)::bytea)
          from generate_series(1, ?) as i, (select coalesce(max(number), 0) as last from admin_action) logged
        """,
        size.actions(),
        size.actions());
  }

  private static void update(Connection connection, String sql, Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setObject(i + 1, values[i]);
      }
      statement.execute();
    }
  }
}
