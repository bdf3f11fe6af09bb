package dev.assay.quickstart;

import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.Beacon;
import dev.assay.protocol.Digest;
import dev.assay.protocol.MerkleProof;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.quickstart.bench.Report;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.random.RandomGenerator;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What sealing and drawing an epoch take, by the classes with which the market does it. */
@Command(
    name = "draw",
    mixinStandardHelpOptions = true,
    description = {
      "An epoch of a million results on one core: leaves, tree, draw and proofs; leaves a second"
          + " and memory.",
      "Exits 1 if the part that is drawn is not the rate, or a proof does not prove."
    })
final class BenchDraw implements Callable<Integer> {
  private static final BasisPoints RATE = new BasisPoints(300);
  private static final long EPOCH = 7;
  private static final int WARM = 20_000;

  /** A draw that is fair misses by more than this once in 10⁸ runs. */
  private static final double DEVIATIONS = 5.7;

  @Mixin private BenchOptions options = new BenchOptions();

  @Option(names = "--leaves", defaultValue = "1000000", description = "default: ${DEFAULT-VALUE}")
  private int leaves;

  @Option(names = "--proofs", defaultValue = "100000", description = "default: ${DEFAULT-VALUE}")
  private int proofs;

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  @Override
  public Integer call() {
    if (leaves < 1 || leaves > MerkleTree.MAX_LEAVES || proofs < 1) {
      throw new Refusal(
          ExitCode.USAGE,
          "--leaves is 1 to %d, and --proofs 1 at least.".formatted(MerkleTree.MAX_LEAVES));
    }
    var chance = new SplittableRandom(options.seed());
    measure(new Report(""), WARM, WARM, chance.split()); // the compiler's share
    var report = new Report("an epoch of %,d results, one core".formatted(leaves));
    boolean isRight = measure(report, leaves, proofs, chance.split());
    report.print(spec.commandLine().getOut(), options.json());
    return !isRight || options.strict() && report.isMissed() ? 1 : 0;
  }

  private static boolean measure(Report report, int leaves, int proofs, RandomGenerator chance) {
    Digest[] hashes = new Digest[leaves];
    WalletAddress worker = new WalletAddress("0x" + "a1".repeat(20));
    WalletAddress requester = new WalletAddress("0x" + "b2".repeat(20));
    long began = cpu();
    for (int i = 0; i < leaves; i++) {
      TokenAmount price = TokenAmount.of(1 + chance.nextInt(1_000));
      hashes[i] = new SealLeaf(digest(chance), worker, requester, price, RATE).hash();
    }
    report.add("leaves hashed", rate(leaves, began), "leaves/s");
    Arrays.sort(hashes); // the market's come sorted, from an index
    long before = heap();
    began = cpu();
    var sequence = new MerkleTree.Ascending(leaves);
    for (Digest leaf : hashes) {
      sequence.add(leaf);
    }
    MerkleTree tree = sequence.tree();
    report.add("the tree is built", rate(leaves, began), "leaves/s");
    report.add("the tree takes", (heap() - before) / 1048576.0, "MiB");
    Beacon beacon = new Beacon(digest(chance));
    began = cpu();
    long drawn = 0;
    for (Digest leaf : hashes) {
      drawn += beacon.selects(EPOCH, leaf, RATE) ? 1 : 0;
    }
    report.add("leaves drawn", rate(leaves, began), "leaves/s");
    double part = RATE.value() / (double) BasisPoints.WHOLE.value();
    double missed = Math.abs(drawn - part * leaves) / Math.sqrt(leaves * part * (1 - part));
    report.add("drawn of them, at a rate of 3 %", 100.0 * drawn / leaves, "%");
    report.atMost("", "standard deviations from the rate", missed, "", DEVIATIONS);
    MerkleProof[] made = new MerkleProof[proofs];
    int[] ranks = chance.ints(proofs, 0, leaves).toArray();
    began = cpu();
    for (int i = 0; i < proofs; i++) {
      made[i] = tree.proof(hashes[ranks[i]]);
    }
    report.add("proofs made", rate(proofs, began), "proofs/s");
    began = cpu();
    long proved = 0;
    for (int i = 0; i < proofs; i++) {
      proved += made[i].proves(hashes[ranks[i]], tree.root()) ? 1 : 0;
    }
    report.add("proofs checked", rate(proofs, began), "proofs/s");
    report.atMost("", "proofs that do not prove", proofs - proved, "proofs", 0);
    return missed <= DEVIATIONS && proved == proofs;
  }

  private static Digest digest(RandomGenerator chance) {
    byte[] bytes = new byte[Digest.SIZE];
    chance.nextBytes(bytes);
    return Digest.of(bytes);
  }

  /** Of this thread: others may be busy on the machine. */
  private static long cpu() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  private static double rate(long count, long began) {
    return count / ((cpu() - began) / 1e9);
  }

  private static long heap() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
