package dev.assay.settlement.transaction;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.deploy.Deployment;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.Set;

/**
 * The last thing before a signature: only our contracts, only the functions that this service
 * needs, never ether, and of settlements not more in a day than was agreed. It reads the bytes that
 * are to be signed, not what whoever made them says of them.
 */
final class SigningPolicy {
  private static final int SELECTOR = 4;
  private static final int WORD = 32;
  private static final int ENTRY = 12;

  private final Deployment market;
  private final Set<Bytes> ofEscrow = EscrowContract.serviceSelectors();
  private final Set<Bytes> ofStake = StakeContract.serviceSelectors();
  private final Set<Bytes> ofCourt = CourtContract.serviceSelectors();
  private final TokenAmount mostPerDay;

  SigningPolicy(Deployment market, TokenAmount mostPerDay) {
    this.market = market;
    this.mostPerDay = mostPerDay;
  }

  /**
   * Why it must not be signed; nothing if it may.
   *
   * @param takenToday by settlements signed in the last 24 hours
   */
  Optional<String> objection(Call call, TokenAmount takenToday) {
    if (call.data().size() < SELECTOR) {
      return Optional.of("it calls no function");
    }
    Bytes selector = selector(call);
    Set<Bytes> allowed =
        call.to().equals(market.escrow())
            ? ofEscrow
            : call.to().equals(market.stake())
                ? ofStake
                : call.to().equals(market.court()) ? ofCourt : Set.of();
    if (!allowed.contains(selector)) {
      return Optional.of(
          "function %s of %s is not among those that are signed".formatted(selector, call.to()));
    }
    TokenAmount takes = taken(call);
    TokenAmount after = takenToday.plus(takes);
    return takes.isZero() || after.compareTo(mostPerDay) <= 0
        ? Optional.empty()
        : Optional.of(
            "settlements of 24 hours would take %s, and %s is the most; see settlement.sender"
                .formatted(after, mostPerDay));
  }

  /** The sum of a settlement's debits; nothing for any other call. */
  TokenAmount taken(Call call) {
    if (!call.to().equals(market.escrow())
        || !selector(call).equals(EscrowContract.settleSelector())) {
      return TokenAmount.ZERO;
    }
    // settle(bytes32 parent, bytes32 root, bytes debits, bytes credits)
    byte[] arguments = Arrays.copyOfRange(call.data().toBytes(), SELECTOR, call.data().size());
    int start = number(arguments, 2 * WORD);
    int length = number(arguments, start);
    TokenAmount taken = TokenAmount.ZERO;
    for (int at = start + WORD; at < start + WORD + length; at += ENTRY) {
      long amount = ByteBuffer.wrap(arguments, at + Integer.BYTES, Long.BYTES).getLong();
      taken = taken.plus(TokenAmount.of(new BigInteger(Long.toUnsignedString(amount))));
    }
    return taken;
  }

  private static Bytes selector(Call call) {
    return Bytes.of(Arrays.copyOf(call.data().toBytes(), SELECTOR));
  }

  private static int number(byte[] arguments, int at) {
    return new BigInteger(1, Arrays.copyOfRange(arguments, at, at + WORD)).intValueExact();
  }
}
