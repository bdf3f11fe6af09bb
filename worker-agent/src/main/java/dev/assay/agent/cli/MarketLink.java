package dev.assay.agent.cli;

import dev.assay.agent.market.Market;
import dev.assay.agent.market.Reply;

/** A command's link to the market, and what it says when there is none. */
final class MarketLink {
  private MarketLink() {}

  static Market open(Surroundings surroundings, Settings settings) {
    return new Market(
        settings.market(),
        "assay-worker/" + Agent.version(),
        surroundings.clock(),
        surroundings.chance());
  }

  static CommandFailure failed(Reply<?> reply) {
    return switch (reply) {
      case Reply.Answered<?> answered -> throw new IllegalStateException("an answer is no failure");
      case Reply.Deferred<?>(var why, _, _) ->
          new CommandFailure(ExitCode.UNAVAILABLE, "The market gives no answer: " + why + ".");
      case Reply.SignedOut<?>(var why, _) ->
          new CommandFailure(ExitCode.REFUSED, "The market does not let us in: " + why);
      case Reply.Refused<?>(var why, _, _, _) ->
          new CommandFailure(ExitCode.REFUSED, "The market refused: " + why);
    };
  }
}
