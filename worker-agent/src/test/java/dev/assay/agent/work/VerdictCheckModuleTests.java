package dev.assay.agent.work;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.SignOnceTable.Claim;
import dev.assay.agent.work.VerdictCheck.Decision;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Domain;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.Verdict;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.ChatOutput;
import dev.assay.protocol.content.EmbeddingsInput;
import dev.assay.protocol.content.EmbeddingsOutput;
import dev.assay.protocol.content.JobOutput;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.content.VerificationCode;
import dev.assay.protocol.wire.ResultSubmission;
import dev.assay.protocol.wire.VerdictRequests.VerdictRequest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker signs as a member of a committee, and what it does not. */
class VerdictCheckModuleTests {
  private static final Domain COURT = new Domain(31337, wallet("c0"));
  private static final WalletAddress WORKER = wallet("ab");
  private static final LocalSigner SOMEBODY = LocalSigner.create(new Random(3));
  private static final EmbeddingsOutput RIGHT = EmbeddingsOutput.of(List.of(new float[] {3, 1}));
  private static final EmbeddingsOutput NEAR =
      EmbeddingsOutput.of(List.of(new float[] {3.000001f, 1}));
  private static final EmbeddingsOutput WRONG = EmbeddingsOutput.of(List.of(new float[] {3, 1.1f}));
  private static final Instant NOW = Instant.ofEpochSecond(1_795_780_800);

  @TempDir Path home;
  private SignOnceTable table;

  @BeforeEach
  void open() throws IOException {
    table = SignOnceTable.open(home.resolve("signed.log"));
  }

  @AfterEach
  void close() throws IOException {
    table.close();
  }

  /** A request in which another worker has answered wrongly and a third agrees with this one. */
  static VerdictRequest requestAbout(ResultSubmission own, Domain court) {
    var vectors = (EmbeddingsOutput) own.output();
    float[] first = vectors.vector(0);
    first[0] += 1;
    EmbeddingsOutput wrong =
        EmbeddingsOutput.of(
            java.util.stream.IntStream.range(0, vectors.count())
                .mapToObj(i -> i == 0 ? first : vectors.vector(i))
                .toList());
    return new VerdictRequest(
        like(own.attestation(), wallet("aa"), wrong, court),
        own,
        like(own.attestation(), wallet("bb"), own.output(), court),
        own.attestation().epoch(),
        0);
  }

  @Test
  void it_signs_what_its_own_result_and_the_reference_say() throws Exception {
    ResultSubmission own = signed(WORKER, NEAR);

    Verdict verdict =
        verdict(request(signed(wallet("aa"), WRONG), own, signed(wallet("bb"), RIGHT)));

    assertThat(verdict.attestation())
        .isEqualTo(signed(wallet("aa"), WRONG).attestation().digest(COURT));
    assertThat(verdict.referenceDigest()).isEqualTo(RIGHT.digest());
    assertThat(verdict.evidenceRoot()).isEqualTo(RIGHT.evidenceRoot());
    assertThat(verdict.verifier()).isEqualTo(WORKER);
    assertThat(verdict.round()).isEqualTo(1);
    assertThat(verdict.epoch()).isEqualTo(7);
    assertThat(verdict.issuedAt()).isEqualTo(own.attestation().issuedAt());
  }

  @Test
  void an_output_of_another_shape_is_invalid_too() throws Exception {
    var short_ = EmbeddingsOutput.of(List.of(new float[] {3}));
    var twice = EmbeddingsOutput.of(List.of(new float[] {3, 1}, new float[] {3, 1}));
    for (JobOutput shape :
        List.of(short_, twice, new ChatOutput("3, 1", ChatOutput.FinishReason.STOP))) {
      assertThat(
              verdict(
                  request(
                      signed(wallet("aa"), shape),
                      signed(WORKER, RIGHT),
                      signed(wallet("bb"), RIGHT))))
          .isNotNull();
    }
  }

  @Test
  void it_does_not_sign_against_what_it_has_found_itself() throws Exception {
    assertThat(
            declined(
                request(
                    signed(wallet("aa"), NEAR),
                    signed(WORKER, RIGHT),
                    signed(wallet("bb"), WRONG))))
        .isEqualTo("By its own result the accused one is not invalid.");
  }

  @Test
  void it_does_not_sign_with_a_reference_that_it_does_not_agree_with() throws Exception {
    assertThat(
            declined(
                request(
                    signed(wallet("aa"), RIGHT),
                    signed(WORKER, WRONG),
                    signed(wallet("bb"), NEAR))))
        .isEqualTo("Its own result does not agree with the reference.");
  }

  @Test
  void what_is_said_to_be_its_own_result_must_be_one_that_it_has_signed() throws Exception {
    ResultSubmission never = submission(WORKER, WRONG, 7, COURT);
    assertThat(declined(request(signed(wallet("aa"), RIGHT), never, signed(wallet("bb"), WRONG))))
        .isEqualTo("What is said to be its own result was not signed here.");

    ResultSubmission own = signed(WORKER, RIGHT);
    ResultSubmission changed = submission(WORKER, WRONG, 7, COURT);
    assertThat(changed.ref()).isEqualTo(own.ref());
    assertThat(declined(request(signed(wallet("aa"), RIGHT), changed, signed(wallet("bb"), WRONG))))
        .isEqualTo("What is said to be its own result was not signed here.");
    assertThat(
            declined(
                request(
                    signed(wallet("aa"), RIGHT),
                    signed(wallet("dd"), WRONG),
                    signed(wallet("bb"), WRONG))))
        .isEqualTo("What is said to be its own result was not signed here.");
  }

