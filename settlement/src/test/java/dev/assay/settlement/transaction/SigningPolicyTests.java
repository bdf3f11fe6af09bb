package dev.assay.settlement.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Entry;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Call;
import dev.assay.protocol.deploy.Deployment;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SigningPolicyTests {
  private static final Deployment MARKET =
      new Deployment(31337, 0, wallet(1), wallet(2), wallet(3), wallet(4), wallet(5));
  private static final TokenAmount MOST = TokenAmount.of(1_000);

  private final SigningPolicy policy = new SigningPolicy(MARKET, MOST);

  private static WalletAddress wallet(int number) {
    return new WalletAddress("0x%040x".formatted(number));
  }

  private static Call settle(long first, long second) {
    return MARKET
        .escrowContract()
        .settle(
            Digest.ZERO,
            new Batch(
                Digest.ZERO,
                List.of(
                    new Entry(new AccountId(1), TokenAmount.of(first)),
                    new Entry(new AccountId(7), TokenAmount.of(second))),
                List.of(new Entry(new AccountId(2), TokenAmount.of(first + second)))));
  }

  @Test
  void what_this_service_needs_is_signed() {
    assertThat(
            List.of(
                settle(1, 2),
                MARKET.escrowContract().open(wallet(9)).call(),
                MARKET.escrowContract().payout(List.of(new AccountId(1))),
                MARKET.courtContract().pin(),
                MARKET.courtContract().draw(Digest.ZERO),
                MARKET.courtContract().close(Digest.ZERO),
                MARKET.stakeContract().claim(wallet(9)).call()))
        .allSatisfy(call -> assertThat(policy.objection(call, TokenAmount.ZERO)).isEmpty());
  }

  @Test
  void what_moves_money_otherwise_is_not() {
    var token = MARKET.tokenContract();
    assertThat(
            List.of(
                token.transfer(wallet(9), MOST),
                token.approve(wallet(9), MOST),
                MARKET.escrowContract().setLimit(MOST, MOST),
                MARKET.escrowContract().halt(0),
                MARKET.escrowContract().offerAccount(new AccountId(1), wallet(9)),
                MARKET.stakeContract().slash(wallet(9), MOST),
                MARKET.stakeContract().unbond(MOST),
                MARKET.courtContract().rule(Digest.ZERO, true),
                MARKET.courtContract().anchor(Digest.ZERO),
                new Call(wallet(9), settle(1, 2).data()),
                new Call(MARKET.stake(), settle(1, 2).data()),
                new Call(MARKET.escrow(), Bytes.EMPTY)))
        .allSatisfy(call -> assertThat(policy.objection(call, TokenAmount.ZERO)).isPresent());
  }

  @Test
  void no_random_call_is() {
    Random chance = new Random(20_261_125);
    for (int i = 0; i < 100_000; i++) {
      byte[] data = new byte[chance.nextInt(80)];
      chance.nextBytes(data);
      var call = new Call(wallet(1 + chance.nextInt(6)), Bytes.of(data));
      assertThat(policy.objection(call, TokenAmount.ZERO)).isPresent();
    }
  }

  @Test
  void settlements_of_a_day_have_a_cap_that_counts_what_the_bytes_take() {
    assertThat(policy.taken(settle(300, 200))).isEqualTo(TokenAmount.of(500));
    assertThat(policy.objection(settle(300, 200), TokenAmount.of(500))).isEmpty();
    assertThat(policy.objection(settle(300, 201), TokenAmount.of(500)))
        .hasValueSatisfying(reason -> assertThat(reason).contains("1001"));
  }

  @Test
  void what_takes_nothing_is_signed_also_when_the_cap_is_lower_than_what_was_taken() {
    TokenAmount more = MOST.plus(TokenAmount.of(1));
    assertThat(policy.objection(settle(1, 0), more)).isPresent();
    assertThat(policy.objection(MARKET.courtContract().draw(Digest.ZERO), more)).isEmpty();
    assertThat(policy.objection(MARKET.escrowContract().open(wallet(9)).call(), more)).isEmpty();
  }
}
