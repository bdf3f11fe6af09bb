package dev.assay.protocol.verification;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.Digest;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.VerificationMethod.LatticeDigest;
import dev.assay.protocol.verification.VerificationMethod.ToleranceVector;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CalibrationTests {
  static final String GOOD =
      """
      # a comment
      model = 0x%s
      profile = f32-cpu
      tolerance-vector.max-distance = 1.0E-5
      lattice-digest.projections = 32
      lattice-digest.step = 1.0E-4
      honest.max-distance = 6.0E-7
      honest.pairs = 3000
      cheat.min-distance = 4.0E-4
      cheat.pairs = 10
      command = a command
      """
          .formatted("ab".repeat(32));

  @Test
  void a_file_says_thresholds_and_what_they_rest_on() {
    Calibration calibration = parse(GOOD);

    assertThat(calibration.method()).isEqualTo(new ToleranceVector(1e-5));
    assertThat(calibration.lattice()).isEqualTo(new LatticeDigest(32, 1e-4));
    assertThat(calibration.flagRateBound()).isEqualTo(1e-3);
  }

  @Test
  void any_change_of_the_file_changes_the_digest_that_jobs_sign() {
    var other = parse(GOOD.replace("a comment", "another"));

    assertThat(other.thresholds(other.method()).digest())
        .isNotEqualTo(parse(GOOD).thresholds(other.method()).digest());
  }

  @ParameterizedTest
  @CsvSource({
    "honest.pairs = 3000, honest.pairs = 0",
    "honest.pairs = 3000, honest.pairs = many",
    "honest.pairs = 3000, ''",
    "honest.pairs = 3000, honest.pears = 3000",
    "honest.pairs = 3000, honest.pairs 3000",
    "command = a command, command =",
    "profile = f32-cpu, profile = f32",
    "honest.max-distance = 6.0E-7, honest.max-distance = 1.0E-5",
    "honest.max-distance = 6.0E-7, honest.max-distance = NaN",
    "honest.max-distance = 6.0E-7, honest.max-distance = -1",
    "cheat.min-distance = 4.0E-4, cheat.min-distance = 1.0E-5",
    "cheat.min-distance = 4.0E-4, cheat.min-distance = Infinity",
    "tolerance-vector.max-distance = 1.0E-5, tolerance-vector.max-distance = 0",
    "# a comment, more = 1",
    "# a comment, honest.pairs = 3000",
  })
  void a_file_that_says_too_little_too_much_or_nonsense_is_refused(String line, String instead) {
    assertThat(GOOD).contains(line);
    assertThatThrownBy(() -> parse(GOOD.replace(line, instead)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void the_shipped_calibration_is_the_known_models_and_parts_honest_from_cheating_widely() {
    Calibration shipped =
        Calibration.of(KnownModels.ALL_MINILM_L6_V2.digest(), ProfileClass.F32_CPU).orElseThrow();

    assertThat(1e-5 / shipped.honestMax()).isGreaterThan(3);
    assertThat(shipped.method()).isEqualTo(new ToleranceVector(1e-5));
    assertThat(shipped.cheatMin() / 1e-5).isGreaterThan(5);
    assertThat(shipped.command()).contains("mvn");
    assertThat(Calibration.of(KnownModels.ALL_MINILM_L6_V2.digest(), ProfileClass.LLM)).isEmpty();
  }

  @Test
  void a_job_asks_for_the_strict_replay_by_its_thresholds_and_a_stranger_knows_them()
      throws IOException {
    Digest model = KnownModels.ALL_MINILM_L6_V2.digest();
    Calibration shipped = Calibration.of(model, ProfileClass.F32_CPU).orElseThrow();
    Digest strict = shipped.strict().digest();

    assertThat(Calibration.isStrict(model, strict)).isTrue();
    assertThat(Calibration.isStrict(model, shipped.thresholds(shipped.method()).digest()))
        .isFalse();
    assertThat(Calibration.isStrict(Digest.ZERO, strict)).isFalse();
    assertThat(Files.readString(Path.of("../docs/examples/check-receipt.mjs")))
        .contains("const STRICT = ['" + strict + "']");
  }

  private static Calibration parse(String text) {
    return Calibration.parse(text.getBytes(StandardCharsets.UTF_8));
  }
}
