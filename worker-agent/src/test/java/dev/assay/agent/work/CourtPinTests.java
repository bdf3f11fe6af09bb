package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.assay.protocol.Domain;
import dev.assay.protocol.WalletAddress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CourtPinTests {
  private static final Domain COURT = new Domain(31_337, new WalletAddress("0x" + "c0".repeat(20)));
  private static final Domain OTHER = new Domain(31_337, new WalletAddress("0x" + "c1".repeat(20)));

  @TempDir Path home;

  @Test
  void the_first_court_is_kept_and_another_is_refused_by_every_later_process() throws Exception {
    assertThat(new CourtPin(home).objection(COURT)).isEmpty();

    assertThat(new CourtPin(home).objection(COURT)).isEmpty();
    assertThat(new CourtPin(home).objection(OTHER)).get().asString().contains("another court");
  }

  @Test
  void a_file_that_cannot_be_read_any_more_ends_nobody_who_has_read_it() throws Exception {
    var pin = new CourtPin(home);
    assertThat(pin.objection(COURT)).isEmpty();
    Files.writeString(home.resolve("court.json"), "{");

    assertThat(pin.objection(COURT)).isEmpty();
    assertThat(pin.objection(OTHER)).isPresent();
    assertThatThrownBy(() -> new CourtPin(home).objection(COURT)).isInstanceOf(IOException.class);
  }
}