  @Test
  void an_output_that_its_worker_has_not_committed_to_is_no_evidence() throws Exception {
    ResultSubmission own = signed(WORKER, RIGHT);
    ResultSubmission accused = signed(wallet("aa"), RIGHT);
    ResultSubmission reference = signed(wallet("bb"), RIGHT);
    assertThat(declined(request(with(accused, WRONG), own, reference)))
        .isEqualTo("An output is not the one that its worker has committed to.");
    assertThat(
            declined(
                request(
                    signed(wallet("aa"), WRONG), own, with(signed(wallet("bb"), WRONG), RIGHT))))
        .isEqualTo("An output is not the one that its worker has committed to.");
    assertThat(declined(request(signed(wallet("aa"), WRONG), with(own, NEAR), reference)))
        .isEqualTo("An output is not the one that its worker has committed to.");
  }

  @Test
  void nobody_judges_itself_nor_another_input_or_epoch() throws Exception {
    ResultSubmission own = signed(WORKER, RIGHT);
    ResultSubmission reference = signed(wallet("bb"), RIGHT);
    assertThat(declined(request(own, own, reference))).isEqualTo("Nobody judges itself.");
    ResultSubmission other = submission(wallet("aa"), WRONG, 7, COURT, "another text");
    assertThat(declined(request(other, own, reference)))
        .isEqualTo("The results are not of one input, model, profile and method.");
    assertThat(declined(request(submission(wallet("aa"), WRONG, 8, COURT), own, reference)))
        .isEqualTo("The accused result belongs into another epoch.");
  }

  private Verdict verdict(VerdictRequest request) throws IOException {
    return switch (VerdictCheck.of(request, WORKER, table, COURT)) {
      case Decision.Sign(Verdict verdict) -> verdict;
      case Decision.Decline(String why) -> throw new AssertionError(why);
    };
  }

  private String declined(VerdictRequest request) throws IOException {
    return switch (VerdictCheck.of(request, WORKER, table, COURT)) {
      case Decision.Sign(Verdict verdict) -> throw new AssertionError(verdict);
      case Decision.Decline(String why) -> why;
    };
  }

  private static VerdictRequest request(
      ResultSubmission accused, ResultSubmission own, ResultSubmission reference) {
    return new VerdictRequest(accused, own, reference, 7, 1);
  }

  /** A result that stands in the table. */
  private ResultSubmission signed(WalletAddress worker, JobOutput output) throws IOException {
    ResultSubmission result = submission(worker, output, 7, COURT);
    Digest digest = result.attestation().digest(COURT);
    table.admit(List.of(new Claim(result.ref(), digest, digest)), NOW);
    return result;
  }

  private static ResultSubmission with(ResultSubmission result, JobOutput output) {
    return new ResultSubmission(
        result.attestation(), result.signature(), result.outputSalt(), output);
  }

  private static ResultSubmission submission(
      WalletAddress worker, JobOutput output, long epoch, Domain court) {
    return submission(worker, output, epoch, court, "a text");
  }

  private static ResultSubmission submission(
      WalletAddress worker, JobOutput output, long epoch, Domain court, String text) {
    var asked =
        new ResultAttestation(
            Digest.keccak256(worker.toBytes()),
            1,
            Digest.keccak256((byte) 1),
            worker,
            KnownModels.ALL_MINILM_L6_V2.digest(),
            ProfileClass.F32_CPU.digest(),
            new EmbeddingsInput(List.of(text)).digest(),
            Digest.ZERO,
            Digest.ZERO,
            Digest.ZERO,
            VerificationCode.TOLERANCE_VECTOR.number(),
            3,
            0,
            epoch,
            NOW.getEpochSecond());
    return like(asked, worker, output, court);
  }

  /** The same work by somebody else, with this output. */
  private static ResultSubmission like(
      ResultAttestation work, WalletAddress worker, JobOutput output, Domain court) {
    Digest job = Digest.keccak256(worker.toBytes());
    var opening = new OutputOpening(job, 1, worker, Digest.keccak256((byte) 5), output.digest());
    var attestation =
        new ResultAttestation(
            job,
            1,
            work.assignment(),
            worker,
            work.modelDigest(),
            work.profileDigest(),
            work.inputDigest(),
            opening.commitment(),
            output.evidenceRoot(),
            Digest.ZERO,
            work.method(),
            work.inputUnits(),
            work.outputUnits(),
            work.epoch(),
            work.issuedAt());
    return new ResultSubmission(
        attestation, SOMEBODY.sign(attestation, court), opening.salt(), output);
  }

  private static WalletAddress wallet(String pair) {
    return new WalletAddress("0x" + pair.repeat(20));
  }
}
