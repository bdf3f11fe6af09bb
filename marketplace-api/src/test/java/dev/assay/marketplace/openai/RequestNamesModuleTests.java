package dev.assay.marketplace.openai;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.MarketModuleTest;
import dev.assay.marketplace.identity.Caller;
import dev.assay.marketplace.identity.Caller.Audience;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;

@MarketModuleTest
class RequestNamesModuleTests {
  private final RequestNames names;
  private final Caller caller =
      new Caller(
          new WalletAddress("0x" + "ab".repeat(20)),
          Audience.REQUESTER,
          Optional.empty(),
          Optional.empty(),
          Set.of());
  private final Digest name =
      Digest.keccak256(UUID.randomUUID().toString().getBytes(StandardCharsets.UTF_8));

  RequestNamesModuleTests(@Autowired RequestNames names) {
    this.names = names;
  }

  private RequestNames.Named first() {
    return names.first(caller, name, UUID.randomUUID());
  }

  private RequestNames.Named again() {
    return names.again(caller, name, Optional.empty(), UUID.randomUUID());
  }

  @Test
  void what_was_sent_again_is_let_go_by_whoever_sent_it_last() {
    RequestNames.Named first = first();
    RequestNames.Named again = again();
    assertThat(again.standsFor()).isEqualTo(first.standsFor());

    assertThat(names.letGo(first)).isFalse();
    assertThat(names.isLetGo(again)).isFalse();
    assertThat(names.letGo(again)).isTrue();
    assertThat(names.isLetGo(again)).isTrue();
  }

  @Test
  void what_a_name_stands_for_no_longer_is_wanted_by_nobody_of_that_name() {
    RequestNames.Named first = first();
    RequestNames.Named joined = again();
    RequestNames.Named another = first();

    assertThat(names.letGo(first)).isTrue();
    assertThat(names.isLetGo(joined)).isTrue();
    assertThat(names.isLetGo(another)).isFalse();
    assertThat(names.instead(joined, UUID.randomUUID()).standsFor()).isEqualTo(another.standsFor());
  }

  @Test
  void of_two_who_joined_what_came_to_nothing_both_find_what_comes_instead() {
    RequestNames.Named first = first();
    RequestNames.Named joined = again();
    RequestNames.Named other = again();
    assertThat(names.letGo(other)).isTrue();
    RequestNames.Named anew = names.instead(joined, UUID.randomUUID());
    assertThat(anew.standsFor()).isNotEqualTo(first.standsFor());

    assertThat(names.isLetGo(other)).isTrue();
    assertThat(names.instead(other, UUID.randomUUID()).standsFor()).isEqualTo(anew.standsFor());
  }
}
