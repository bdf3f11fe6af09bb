package dev.assay.marketplace.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.assay.protocol.WalletAddress;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class WishesTests {
  private static final WalletAddress WORKER =
      new WalletAddress("0x00000000000000000000000000000000b01a0001");

  @Test
  void a_member_said_twice_counts_twice_against_the_bound() {
    List<WalletAddress> most = Collections.nCopies(Wishes.MOST, WORKER);
    List<WalletAddress> tooMany = Collections.nCopies(Wishes.MOST + 1, WORKER);

    assertThat(Wishes.of(null, most, most, null, null).only()).containsExactly(WORKER);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wishes.of(null, tooMany, null, null, null))
        .withMessageContaining("at most 64 members");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Wishes.of(null, null, tooMany, null, null));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> Wishes.of(null, null, null, Collections.nCopies(Wishes.MOST + 1, "eu"), null));
  }
}
