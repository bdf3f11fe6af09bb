package dev.assay.quickstart;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Purse;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.TokenContract;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Holds settlement's ledger against the chain, from outside: the ledger as settlement publishes it,
 * the contracts' storage as the node shows it, both as of the same block.
 */
@Command(
    name = "reconcile",
    mixinStandardHelpOptions = true,
    description = {
      "Compares settlement's ledger with the chain, balance by balance; exits 1 if one differs.",
      "Without options it asks what assay up runs."
    })
final class ReconcileCommand implements Callable<Integer> {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final int DRIFT = 1;

  @Mixin private HomeOption home = new HomeOption();

  @Option(
      names = "--settlement",
      defaultValue = "",
      paramLabel = "URL",
      description = "of settlement's own port")
  private String settlement = "";

  @Option(names = "--rpc", defaultValue = "", paramLabel = "URL", description = "of an EVM node")
  private String rpc = "";

  @Spec
  @SuppressWarnings("NullAway.Init") // picocli sets it before call()
  private CommandSpec spec;

  private int compared;
  private int different;

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    String ledger = address(settlement, "settlement");
    var chain = new LocalChain(URI.create(address(rpc, "evm-node")));
    try (var http = HttpClient.newHttpClient()) {
      JsonNode reserves = get(http, ledger, "/api/proof-of-reserves");
      requireSameChain(chain, reserves);
      out.printf(
          "%-6s %-58s %22s %22s%n", "", "as of block " + reserves.path("block"), "ledger", "chain");
      long accounts = compareAccounts(http, ledger, chain, reserves, out);
      compareBonds(http, ledger, chain, reserves, out);
      compareSums(chain, reserves, accounts, out);
      for (JsonNode drift : reserves.path("drift")) {
        different++;
        out.println("DRIFT  settlement itself says: " + drift.asString());
      }
      reserves
          .path("halts")
          .properties()
          .forEach(
              halt -> out.printf("HALT   %s: %s%n", halt.getKey(), halt.getValue().asString()));
    }
    out.printf("%d balances compared, %d differ%n", compared, different);
    return different == 0 ? 0 : DRIFT;
  }

  private String address(String given, String part) {
    if (!given.isEmpty()) {
      return given;
    }
    return RunningMarket.in(home.directory())
        .map(running -> running.addresses().get(part))
        .orElseThrow(() ->
            new Refusal(
                ExitCode.UNAVAILABLE,
                "Nothing runs in %s. Start it with ./assay up, or give --settlement and --rpc."
                    .formatted(home.directory())));
  }

  private static void requireSameChain(LocalChain chain, JsonNode reserves) {
    long ours = reserves.path("chainId").asLong();
    long its = asked(chain::chainId);
    if (ours != its) {
      throw new Refusal(
          ExitCode.CONFIGURATION,
          "The node is of chain %d, and settlement works on chain %d.".formatted(its, ours));
    }
  }

  private long compareAccounts(
      HttpClient http, String ledger, LocalChain chain, JsonNode reserves, PrintWriter out)
      throws InterruptedException {
    var escrow = new EscrowContract(wallet(reserves.path("escrow")));
    long seen = 0;
    JsonNode page = get(http, ledger, "/api/proof-of-reserves/accounts");
    while (!page.path("lines").isEmpty()) {
      long block = page.path("block").asLong();
      for (JsonNode line : page.path("lines")) {
        AccountId id = new AccountId(line.path("id").asLong());
        Purse purse = asked(() -> chain.read(escrow.purse(id), block));
        EscrowContract.Holder holder = asked(() -> chain.read(escrow.holder(id), block));
        String name = "account %s of %s".formatted(id, line.path("owner").asString());
        tell(out, name + ": owner", line.path("owner").asString(), holder.owner().hex());
        tell(out, name + ": balance", line.path("balance").asString(), purse.balance());
        tell(out, name + ": spent", line.path("spent").asString(), purse.spent());
        tell(out, name + ": authorized", line.path("authorized").asString(), purse.authorized());
        tell(out, name + ": earned", line.path("earned").asString(), purse.earned());
        tell(out, name + ": leaving", line.path("leaving").asString(), holder.leaving());
        seen = id.number();
      }
      page = get(http, ledger, "/api/proof-of-reserves/accounts?after=" + seen);
    }
    return seen;
  }

  private void compareBonds(
      HttpClient http, String ledger, LocalChain chain, JsonNode reserves, PrintWriter out)
      throws InterruptedException {
    var stake = new StakeContract(wallet(reserves.path("stake")));
    JsonNode page = get(http, ledger, "/api/proof-of-reserves/bonds");
    while (!page.path("lines").isEmpty()) {
      long block = page.path("block").asLong();
      String last = "";
      for (JsonNode line : page.path("lines")) {
        last = line.path("worker").asString();
        var worker = new WalletAddress(last);
        StakeContract.Bond bond = asked(() -> chain.read(stake.bondOf(worker), block));
        String name = "bond of " + worker;
        tell(out, name + ": bonded", line.path("bonded").asString(), bond.bonded());
        tell(out, name + ": thawing", line.path("thawing").asString(), bond.thawing());
        tell(out, name + ": frozen", line.path("frozen").asString(), bond.frozen());
      }
      page = get(http, ledger, "/api/proof-of-reserves/bonds?after=" + last);
    }
  }

  private void compareSums(
      LocalChain chain, JsonNode reserves, long accountsInLedger, PrintWriter out) {
    long block = reserves.path("block").asLong();
    var escrow = new EscrowContract(wallet(reserves.path("escrow")));
    var stake = new StakeContract(wallet(reserves.path("stake")));
    var token = new TokenContract(wallet(reserves.path("token")));
    long accounts = asked(() -> chain.read(escrow.count(), block)).number();
    BigInteger owed = BigInteger.ZERO;
    for (long id = 0; id <= accounts; id++) {
      var account = new AccountId(id);
      Purse purse = asked(() -> chain.read(escrow.purse(account), block));
      owed = owed.add(purse.balance().toBigInteger()).add(purse.earned().toBigInteger());
    }
    BigInteger held =
        asked(() -> chain.read(token.balanceOf(escrow.address()), block)).toBigInteger();
    BigInteger atStake =
        asked(() -> chain.read(token.balanceOf(stake.address()), block)).toBigInteger();
    BigInteger bonded = asked(() -> chain.read(stake.totalBonded(), block)).toBigInteger();
    tell(out, "the newest account", "" + accountsInLedger, accounts);
    tell(out, "owed by the Escrow, the sum of all accounts", text(reserves, "owed"), owed);
    tell(out, "held by the Escrow", text(reserves, "held"), held);
    tell(out, "held by the Stake", text(reserves, "atStake"), atStake);
    covers(out, "the Escrow holds what it owes", held, owed);
    covers(
        out,
        "the Stake holds what it owes, by the ledger",
        atStake,
        new BigInteger(text(reserves, "bonded")));
    covers(out, "the Stake holds all bonds, by the chain", atStake, bonded);
  }

  private void tell(PrintWriter out, String what, String ledger, Object chain) {
    boolean isSame = ledger.equals(chain.toString());
    row(out, isSame, what, ledger, chain.toString());
  }

  private void covers(PrintWriter out, String what, BigInteger held, BigInteger owed) {
    row(out, held.compareTo(owed) >= 0, what, owed.toString(), held.toString());
  }

  private void row(PrintWriter out, boolean isRight, String what, String ledger, String chain) {
    compared++;
    different += isRight ? 0 : 1;
    out.printf("%-6s %-58s %22s %22s%n", isRight ? "ok" : "DRIFT", what, ledger, chain);
  }

  private static String text(JsonNode reserves, String member) {
    return reserves.path(member).asString();
  }

  private static WalletAddress wallet(JsonNode address) {
    return new WalletAddress(address.asString());
  }

  /** The node forgets the state of old blocks, at a restart at once. */
  private static <R> R asked(Callable<R> question) {
    try {
      return question.call();
    } catch (Exception e) {
      throw new Refusal(ExitCode.UNAVAILABLE, "The EVM node does not answer: " + e.getMessage(), e);
    }
  }

  private static JsonNode get(HttpClient http, String settlement, String path)
      throws InterruptedException {
    try {
      var request =
          HttpRequest.newBuilder(URI.create(settlement + path))
              .timeout(Duration.ofSeconds(30))
              .build();
      var response = http.send(request, BodyHandlers.ofByteArray());
      if (response.statusCode() != 200) {
        throw new Refusal(
            ExitCode.UNAVAILABLE,
            "Settlement has compared nothing yet, or cannot (HTTP %d). Try again in a minute."
                .formatted(response.statusCode()));
      }
      return JSON.readTree(response.body());
    } catch (IOException e) {
      throw new Refusal(
          ExitCode.UNAVAILABLE, "Settlement does not answer at %s.".formatted(settlement), e);
    }
  }
}
