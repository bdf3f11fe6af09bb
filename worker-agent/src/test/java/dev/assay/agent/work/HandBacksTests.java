package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.market.Reply.Answered;
import dev.assay.agent.market.Reply.Deferred;
import dev.assay.agent.market.Reply.Refused;
import dev.assay.agent.market.Reply.SignedOut;
import dev.assay.protocol.wire.HandBack;
import dev.assay.protocol.wire.HandBack.Reason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandBacksTests {
  private final List<String> said = new ArrayList<>();
  private final HandBacks handBacks = new HandBacks((level, message, _) -> said.add(message));

  @Test
  void they_go_in_order_and_each_leaves_with_its_answer() {
    handBacks.add(Samples.ref(1), Reason.LEAVING, "The worker stops.");
    handBacks.add(Samples.ref(2), Reason.FAILED, "It has no memory left.");
    assertThat(handBacks.next().attempt()).isEqualTo(Samples.ref(1));

    handBacks.heard(new Answered<>("", null));

    assertThat(handBacks.next())
        .isEqualTo(new HandBack(Samples.ref(2), Reason.FAILED, "It has no memory left."));
    assertThat(handBacks.count()).isEqualTo(2);
  }

  @Test
  void one_that_gets_no_answer_is_tried_three_times_and_the_next_has_three_of_its_own() {
    handBacks.add(Samples.ref(1), Reason.LEAVING, "The worker stops.");
    handBacks.add(Samples.ref(2), Reason.LEAVING, "The worker stops.");

    assertThat(handBacks.refs()).containsExactly(Samples.ref(1), Samples.ref(2));
    for (int job = 1; job <= 2; job++) {
      handBacks.heard(new Deferred<>("nobody answers", Duration.ZERO, null));
      handBacks.heard(new SignedOut<>("who asks?", null));
      assertThat(handBacks.next().attempt()).isEqualTo(Samples.ref(job));
      handBacks.heard(new Deferred<>("nobody answers", Duration.ZERO, null));
      assertThat(handBacks.refs()).doesNotContain(Samples.ref(job));
    }

    assertThat(handBacks.isEmpty()).isTrue();
  }

  @Test
  void one_that_is_refused_is_not_tried_again() {
    handBacks.add(Samples.ref(1), Reason.LEAVING, "The worker stops.");

    handBacks.heard(new Refused<>("The lease is another's.", true, "", null));

    assertThat(handBacks.isEmpty()).isTrue();
    assertThat(said).containsExactly("A hand-back was refused: The lease is another's.");
  }

  @Test
  void a_runtime_that_says_too_much_is_cut_short() {
    handBacks.add(Samples.ref(1), Reason.FAILED, "no ".repeat(1_000));

    assertThat(handBacks.next().because()).hasSize(HandBack.MAX_WORDS);
  }
}
