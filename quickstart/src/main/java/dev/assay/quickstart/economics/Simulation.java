package dev.assay.quickstart.economics;

import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.OutputOpening;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.audit.Quarantine;
import dev.assay.protocol.audit.Ruling;
import dev.assay.protocol.audit.TrackRecord;
import dev.assay.protocol.content.KnownModels;
import dev.assay.protocol.content.ProfileClass;
import dev.assay.protocol.verification.Assessment;
import dev.assay.protocol.verification.Calibration;
import dev.assay.protocol.verification.Evidence;
import dev.assay.protocol.verification.VerificationMethod;
import dev.assay.protocol.verification.VerificationMethod.Canary;
import dev.assay.quickstart.economics.Life.Means;
import dev.assay.quickstart.economics.Life.Place;
import dev.assay.quickstart.economics.Life.Strategy;
import dev.assay.quickstart.economics.Verifiers.Case;
import dev.assay.quickstart.economics.Verifiers.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.DoubleStream;

/**
 * Plays every way to cheat that we know of against the rules that decide in the market: rates,
 * draws, comparisons, rulings and quarantines are the production classes, given made-up answers
 * whose differences are those that were measured.
 */
public final class Simulation {
  private static final Strategy HONEST = (record, job, chance) -> false;
  private static final Strategy ALWAYS = (record, job, chance) -> true;
  private static final int HORIZON = 10_000;
  private static final int VERIFIERS = 2_000;
  private static final TrackRecord OLD = new TrackRecord(1_000, 1_000, 0);

  private final Calibration calibration =
      Calibration.of(KnownModels.ALL_MINILM_L6_V2.digest(), ProfileClass.F32_CPU).orElseThrow();

  private final VerificationMethod method = calibration.method();
  private final RandomGenerator chance;
  private final Answers answers;
  private final Place fair;
  private final long honestJobs;
  private final int lives;
  private final List<SimulatedResult> results = new ArrayList<>();

  /**
   * @param seed the same seed gives the same table
   * @param honestJobs how many jobs honest workers do
   * @param lives how many workers try each strategy
   */
  public Simulation(long seed, long honestJobs, int lives) {
    this.chance = new SplittableRandom(seed);
    this.answers = new Answers(calibration, chance);
    this.honestJobs = honestJobs;
    this.lives = lives;
    this.fair = place(Kind.HONEST, 0);
  }

  /** All lines of the table. */
  public List<SimulatedResult> run() {
    honest();
    lazy();
    loses("substituting", lives, Means.SUBSTITUTED, ALWAYS);
    loses("cheats in 1 of 10", lives, Means.SUBSTITUTED, (r, job, c) -> c.nextInt(10) == 0);
    rare();
    milking(1_000);
    milking(5_000);
    whitewashing();
    copying();
    for (double share : new double[] {0.1, 0.2, 0.33}) {
      colluding(share);
      framing(share);
    }
    lazyVerifier();
    griefing();
    faultyProfile();
    faultyNodes();
    return List.copyOf(results);
  }

  private Place place(Kind kind, double part) {
    var verifiers = Verifiers.of(VERIFIERS, VERIFIERS / 2, kind, part, method, answers, chance);
    return new Place(verifiers, method, answers, chance);
  }

  private Life life(Place place, TrackRecord record, Strategy strategy, Means means) {
    return new Life(place, worker(), record, strategy, means, false);
  }

  private WalletAddress worker() {
    return Answers.wallet(chance.nextLong(1L << 40) + 10_000_000);
  }

  // --- honest workers --------------------------------------------------------------------------

  /** A tenth of the verifiers is hostile to them. */
  private void honest() {
    Place place = place(Kind.HOSTILE, 0.1);
    long jobs = 0;
    long audits = 0;
    long committees = 0;
    long mistrials = 0;
    long slashes = 0;
    while (jobs < honestJobs) {
      Life life = life(place, TrackRecord.NEW, HONEST, Means.MADE).live(HORIZON);
      jobs += life.jobs;
      audits += life.audits;
      committees += life.committees;
      mistrials += life.mistrials;
      slashes += life.isConvicted ? 1 : 0;
    }
    add(
        "honest, 10 % of verifiers hostile",
        "%d slashed in %,d jobs (rate below %.1e, 95 %%); %d committees, %d verdicts overturned"
            .formatted(slashes, jobs, 3.0 / jobs, committees, mistrials),
        "0 slashed",
        slashes == 0);
    double share = (double) audits / jobs;
    add(
        "honest",
        "%.2f %% of jobs audited over %,d jobs of each".formatted(100 * share, HORIZON),
        "≤ 4 %",
        share <= 0.04);
  }

  // --- cheating workers ------------------------------------------------------------------------

