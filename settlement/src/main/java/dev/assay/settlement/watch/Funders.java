package dev.assay.settlement.watch;

import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.admin.FundersReport.Funder;
import dev.assay.protocol.admin.FundersReport.Party;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.EscrowEvent;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.StakeEvent;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.PlacedLog;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.stereotype.Component;

/** Keeps who paid for whom: of several purses or bonds with one payer, perhaps one owner. */
@Component
class Funders implements FinalLogs {
  private static final int PAYERS = 50;
  private static final int PARTIES = 20;

  private final EscrowContract escrow;
  private final StakeContract stake;
  private final JdbcClient jdbc;

  Funders(Market market, JdbcClient jdbc) {
    this.escrow = market.deployment().escrowContract();
    this.stake = market.deployment().stakeContract();
    this.jdbc = jdbc;
  }

  @Override
  public void apply(Chunk chunk) {
    for (PlacedLog log : chunk.logs()) {
      escrow
          .event(log.log())
          .filter(EscrowEvent.Deposited.class::isInstance)
          .map(EscrowEvent.Deposited.class::cast)
          .ifPresent(
              in -> add(in.from(), "purse", in.account().toString(), in.amount(), log.block()));
      stake
          .event(log.log())
          .filter(StakeEvent.Bonded.class::isInstance)
          .map(StakeEvent.Bonded.class::cast)
          .ifPresent(in -> add(in.from(), "bond", in.worker().hex(), in.amount(), log.block()));
    }
  }

  private void add(
      WalletAddress payer, String kind, String subject, TokenAmount amount, long block) {
    jdbc.sql(
            """
            insert into funding (payer, kind, subject, amount, first_block)
            values (:payer, :kind, :subject, :amount::numeric, :block)
            on conflict (payer, kind, subject) do update set amount = funding.amount + excluded.amount\
            """)
        .param("payer", payer.hex())
        .param("kind", kind)
        .param("subject", subject)
        .param("amount", amount.toString())
        .param("block", block)
        .update();
  }

  /** Who paid for two others or more, those of the most first. */
  List<Funder> ofSeveral() {
    Map<WalletAddress, Long> payers = new LinkedHashMap<>();
    jdbc.sql(
            """
            with paid as (
                select f.payer, coalesce(a.owner, f.subject) as wallet from funding f
                  left join escrow_account a on f.kind = 'purse' and a.id::text = f.subject)
            select payer, count(distinct wallet) as others from paid where wallet <> payer
             group by payer having count(distinct wallet) > 1
             order by others desc, payer limit :most\
            """)
        .param("most", PAYERS)
        .query(row -> {
          payers.put(new WalletAddress(row.getString("payer")), row.getLong("others"));
        });
    List<Funder> funders = new ArrayList<>();
    payers.forEach((payer, others) -> funders.add(new Funder(payer, others, parties(payer))));
    return funders;
  }

  private List<Party> parties(WalletAddress payer) {
    return jdbc.sql(
            """
            select f.kind, coalesce(a.owner, f.subject) as wallet, f.amount::text as amount, f.first_block,
                   not exists (select from funding o
                                where o.kind = f.kind and o.subject = f.subject
                                  and o.first_block < f.first_block) as first
              from funding f left join escrow_account a on f.kind = 'purse' and a.id::text = f.subject
             where f.payer = :payer and coalesce(a.owner, f.subject) <> f.payer
             order by f.first_block, wallet limit :most\
            """)
        .param("payer", payer.hex())
        .param("most", PARTIES)
        .query((row, _) ->
            new Party(
                row.getString("kind"),
                new WalletAddress(row.getString("wallet")),
                row.getString("amount"),
                row.getLong("first_block"),
                row.getBoolean("first")))
        .list();
  }
}
