package dev.assay.protocol.admin;

import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How payments stand, as settlement has it.
 *
 * @param waitingJobs that are cleared and in no batch
 * @param waitingAmount their prices in sum, in atomic units
 * @param waitingSince when the oldest of them was cleared; null if none waits
 * @param openBatches that are closed and not settled on chain
 * @param batches the newest first, 20 at most
 * @param onItsWay what is to be sent or is sent and not final, the oldest first, 50 at most
 * @param reserves as last compared; null before the first comparison
 * @param halts why nothing new is sent, and warnings, by the part that found them
 */
public record PaymentsReport(
    Instant at,
    long waitingJobs,
    String waitingAmount,
    @Nullable Instant waitingSince,
    long openBatches,
    List<Paid> batches,
    List<ChainErrand> onItsWay,
    @Nullable Reserves reserves,
    Map<String, String> halts) {
  public PaymentsReport {
    batches = List.copyOf(batches);
    onItsWay = List.copyOf(onItsWay);
    halts = Map.copyOf(halts);
  }

  /**
   * What one transaction settles.
   *
   * @param head of the Escrow after it
   * @param state {@code CLOSED}, {@code SETTLED} or {@code VOID}
   * @param taken from purses
   * @param given to workers
   * @param transaction once it is final; null before, as is {@code block}
   */
  public record Paid(
      long number,
      Digest head,
      int jobs,
      TokenAmount taken,
      TokenAmount given,
      String state,
      Instant closedAt,
      @Nullable Digest transaction,
      @Nullable Long block) {}

  /**
   * Our ledger held against the chain; sums are in atomic units.
   *
   * @param owed to all accounts of the Escrow, by our ledger
   * @param held by the Escrow, in the token
   * @param bonded by all workers, with what can be claimed, by our ledger
   * @param atStake held by the Stake, in the token
   * @param drift what differs; nothing if they agree
   */
  public record Reserves(
      long block,
      Digest blockHash,
      Instant comparedAt,
      String owed,
      String held,
      String bonded,
      String atStake,
      List<String> drift) {
    public Reserves {
      drift = List.copyOf(drift);
    }
  }
}
