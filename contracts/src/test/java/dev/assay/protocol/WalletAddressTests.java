package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalletAddressTests {
  @Test
  void mixed_case_and_lower_case_name_the_same_wallet() {
    assertThat(new WalletAddress("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"))
        .isEqualTo(new WalletAddress("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "0x",
        "5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaedd",
        "0X5aaeb6053f3e94c9b9a09f33669435e7ef1beaed",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae\u0000",
        "0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae٣"
      })
  void anything_else_is_refused(String text) {
    assertThatThrownBy(() -> new WalletAddress(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("40 hexadecimal digits");
  }
}
