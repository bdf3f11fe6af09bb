package dev.assay.settlement.reconcile;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.platform.Halts;
import dev.assay.settlement.watch.Bond;
import dev.assay.settlement.watch.EscrowAccount;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/**
 * What is owed and what is held, for everyone: as of a final block, with the contracts to read it
 * from oneself.
 */
@RestController
class ReservesController {
  private final Reconciliations found;
  private final Deployment market;
  private final Halts halts;
  private final LedgerPages pages;

  ReservesController(Reconciliations found, Market market, Halts halts, LedgerPages pages) {
    this.found = found;
    this.pages = pages;
    this.market = market.deployment();
    this.halts = halts;
  }

  /** Amounts are decimal strings of atomic units. */
  record Reserves(
      long chainId,
      WalletAddress escrow,
      WalletAddress stake,
      WalletAddress token,
      long block,
      String blockHash,
      Instant comparedAt,
      String owed,
      String held,
      String bonded,
      String atStake,
      List<String> drift,
      Map<String, String> halts) {}

  @GetMapping("/api/proof-of-reserves")
  ResponseEntity<Reserves> reserves() {
    return found
        .last()
        .map(last ->
            ResponseEntity.ok(
                new Reserves(
                    market.chainId(),
                    market.escrow(),
                    market.stake(),
                    market.token(),
                    last.block(),
                    last.hash(),
                    last.at(),
                    last.owed().toString(),
                    last.held().toString(),
                    last.bonded().toString(),
                    last.atStake().toString(),
                    last.drift(),
                    halts.reasons())))
        .orElse(ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).build());
  }

  /**
   * The accounts of the Escrow as our ledger has them.
   *
   * @param after the last one seen; none for the first page
   */
  @GetMapping("/api/proof-of-reserves/accounts")
  ResponseEntity<LedgerPages.Page<EscrowAccount>> accounts(@RequestParam Optional<Long> after) {
    return answer(pages.accounts(after.map(AccountId::new)));
  }

  /**
   * The bonds of the Stake as our ledger has them.
   *
   * @param after the last worker seen; none for the first page
   */
  @GetMapping("/api/proof-of-reserves/bonds")
  ResponseEntity<LedgerPages.Page<Bond>> bonds(@RequestParam Optional<String> after) {
    return answer(pages.bonds(after.map(WalletAddress::new).orElse(WalletAddress.ZERO)));
  }

  /** What is no account or no wallet. */
  @ExceptionHandler
  ProblemDetail refuse(IllegalArgumentException wrong) {
    return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, wrong.getMessage());
  }

  private static <T> ResponseEntity<T> answer(Optional<T> page) {
    return page.map(ResponseEntity::ok)
        .orElse(ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE).build());
  }
}
