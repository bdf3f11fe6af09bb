package dev.assay.quickstart;

import static org.assertj.core.api.Assertions.assertThat;

import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.stack.Checkout;
import dev.assay.quickstart.stack.EvmNode;
import dev.assay.quickstart.stack.Home;
import dev.assay.quickstart.stack.Ports;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./assay deploy}, as the containers of docker-compose.yml begin. */
class DeployCommandChainTests {
  @TempDir private Path folder;

  @Test
  void it_makes_a_market_once_and_tells_the_services_of_it() throws Exception {
    try (var home = Home.temporary()) {
      EvmNode node = EvmNode.start(home, Ports.free(1).getFirst(), Checkout.find());
      try {
        String rpc = node.address().rpcUrl().toString();
        assertThat(deploy(rpc)).startsWith("exit 0").contains("The market stands on " + rpc);
        assertThat(deploy(rpc)).startsWith("exit 0");

        var chain = new LocalChain(node.address().rpcUrl());
        Deployment market = new DevelopmentContracts(folder, chain).deployment();
        var wallets = new LocalWallets(folder);
        var worker = wallets.open("worker").address();
        assertThat(chain.read(market.stakeContract().bondOf(worker)).bonded())
            .isEqualTo(DevelopmentAccounts.GIFT);
        var escrow = market.escrowContract();
        assertThat(
                chain
                    .read(
                        escrow.purse(chain.read(escrow.idOf(wallets.open("requester").address()))))
                    .room())
            .isEqualTo(DevelopmentAccounts.GIFT);
        assertThat(Files.readString(folder.resolve("environment")))
            .contains(
                "export ASSAY_WORKER=" + worker,
                "export MARKETPLACE_AUDIT_PURSE=" + wallets.open("audits").address(),
                "export SETTLEMENT_MARKET_FILE=" + folder.resolve("settlement/market.json"));
        assertThat(folder.resolve("worker/session-key.json")).isRegularFile();
      } finally {
        node.process().stop();
      }
    }
  }

  @Test
  void without_a_node_it_says_so() {
    assertThat(deploy("http://127.0.0.1:" + Ports.free(1).getFirst()))
        .startsWith("exit 69")
        .contains("does not answer");
  }

  private String deploy(String rpc) {
    var said = new StringWriter();
    int code =
        Quickstart.commandLine()
            .setOut(new PrintWriter(said, true))
            .setErr(new PrintWriter(said, true))
            .execute("deploy", "--rpc", rpc, "--home", folder.toString());
    return "exit %d%n%s".formatted(code, said);
  }
}
