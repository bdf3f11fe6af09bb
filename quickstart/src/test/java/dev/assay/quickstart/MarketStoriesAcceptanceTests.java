package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.TokenAmount;
import dev.assay.quickstart.MarketStage.Anyone;
import dev.assay.quickstart.MarketStage.Chain;
import dev.assay.quickstart.MarketStage.PostedJob;
import dev.assay.quickstart.MarketStage.Requester;
import dev.assay.quickstart.MarketStage.Worker;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the market is for, told by those who use it: production processes, one market for all
 * stories. That everybody leaves with what is theirs when the operator is gone, {@link
 * BuyAcceptanceTests} tells.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MarketStoriesAcceptanceTests {
  @TempDir static Path folder;

  private static MarketStage stage;
  private static Requester requester;
  private static Worker cheatingWorker;
  private static Worker contestingWorker;
  private static Chain chain;
  private static Anyone anyone;

  @BeforeAll
  static void open() throws Exception {
    stage = MarketStage.open(folder);
    requester = stage.requester();
    cheatingWorker = stage.cheatingWorker();
    contestingWorker = stage.contestingWorker();
    chain = stage.chain();
    anyone = stage.anyone();
  }

  @AfterAll
  static void close() {
    stage.close();
  }

  @Test
  @Order(1)
  void a_paid_job_ends_in_a_receipt() throws Exception {
    PostedJob job = requester.posts("To promote the Progress of Science and useful Arts");
    assertThat(job.isAnsweredRight()).isTrue();

    chain.settles(job);

    assertThat(anyone.verifies(requester.receiptOf(job))).isEqualTo(VerifyCommand.ON_CHAIN);
    assertThat(requester.hasSpent()).isEqualTo(job.price());
  }

  @Test
  @Order(2)
  void a_cheating_worker_is_slashed_and_the_job_done_by_another() throws Exception {
    TokenAmount spent = requester.hasSpent();
    String text = "To establish Post Offices and post Roads";
    List<PostedJob> wrong = requester.postsTo(cheatingWorker.returnsNoise(), text);
    assertThat(wrong).noneMatch(PostedJob::isAnsweredRight);

    long judged = chain.hasCasesAgainst(cheatingWorker);
    PostedJob right = requester.posts(text);
    assertThat(right.isAnsweredRight()).isTrue();
    assertThat(right.worker()).isNotEqualTo(cheatingWorker.wallet());

    chain.settles(right);
    chain.passesChallengeWindow();
    chain.closesCasesAgainst(cheatingWorker);
    TokenAmount price = wrong.getFirst().price();
    assertThat(cheatingWorker.lost())
        .isGreaterThanOrEqualTo(cheatingWorker.atStake().share(chain.penalty()).times(judged));
    assertThat(requester.wasCompensated()).isEqualTo(price.times(2).times(judged));
    assertThat(requester.hasSpent())
        .as("for what could not be judged, and for the right one")
        .isEqualTo(spent.plus(price.times(wrong.size() - judged)).plus(right.price()));
  }

  @Test
  @Order(3)
  void an_appeal_on_which_nobody_rules_leaves_the_stake_untouched() throws Exception {
    List<PostedJob> jobs = requester.postsTo(contestingWorker.answersLazily(), "To declare War");
    assertThat(jobs).noneMatch(PostedJob::isAnsweredRight);
    assertThat(chain.hasCasesAgainst(contestingWorker)).isPositive();

    contestingWorker.appeals();
    chain.passesChallengeWindow();
    chain.passesTimeForARuling();

    chain.closesCasesAgainst(contestingWorker);
    assertThat(contestingWorker.lost()).isEqualTo(TokenAmount.ZERO);
  }

  @Test
  @Order(4)
  void a_job_whose_worker_dies_is_done_by_another() throws Exception {
    Worker dying = stage.honestWorker(1);
    dying.hangs();
    List<PostedJob> jobs =
        requester.postsToAnyOf(dying, stage.honestWorker(2), "To coin Money, regulate the Value");
    dying.dies();

    assertThat(jobs).allMatch(PostedJob::isAnsweredRight);
    assertThat(jobs).noneMatch(job -> job.worker().equals(dying.wallet()));
    assertThat(jobs).anyMatch(job -> job.attempt() > 1);
    jobs.forEach(chain::settles);
  }

  @Test
  @Order(5)
  void what_a_reorganisation_takes_back_is_sent_again_and_paid_once() throws Exception {
    TokenAmount spent = requester.hasSpent();
    PostedJob job = requester.posts("To constitute Tribunals inferior to the supreme Court");
    chain.settlesAndTakesItBack(job);

    chain.settles(job);

    assertThat(requester.hasSpent()).isEqualTo(spent.plus(job.price()));
    assertThat(anyone.verifies(requester.receiptOf(job))).isEqualTo(VerifyCommand.ON_CHAIN);
    assertThat(anyone.reconciles()).isTrue();
  }

  @Test
  @Order(6)
  void questions_are_answered_by_the_sentence_that_is_nearest_in_meaning() throws Exception {
    requester.buysTheConstitution();

    assertThat(requester.asks("How old must somebody be to become President?"))
        .contains("Article II, Section 1", "the Age of thirty five Years");
    assertThat(requester.asks("When does the Vice President vote in the Senate?"))
        .contains("Article I, Section 3", "unless they be equally divided");
    assertThat(requester.asks("May the police search my house without a warrant?"))
        .contains("Amendment IV", "unreasonable searches and seizures");
  }
}