  private void lazy() {
    int atFirst = 0;
    for (int i = 0; i < lives; i++) {
      atFirst +=
          life(fair, TrackRecord.NEW, ALWAYS, Means.MADE).live(HORIZON).convictedAt == 1 ? 1 : 0;
    }
    add("lazy, new", "%d of %d caught at job 1".formatted(atFirst, lives), "all", atFirst == lives);
    int count = 20 * lives;
    int[] caught = new int[count];
    for (int i = 0; i < count; i++) {
      caught[i] = life(fair, OLD, ALWAYS, Means.MADE).live(HORIZON).convictedAt;
    }
    add(
        "lazy, after 1000 passes",
        "caught at job %d (half), %d (95 %%)".formatted(at(caught, 0.5), at(caught, 0.95)),
        "≤ 100 (95 %)",
        at(caught, 0.95) <= 100);
  }

  /** Earns less than an honest worker does with the same jobs. */
  private List<Life> loses(String name, int count, Means means, Strategy strategy) {
    List<Life> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(life(fair, TrackRecord.NEW, strategy, means).live(HORIZON));
    }
    addProfit(name, all);
    return all;
  }

  private void addProfit(String name, List<Life> all) {
    double profit = mean(all.stream().mapToDouble(life -> (double) life.profit() / Life.PRICE));
    double honest =
        mean(all.stream().mapToDouble(life -> (double) life.honestProfit() / Life.PRICE));
    double caught = mean(all.stream().mapToDouble(life -> life.isConvicted ? 1 : 0));
    add(
        name,
        "%.1f prices against %.1f; %.0f %% caught".formatted(profit, honest, 100 * caught),
        "less than honest",
        profit < honest);
  }

  private void rare() {
    List<Life> all =
        loses("cheats in 1 of 50", lives, Means.SUBSTITUTED, (r, job, c) -> c.nextInt(50) == 0);
    int[] caught =
        all.stream().mapToInt(life -> life.isConvicted ? life.convictedAt : HORIZON).toArray();
    double bad = mean(all.stream().mapToDouble(life -> life.paidCheats));
    add(
        "cheats in 1 of 50",
        "caught at job %d (half); %.1f wrong answers paid".formatted(at(caught, 0.5), bad),
        "≤ 150 (half); ≤ 10",
        at(caught, 0.5) <= 150 && bad <= 10);
  }

  private void milking(int honestBefore) {
    String name = "milks its record after %d jobs".formatted(honestBefore);
    List<Life> all = loses(name, lives, Means.SUBSTITUTED, (record, job, c) -> job >= honestBefore);
    double bad = mean(all.stream().mapToDouble(life -> life.paidCheats));
    add(
        name,
        "%.1f wrong answers paid, %.1f given"
            .formatted(bad, mean(all.stream().mapToDouble(life -> life.cheats))),
        "≤ 1/floor = 33 paid",
        bad <= 1 / 0.03);
  }

  private void whitewashing() {
    int identities = 10 * lives;
    long profit = 0;
    int passed = 0;
    for (int i = 0; i < identities; i++) {
      Life life = life(fair, TrackRecord.NEW, ALWAYS, Means.MADE).live(HORIZON);
      profit += life.profit();
      passed += life.record.audits() > life.record.failures() ? 1 : 0;
    }
    add(
        "Sybil, lazy, a new identity after each slash",
        "%.1f prices an identity; %d of %,d passed an audit (below %.1e, 95 %%)"
            .formatted(
                (double) profit / Life.PRICE / identities, passed, identities, 3.0 / identities),
        "below 0; none passes",
        profit < 0 && passed == 0);
    List<Life> patient = new ArrayList<>();
    for (int i = 0; i < lives; i++) {
      patient.add(
          life(fair, TrackRecord.NEW, (r, job, c) -> r.passes() >= 20, Means.SUBSTITUTED)
              .live(HORIZON));
    }
    double mean = mean(patient.stream().mapToDouble(life -> (double) life.profit() / Life.PRICE));
    add(
        "Sybil, honest for 20 passes each time",
        "%.1f prices an identity".formatted(mean),
        "below 0",
        mean < 0);
  }

  /** Sees the commitments of others before it must send its own. */
  private void copying() {
    int opened = 0;
    int trials = 50 * lives;
    for (int i = 0; i < trials; i++) {
      Digest job = answers.digest();
      Digest output = answers.digest();
      Digest salt = answers.digest();
      Digest copied = new OutputOpening(job, 1, worker(), salt, output).commitment();
      // After the reveal it knows all that was hidden, and its own commitment is what it is.
      opened +=
          new OutputOpening(job, 1, worker(), salt, output).commitment().equals(copied) ? 1 : 0;
    }
    add("copying", "%d of %,d opened".formatted(opened, trials), "0", opened == 0);
    loses("copying", lives, Means.COPIED, ALWAYS);
  }

  // --- verifiers -------------------------------------------------------------------------------

  private void colluding(double share) {
    Place place = place(Kind.FRIEND, share);
    List<Life> all = new ArrayList<>();
    for (int i = 0; i < lives; i++) {
      all.add(
          new Life(place, worker(), TrackRecord.NEW, ALWAYS, Means.SUBSTITUTED, true)
              .live(HORIZON));
    }
    addProfit("with %.0f %% of verifiers in its ring".formatted(100 * share), all);
  }

  /** A ring that says of honest answers that they are wrong. */
  private void framing(double share) {
    int trials = 100 * lives;
    int convicted = 0;
    int upheld = 0;
    // Another set of verifiers now and then: one set has a share of its own.
    Verifiers verifiers = place(Kind.HOSTILE, share).verifiers();
    for (int i = 0; i < trials; i++) {
      if (i % 100 == 0) {
        verifiers = place(Kind.HOSTILE, share).verifiers();
      }
      float[] truth = answers.truth();
      Evidence claim = Evidence.ofVectors(List.of(answers.honest(truth)));
      var seen = new Case(answers.digest(), claim, truth, false);
      if (verifiers.firstCommittee(seen, worker(), new Beacon(answers.digest()))
          == Ruling.REJECTED) {
        convicted++;
        upheld +=
            method.assess(seen.leaf(), claim, Evidence.ofVectors(List.of(truth)))
                    instanceof Assessment.Pass
                ? 0
                : 1;
      }
    }
    // Half of those in the general seats have the worker's profile as well.
    double expected = 0;
    for (int general = 0; general <= Beacon.GENERAL_SEATS; general++) {
      for (int own = 0; own <= Beacon.PROFILE_SEATS; own++) {
        if (general + own >= 5) {
          double enoughOfProfile = 0;
          for (int i = Math.max(0, 2 - own); i <= general; i++) {
            enoughOfProfile += binomial(i, general, 0.5);
          }
          expected +=
              binomial(general, Beacon.GENERAL_SEATS, share)
                  * binomial(own, Beacon.PROFILE_SEATS, share)
                  * Math.min(1, enoughOfProfile);
        }
      }
    }
    double rate = (double) convicted / trials;
    double deviation = Math.sqrt(expected * (1 - expected) / trials);
    add(
        "%.0f %% of verifiers against an honest worker".formatted(100 * share),
        "first verdict wrong %.2e, binomial %.2e; after appeal %d of %,d"
            .formatted(rate, expected, upheld, trials),
        "within 3 σ; 0 after appeal",
        Math.abs(rate - expected) <= 3 * deviation && upheld == 0);
  }

  /**
   * A verifier that somehow sees the worker's numbers and repeats them without computing; 3 % of
   * its audits are known to be of wrong answers.
   */
  private void lazyVerifier() {
    var known = new Canary(method);
    int count = 200 * lives;
    int[] removed = new int[count];
    double profit = 0;
    double honest = 0;
    for (int i = 0; i < count; i++) {
      int audits = 0;
      boolean isRemoved = false;
      while (!isRemoved) {
        audits++;
        if (chance.nextDouble() < 0.03) {
          float[] truth = answers.truth();
          Evidence repeated = Evidence.ofVectors(List.of(answers.substituted(truth)));
          var accepted = new Evidence.Reveals(List.of(Evidence.ofVectors(List.of(truth))));
          isRemoved = known.assess(Digest.ZERO, repeated, accepted) instanceof Assessment.Flag;
        }
      }
      removed[i] = audits;
      profit += audits - 50.0;
      honest += audits * 0.2;
    }
    add(
        "lazy verifier that accepts all",
        "%.1f fees against %.1f; removed after %d audits (95 %%)"
            .formatted(profit / count, honest / count, at(removed, 0.95)),
        "less than honest; ≤ 100 (95 %)",
        profit < honest && at(removed, 0.95) <= 100);
    int accused = 0;
    int found = 0;
    for (int i = 0; i < lives; i++) {
      float[] truth = answers.truth();
      Evidence claim = Evidence.ofVectors(List.of(answers.honest(truth)));
      Evidence junk = Evidence.ofVectors(List.of(answers.made()));
      var seen = new Case(answers.digest(), claim, truth, false);
      if (method.assess(seen.leaf(), claim, junk) instanceof Assessment.Flag) {
        accused++;
        found +=
            fair.verifiers().firstCommittee(seen, worker(), new Beacon(answers.digest()))
                    == Ruling.CLEARED
                ? 1
                : 0;
      }
    }
    add(
        "lazy verifier that makes numbers up",
        "%d of %d contradicted by the first committee".formatted(found, lives),
        "all",
        accused == lives && found == lives);
  }

  private void griefing() {
    int lost = 0;
    double griefer = 0;
    for (int i = 0; i < lives; i++) {
      float[] truth = answers.truth();
      Evidence claim = Evidence.ofVectors(List.of(answers.honest(truth)));
      var seen = new Case(answers.digest(), claim, truth, false);
      Ruling ruling = fair.verifiers().firstCommittee(seen, worker(), new Beacon(answers.digest()));
      lost += ruling == Ruling.CLEARED ? 0 : 1;
      griefer -= ruling == Ruling.CLEARED ? 14 : 0; // twice the fees of seven
    }
    add(
        "requester disputes honest results",
        "%.1f fees a dispute; %d of %d workers lost anything"
            .formatted(griefer / lives, lost, lives),
        "below 0; none",
        griefer < 0 && lost == 0);
  }

  // --- a fault that is nobody's ----------------------------------------------------------------

  /** A fifth of the fleet, all of one profile, computes wrong. */
  private void faultyProfile() {
    var verifiers = Verifiers.withFaultyProfile(VERIFIERS, VERIFIERS / 5, method, answers);
    int slashed = 0;
    for (int i = 0; i < 10 * lives; i++) {
      slashed += auditFaulty(verifiers, false) == Ruling.REJECTED ? 1 : 0;
    }
    add(
        "platform fault in a profile of its own",
        "%d of %,d faulty answers led to a case".formatted(slashed, 10 * lives),
        "0",
        slashed == 0);
  }

  private Ruling auditFaulty(Verifiers verifiers, boolean isQuarantined) {
    float[] truth = answers.truth();
    Evidence claim = Evidence.ofVectors(List.of(answers.faulty(truth)));
    var seen = new Case(answers.digest(), claim, truth, false);
    return verifiers.audit(seen, worker(), new Beacon(answers.digest()), isQuarantined).ruling();
  }

  /**
   * A fifth of the nodes of one profile, of workers as of verifiers. Five reference nodes, of which
   * a fifth are faulty too, run each flagged job as well, against the arbiter. A case is open for
   * two days before anything is taken; so long the market goes on.
   */
  private void faultyNodes() {
    int fleets = Math.max(100, lives / 20); // of a dozen, one in twenty is the worst of all
    int[] until = new int[fleets];
    int slashed = 0;
    int cases = 0;
    for (int fleet = 0; fleet < fleets; fleet++) {
      Verifiers verifiers = place(Kind.FAULTY, 0.2).verifiers();
      var quarantine = Quarantine.NONE;
      int open = 0;
      int audits = 0;
      while (!quarantine.isOn() && audits < 1_000) {
        audits++;
        if (chance.nextInt(5) > 0) {
          continue; // of a worker without the fault; it passes
        }
        Ruling ruling = auditFaulty(verifiers, quarantine.isOn());
        open += ruling == Ruling.REJECTED ? 1 : 0;
        for (int node = 0; node < 5; node++) {
          float[] truth = answers.truth();
          float[] own = chance.nextInt(5) == 0 ? answers.faulty(truth) : answers.honest(truth);
          quarantine =
              quarantine.after(
                  method.assess(
                          Digest.ZERO,
                          Evidence.ofVectors(List.of(own)),
                          Evidence.ofVectors(List.of(truth)))
                      instanceof Assessment.Pass);
        }
      }
      until[fleet] = audits;
      cases += open;
      // What was open when the quarantine began is dropped; without one it is slashed.
      slashed += quarantine.isOn() ? 0 : open;
    }
    add(
        "platform fault in 20 % of the nodes of a profile",
        "%d slashed, %d cases dropped; quarantine after %d audits (95 %%)"
            .formatted(slashed, cases, at(until, 0.95)),
        "0 slashed; ≤ 50 audits (95 %)",
        slashed == 0 && at(until, 0.95) <= 50);
  }

  // ---------------------------------------------------------------------------------------------

  private void add(String strategy, String measured, String target, boolean isMet) {
    results.add(new SimulatedResult(strategy, measured, target, isMet));
  }

  private static int at(int[] numbers, double part) {
    int[] sorted = numbers.clone();
    Arrays.sort(sorted);
    return sorted[Math.min(sorted.length - 1, (int) (part * sorted.length))];
  }

  private static double mean(DoubleStream numbers) {
    return numbers.average().orElseThrow();
  }

  private static double binomial(int k, int n, double share) {
    double ways = 1;
    for (int j = 0; j < k; j++) {
      ways = ways * (n - j) / (j + 1);
    }
    return ways * Math.pow(share, k) * Math.pow(1 - share, n - k);
  }
}
