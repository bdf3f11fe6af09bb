package dev.assay.settlement.reconcile;

import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.platform.Halts;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
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

  ReservesController(Reconciliations found, Market market, Halts halts) {
    this.found = found;
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
}
