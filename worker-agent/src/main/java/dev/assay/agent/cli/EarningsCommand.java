package dev.assay.agent.cli;

import dev.assay.agent.market.ForeignText;
import dev.assay.agent.market.Market;
import dev.assay.agent.market.MarketTerms;
import dev.assay.agent.market.Reply;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.wire.SessionAnswer;
import dev.assay.protocol.wire.WorkerAccount;
import java.math.BigDecimal;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;

/** {@code earnings}: how the worker stands with the market. */
@Command(
    name = "earnings",
    description = "Asks the market what the worker has earned, and what it has at stake.",
    exitCodeListHeading = "Exit codes:%n",
    exitCodeList = {
      "0:told",
      "69:the market does not answer",
      "76:the market refuses the session key",
      "78:a setting is missing or malformed, or the key cannot be opened"
    })
final class EarningsCommand implements Callable<Integer> {
  private final Surroundings surroundings;

  @Mixin private final HomeOptions home = new HomeOptions();
  @Mixin private final MarketOptions options = new MarketOptions();

  @Option(names = "--json", description = "One JSON object, for programs.")
  private boolean json;

  EarningsCommand(Surroundings surroundings) {
    this.surroundings = surroundings;
  }

  @Override
  public Integer call() throws InterruptedException {
    Settings settings =
        Settings.resolve(
            options.given(), home.home, surroundings.environment(), surroundings.userHome());
    LocalSigner key = new Wallets(surroundings, settings).unlock(Wallets.Key.SESSION);
    try (Market market = MarketLink.open(surroundings, settings)) {
      MarketTerms terms = body(market.terms());
      SessionAnswer session = body(market.signIn(key, terms.chainId()));
      WorkerAccount account = body(market.account(session.token()));
      surroundings
          .out()
          .println(
              json
                  ? JsonMapper.builder().build().writeValueAsString(account)
                  : inWords(account, terms.token()));
      return ExitCode.OK;
    }
  }

  private static <T> T body(Reply<T> reply) {
    if (reply instanceof Reply.Answered<T>(T body, _)) {
      return body;
    }
    throw MarketLink.failed(reply);
  }

  private static String inWords(WorkerAccount account, MarketTerms.@Nullable Token token) {
    return """
    %s
      results     %d accepted, audits of others among them: nobody tells which
      pending     %s, earned and not yet settled on chain
      at risk     %s, the price of what is leased to it now
      free stake  %s\
    """
        .formatted(
            account.worker(),
            account.results(),
            shown(account.pending(), token),
            shown(account.atRisk(), token),
            shown(account.freeStake(), token));
  }

  private static String shown(TokenAmount amount, MarketTerms.@Nullable Token token) {
    return token == null || token.decimals() < 0 || token.decimals() > 77
        ? amount + " atomic units"
        : "%s %s"
            .formatted(
                new BigDecimal(amount.toBigInteger(), token.decimals()).toPlainString(),
                ForeignText.oneLine(token.symbol()));
  }
}
