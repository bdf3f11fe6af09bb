package dev.assay.settlement.reconcile;

import dev.assay.settlement.platform.Rows;
import java.math.BigInteger;
import java.sql.Timestamp;
import java.util.List;
import java.util.Optional;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** How each final block was found, and the sums of our own ledger. */
@Component
class Reconciliations {
  private static final String SEPARATOR = "\n";

  private final JdbcClient jdbc;

  Reconciliations(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Balances and earnings of all accounts. */
  BigInteger owed() {
    return sum("select coalesce(sum(balance + earned), 0)::text from escrow_account");
  }

  BigInteger bonded() {
    return sum("select coalesce(sum(bonded), 0)::text from bond");
  }

  BigInteger awarded() {
    return sum("select coalesce(sum(amount), 0)::text from award");
  }

  /** The highest number of an account. */
  long accounts() {
    return jdbc.sql("select coalesce(max(id), 0) from escrow_account").query(Long.class).single();
  }

  private BigInteger sum(String sql) {
    return new BigInteger(jdbc.sql(sql).query(String.class).single());
  }

  void keep(Reconciliation found) {
    jdbc.sql(
            """
            insert into reconciliation (block, hash, at, owed, held, bonded, at_stake, drift)
            values (:block, :hash, :at, :owed::numeric, :held::numeric, :bonded::numeric,
                    :atStake::numeric, :drift)
            on conflict (block) do update
               set at = excluded.at, owed = excluded.owed, held = excluded.held,
                   bonded = excluded.bonded, at_stake = excluded.at_stake, drift = excluded.drift\
            """)
        .param("block", found.block())
        .param("hash", found.hash())
        .param("at", Timestamp.from(found.at()))
        .param("owed", found.owed().toString())
        .param("held", found.held().toString())
        .param("bonded", found.bonded().toString())
        .param("atStake", found.atStake().toString())
        .param("drift", String.join(SEPARATOR, found.drift()))
        .update();
    jdbc.sql("delete from reconciliation where block < :block - 100000 and drift = ''")
        .param("block", found.block())
        .update();
  }

  Optional<Reconciliation> last() {
    return jdbc.sql(
            """
            select block, hash, at, owed::text, held::text, bonded::text, at_stake::text, drift
              from reconciliation order by block desc limit 1\
            """)
        .query((row, _) ->
            new Reconciliation(
                row.getLong("block"),
                row.getString("hash"),
                Rows.instant(row, "at"),
                new BigInteger(row.getString("owed")),
                new BigInteger(row.getString("held")),
                new BigInteger(row.getString("bonded")),
                new BigInteger(row.getString("at_stake")),
                row.getString("drift").isEmpty()
                    ? List.of()
                    : List.of(row.getString("drift").split(SEPARATOR))))
        .optional();
  }
}
