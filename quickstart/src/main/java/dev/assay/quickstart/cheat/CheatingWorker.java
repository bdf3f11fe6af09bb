package dev.assay.quickstart.cheat;

import dev.assay.agent.hardware.BatteryRule;
import dev.assay.agent.hardware.Power;
import dev.assay.agent.key.SignOnceTable;
import dev.assay.agent.key.UnsentResults;
import dev.assay.agent.market.Market;
import dev.assay.agent.work.Catalogue;
import dev.assay.agent.work.Control;
import dev.assay.agent.work.PauseRules;
import dev.assay.agent.work.ResultPost;
import dev.assay.agent.work.Schedule;
import dev.assay.agent.work.WorkLoop;
import dev.assay.agent.work.WorkerHome;
import dev.assay.keystore.Keystore;
import dev.assay.keystore.Password;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.content.UnitPrice;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;

/**
 * A worker that cheats, in a process of its own: the whole agent, its loop, its keys and its
 * signatures, but another model. Only one whose answers are right offers to check others.
 */
public final class CheatingWorker {
  private static final String VERSION = "assay-worker/cheating";

  /** What the agent asks by default: who asks the same gets as much work. */
  public static final UnitPrice USUAL = new UnitPrice(TokenAmount.of(20_000));

  private CheatingWorker() {}

  /**
   * The agent's and what a cheat needs besides. Not that of this process: on a command line of some
   * ten thousand characters the native library of ONNX Runtime 1.29 dies as soon as it is loaded.
   *
   * @param agents the class path of the agent
   */
  public static String classPath(String agents) {
    return String.join(":", agents, placeOf(CheatingWorker.class), QuantisedModel.jar().toString());
  }

  private static String placeOf(Class<?> program) {
    return Path.of(
            URI.create(program.getProtectionDomain().getCodeSource().getLocation().toString()))
        .toString();
  }

  /**
   * @param arguments the market's URL, a home in which {@code wallet new} has made a session key,
   *     the wallet that it works for, how it cheats, the file in which answers are shown, what it
   *     asks for a million tokens
   */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    URI address = URI.create(arguments[0]);
    Path home = Path.of(arguments[1]);
    Cheat cheat = Cheat.valueOf(arguments[3]);
    UnitPrice ask = new UnitPrice(TokenAmount.parse(arguments[5]));
    Clock clock = Clock.systemUTC();
    SecureRandom chance = new SecureRandom();
    long pid = ProcessHandle.current().pid();
    LocalSigner key =
        Keystore.open(home.resolve("session-key.json"))
            .unlock(Password.read(home.resolve("password")));
    if (!(WorkerHome.open(home, pid) instanceof WorkerHome.Opening.Opened(WorkerHome opened))) {
      throw new IOException("The home " + home + " cannot be used.");
    }
    try (opened;
        var market = new Market(address, VERSION, clock, chance);
        var model =
            new CheatingModel(cheat, home.resolve("models"), Path.of(arguments[4]), chance);
        var post =
            new ResultPost(
                key,
                SignOnceTable.open(home.resolve("signed.log")),
                UnsentResults.open(home.resolve("unsent.jsonl")),
                clock)) {
      var plan =
          new WorkLoop.Plan(
              address,
              VERSION,
              pid,
              "local",
              ask,
              ask,
              1,
              cheat.isHonest(),
              Duration.ofSeconds(5),
              new WalletAddress(arguments[2]));
      var rules =
          new PauseRules(
              new Control(home),
              Schedule.ALWAYS,
              BatteryRule.ALWAYS,
              () -> Power.MAINS,
              clock,
              ZoneOffset.UTC);
      WorkLoop.Ending ending =
          new WorkLoop(
                  plan,
                  key,
                  market,
                  new Catalogue(List.of(model)),
                  post,
                  rules,
                  opened,
                  clock,
                  chance,
                  Thread::sleep,
                  (level, message, _) -> System.out.println(level + " " + message))
              .run();
      System.out.println(ending);
    }
  }
}
