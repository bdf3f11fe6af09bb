package dev.assay.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WalletAddressTests {
  @ParameterizedTest
  @ValueSource(
      strings = { // EIP-55's own examples
        "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
        "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
        "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
        "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
      })
  void for_people_the_case_is_a_checksum(String text) {
    assertThat(new WalletAddress(text).checksummed()).isEqualTo(text);
  }

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
