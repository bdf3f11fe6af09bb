package dev.assay.quickstart.cheat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.backend.Answer;
import dev.assay.agent.backend.OnnxEmbeddings;
import dev.assay.protocol.Digest;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.OutputComparison;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The workers that cheat in a bench do cheat, by the thresholds that a market goes by. */
class CheatingModelModuleTests {
  private static final Digest MODEL = KnownModels.ALL_MINILM_L6_V2.digest();
  private static final List<EmbeddingsInput> INPUTS =
      List.of(
          new EmbeddingsInput(List.of("to test metal for its worth")),
          new EmbeddingsInput(List.of("a market for answers", "of machines that nobody controls")));

  @TempDir static Path store;

  @Test
  void each_is_flagged_on_every_input_and_who_only_shows_its_answers_on_none() throws Exception {
    var chance = new Random(7);
    Path shown = store.resolve("shown");
    try (var honest = new OnnxEmbeddings(store)) {
      // Who shows its answers first: there is something to copy then.
      for (Cheat cheat : List.of(Cheat.values()).reversed()) {
        try (var model = new CheatingModel(cheat, store, shown, chance)) {
          for (EmbeddingsInput input : INPUTS) {
            Answer right = honest.run(MODEL, input);
            Answer claim = model.run(MODEL, input);
            assertThat(flags(claim, right)).as("%s: %s", cheat, input).isEqualTo(!cheat.isHonest());
            assertThat(claim.inputUnits()).isPositive();
          }
        }
      }
    }
  }

  private static boolean flags(Answer claim, Answer right) {
    return new OutputComparison(MODEL, ProfileClass.F32_CPU)
            .assess(MODEL, claim.output(), right.output())
        instanceof Assessment.Flag;
  }
}
