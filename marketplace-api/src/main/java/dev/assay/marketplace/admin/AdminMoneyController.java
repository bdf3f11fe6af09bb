package dev.assay.marketplace.admin;

import dev.assay.marketplace.admin.AskSettlement.Asked;
import dev.assay.marketplace.platform.Page;
import dev.assay.marketplace.platform.PageSize;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.admin.PaymentsReport;
import java.math.BigInteger;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * The market's own ledger, the purses of its requesters as the chain told them, and what settlement
 * says of batches, attempts, reserves and drift.
 */
@RestController
class AdminMoneyController {
  private final JdbcClient jdbc;
  private final AskSettlement asking;

  AdminMoneyController(JdbcClient jdbc, AskSettlement asking) {
    this.jdbc = jdbc;
    this.asking = asking;
  }

  /**
   * A requester's purse.
   *
   * @param unsettled what is spoken for and not settled on chain
   * @param openJobs without an end
   */
  record AdminRequesterBody(
      WalletAddress requester,
      TokenAmount balance,
      TokenAmount authorized,
      TokenAmount spent,
      TokenAmount leaving,
      TokenAmount unsettled,
      long openJobs,
      long keys) {}

  /**
   * All purses and earnings in sum.
   *
   * @param balance of all purses, as the chain has them
   * @param held for jobs without an end: what is unsettled and no worker has earned. For a moment
   *     also what is settled since and not yet in what the purse has spent
   * @param pending what workers have earned and is not settled
   * @param overdrawn purses of which more is spoken for than may be taken; 0 unless the chain took
   *     something back
   * @param waiting events that wait to go to Kafka
   * @param settlement how payments stand there; null if it could not be asked
   * @param settlementWords why it could not; empty if it could
   */
  record MoneyBody(
      long purses,
      TokenAmount balance,
      TokenAmount authorized,
      TokenAmount spent,
      TokenAmount unsettled,
      TokenAmount held,
      TokenAmount pending,
      long overdrawn,
      long waiting,
      @Nullable PaymentsReport settlement,
      String settlementWords) {}

  /** What is in purses, held, earned and on its way; batches, attempts, reserves and drift. */
  @GetMapping("/api/admin/money")
  MoneyBody money() {
    Asked<PaymentsReport> settlement = asking.payments();
    return jdbc.sql(
            """
            select p.*, e.pending, greatest(p.unsettled::numeric - e.pending::numeric, 0)::text as held,
                   (select count(*) from event_publication) as waiting
              from (select count(*) as purses, coalesce(sum(balance), 0)::text as balance,
                           coalesce(sum(authorized), 0)::text as authorized,
                           coalesce(sum(spent), 0)::text as spent,
                           coalesce(sum(unsettled), 0)::text as unsettled,
                           count(*) filter (where unsettled > greatest(
                               least(authorized - spent, balance - leaving), 0)) as overdrawn
                      from purse) p,
                   (select coalesce(sum(pending), 0)::text as pending from earning) e\
            """)
        .query((row, _) ->
            new MoneyBody(
                row.getLong("purses"),
                capped(row.getString("balance")),
                capped(row.getString("authorized")),
                capped(row.getString("spent")),
                capped(row.getString("unsettled")),
                capped(row.getString("held")),
                capped(row.getString("pending")),
                row.getLong("overdrawn"),
                row.getLong("waiting"),
                settlement.answer(),
                settlement.words()))
        .single();
  }

  /** Sums of what each fits an amount may not: ceilings are often without a bound. */
  private static TokenAmount capped(String sum) {
    return TokenAmount.of(new BigInteger(sum).min(new BigInteger(TokenAmount.MAX.toString())));
  }

  /**
   * Requesters and their purses, by their wallets.
   *
   * @param after the wallet of the last one of the page before
   */
  @GetMapping("/api/admin/requesters")
  Page<AdminRequesterBody> requesters(
      @RequestParam(required = false) @Nullable String after,
      @RequestParam(defaultValue = PageSize.DEFAULT) PageSize limit) {
    WalletAddress from = Page.after(after, WalletAddress::new).orElse(null);
    List<AdminRequesterBody> found =
        jdbc.sql(
                """
                select requester, balance::text as balance, authorized::text as authorized, spent::text as spent,
                       leaving::text as leaving, unsettled::text as unsettled,
                       (select count(*) from open_job o where o.requester = p.requester) as open_jobs,
                       (select count(*) from api_key k where k.owner = p.requester and k.revoked_at is null) as keys
                  from purse p where requester > :after order by requester limit :limit\
                """)
            .param("after", from == null ? "" : from.hex())
            .param("limit", limit.andOneMore())
            .query((row, _) ->
                new AdminRequesterBody(
                    new WalletAddress(row.getString("requester")),
                    TokenAmount.parse(row.getString("balance")),
                    TokenAmount.parse(row.getString("authorized")),
                    TokenAmount.parse(row.getString("spent")),
                    TokenAmount.parse(row.getString("leaving")),
                    TokenAmount.parse(row.getString("unsettled")),
                    row.getLong("open_jobs"),
                    row.getLong("keys")))
            .list();
    return Page.of(found, limit);
  }
}
