package dev.assay.marketplace.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.marketplace.audit.VerifierSet.Candidate;
import dev.assay.protocol.Digest;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.VerifierEntry;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ProfileClass;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class VerifierSetTests {
  private static final TokenAmount UNIT = TokenAmount.of(100);

  private static Candidate candidate(int number, long stake, ProfileClass... profiles) {
    return new Candidate(
        new WalletAddress("0x%040x".formatted(number)),
        TokenAmount.of(stake),
        new TreeSet<>(List.of(profiles)));
  }

  @Test
  void each_whole_unit_of_bond_is_an_entry_and_less_than_one_is_none() {
    var set =
        VerifierSet.of(
            List.of(
                candidate(1, 350, ProfileClass.F32_CPU),
                candidate(2, 99, ProfileClass.F32_CPU),
                candidate(3, 100, ProfileClass.F32_CPU),
                candidate(4, 1_000)),
            UNIT);
    assertThat(set.entries())
        .extracting(entry -> entry.verifier().hex().substring(41))
        .containsExactly("1", "1", "1", "3");
  }

  @Test
  void the_same_stakes_make_the_same_set_in_whatever_order_they_come() {
    var one = candidate(1, 250, ProfileClass.F32_CPU);
    var two = candidate(2, 300, ProfileClass.F16, ProfileClass.F32_CPU);
    assertThat(VerifierSet.of(List.of(one, two), UNIT).root())
        .isEqualTo(VerifierSet.of(List.of(two, one), UNIT).root());
  }

  @Test
  void entries_are_numbered_in_all_and_within_their_profile() {
    var set =
        VerifierSet.of(
            List.of(
                candidate(1, 300, ProfileClass.F16, ProfileClass.F32_CPU),
                candidate(2, 200, ProfileClass.F32_CPU)),
            UNIT);
    assertThat(set.entries()).extracting(VerifierEntry::index).containsExactly(0L, 1L, 2L, 3L, 4L);
    for (ProfileClass profile : List.of(ProfileClass.F16, ProfileClass.F32_CPU)) {
      List<VerifierEntry> own =
          set.entries().stream()
              .filter(entry -> entry.profileDigest().equals(profile.digest()))
              .toList();
      assertThat(own)
          .extracting(VerifierEntry::rank)
          .containsExactlyElementsOf(
              IntStream.range(0, own.size()).mapToObj(rank -> (long) rank).toList());
      assertThat(own).allMatch(entry -> entry.ofProfile() == own.size());
    }
  }

  @Test
  void however_much_is_at_stake_the_set_is_bounded_and_nobody_falls_out() {
    var set =
        VerifierSet.of(
            List.of(
                candidate(1, Long.MAX_VALUE, ProfileClass.F32_CPU),
                candidate(2, 100, ProfileClass.F32_CPU)),
            UNIT);
    assertThat(set.entries()).hasSizeBetween(2, VerifierSet.MOST);
    assertThat(set.entries()).anyMatch(entry -> entry.verifier().hex().endsWith("2"));
  }

  @Test
  void nobody_makes_a_root_of_zero() {
    assertThat(VerifierSet.of(List.of(), UNIT).root()).isEqualTo(Digest.ZERO);
  }
}
