package dev.assay.quickstart;

import dev.assay.protocol.content.ModelManifest;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.VerificationCode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How an API process is run.
 *
 * @param jvmOptions after our own, so that they win
 * @param settings environment variables
 */
record ApiSetup(List<String> jvmOptions, Map<String, String> settings) {
  /** Small, and quick to start. */
  static final ApiSetup OF_A_DEVELOPER = new ApiSetup(List.of(), Map.of());

  /**
   * As on a server: the whole compiler and a heap to match. All load comes from one address and few
   * accounts, so the limits that are made for strangers are out of the way.
   */
  static final ApiSetup OF_A_SERVER =
      new ApiSetup(
              List.of("-XX:TieredStopAtLevel=4", "-Xmx1g"),
              Map.of(
                  "MARKETPLACE_IDENTITY_RATES_PERADDRESS", "60000000",
                  "MARKETPLACE_IDENTITY_RATES_REQUESTER", "60000000",
                  "MARKETPLACE_IDENTITY_RATES_WORKER", "60000000"))
          .withoutEpochs();

  /** Results are drawn and checked while one waits, and whoever has the usual bond may check. */
  static final ApiSetup AUDITED_SOON =
      OF_A_SERVER
          .with("MARKETPLACE_AUDIT_VERIFIERBOND", DevelopmentAccounts.GIFT.toString())
          .with("MARKETPLACE_AUDIT_EPOCHAGE", "10s")
          .with("MARKETPLACE_AUDIT_EPOCHSIZE", "100000")
          .with("MARKETPLACE_AUDIT_SPREAD", "2s");

  ApiSetup {
    jvmOptions = List.copyOf(jvmOptions);
    settings = Map.copyOf(settings);
  }

  /** A market that knows this language model beside those that every market knows. */
  ApiSetup serving(ModelManifest model) {
    ApiSetup setup =
        with("MARKETPLACE_MODELS_0_NAME", model.name())
            .with("MARKETPLACE_MODELS_0_KIND", model.kind().name())
            .with("MARKETPLACE_MODELS_0_CONTEXT", String.valueOf(model.contextUnits()))
            .with("MARKETPLACE_MODELS_0_PROFILES", ProfileClass.LLM.name())
            .with("MARKETPLACE_MODELS_0_METHOD", VerificationCode.LOGPROB_SPOT.name());
    for (int i = 0; i < model.files().size(); i++) {
      ModelManifest.ModelFile file = model.files().get(i);
      String name = "MARKETPLACE_MODELS_0_FILES_" + i;
      setup =
          setup
              .with(name + "_PATH", file.path())
              .with(name + "_SIZE", String.valueOf(file.size()))
              .with(name + "_SHA256", file.sha256().toString());
    }
    return setup;
  }

  /** For measurements that end with the result: no epoch closes meanwhile. */
  ApiSetup withoutEpochs() {
    return with("MARKETPLACE_AUDIT_EPOCHAGE", "365d")
        .with("MARKETPLACE_AUDIT_EPOCHSIZE", String.valueOf(Integer.MAX_VALUE));
  }

  ApiSetup with(String setting, String value) {
    Map<String, String> more = new HashMap<>(settings);
    more.put(setting, value);
    return new ApiSetup(jvmOptions, more);
  }

  ApiSetup withJvmOption(String option) {
    List<String> more = new ArrayList<>(jvmOptions);
    more.add(option);
    return new ApiSetup(more, settings);
  }
}
