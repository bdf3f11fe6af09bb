package dev.assay.marketplace.audit;

import dev.assay.protocol.Digest;
import dev.assay.protocol.Offence;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.event.CaseChanged;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Set;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Repository;

/** Cases of the Court as rows. */
@Repository
class Cases {
  private final JdbcClient jdbc;

  Cases(JdbcClient jdbc) {
    this.jdbc = jdbc;
  }

  /** Ignored if something later is known. */
  void put(CaseChanged change) {
    jdbc.sql(
            """
            insert into court_case (id, offence, accused, state, amount, taken, deadline, harmed, compensation,
                                    block_number, log_index)
            values (:id, :offence, :accused, :state, :amount::numeric, :taken::numeric, :deadline::timestamptz, :harmed,
                    :compensation::numeric, :block, :log)
            on conflict (id) do update set state = excluded.state, amount = excluded.amount, taken = excluded.taken,
              deadline = excluded.deadline, harmed = excluded.harmed, compensation = excluded.compensation,
              block_number = excluded.block_number, log_index = excluded.log_index
            where (court_case.block_number, court_case.log_index) < (excluded.block_number, excluded.log_index)
            """)
        .param("id", change.caseId().toBytes())
        .param("offence", change.offence().name())
        .param("accused", change.accused().hex())
        .param("state", change.state().name())
        .param("amount", change.amount().toString())
        .param("taken", change.taken().toString())
        .param("deadline", change.deadline().map(Instant::toString).orElse(null))
        .param("harmed", change.harmed().map(harmed -> harmed.hex()).orElse(null))
        .param("compensation", change.compensation().toString())
        .param("block", change.blockNumber())
        .param("log", change.logIndex())
        .update();
  }

  /** Who is in any case of this offence. */
  Set<WalletAddress> accused(Offence offence) {
    return jdbc.sql("select distinct accused from court_case where offence = :offence")
        .param("offence", offence.name())
        .query((row, _) -> new WalletAddress(row.getString("accused")))
        .set();
  }

  boolean isKnown(Digest id) {
    return jdbc.sql("select exists (select from court_case where id = :id)")
        .param("id", id.toBytes())
        .query(Boolean.class)
        .single();
  }

  /** Kept once. */
  void withhold(long epoch, Instant now) {
    jdbc.sql("insert into withheld_epoch (epoch, at) values (:epoch, :now) on conflict do nothing")
        .param("epoch", epoch)
        .param("now", now.atOffset(ZoneOffset.UTC))
        .update();
  }
}
