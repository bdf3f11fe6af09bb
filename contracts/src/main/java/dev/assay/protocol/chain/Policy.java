package dev.assay.protocol.chain;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.TokenAmount;
import java.time.Duration;
import java.util.List;

/**
 * The Court's constants, fixed at deployment. {@code types/Types.sol} says what each is for.
 *
 * @param maxAge of sealed evidence; like all durations here, whole seconds
 * @param window to appeal
 * @param ruling to rule on an appeal
 * @param drawDelay blocks from a seal to the one whose hash the beacon takes
 * @param revealWindow blocks in which the operator must then reveal
 * @param penalty of the bond, for each judged case
 * @param compensation of the job's price, to whom the offence harmed
 */
public record Policy(
    Duration maxAge,
    Duration window,
    Duration ruling,
    long drawDelay,
    long revealWindow,
    BasisPoints penalty,
    BasisPoints compensation,
    TokenAmount minPenalty,
    TokenAmount appealFee,
    TokenAmount verifierFee,
    TokenAmount verifierBond) {
  /** In this order, as the contract holds them: durations in seconds. */
  public List<Long> numbers() {
    return List.of(
        maxAge.toSeconds(),
        window.toSeconds(),
        ruling.toSeconds(),
        drawDelay,
        revealWindow,
        (long) penalty.value(),
        (long) compensation.value(),
        minPenalty.toBigInteger().longValueExact(),
        appealFee.toBigInteger().longValueExact(),
        verifierFee.toBigInteger().longValueExact(),
        verifierBond.toBigInteger().longValueExact());
  }
}
