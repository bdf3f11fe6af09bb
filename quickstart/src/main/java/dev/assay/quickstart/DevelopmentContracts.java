package dev.assay.quickstart;

import dev.assay.keystore.PrivateFiles;
import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Digest;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.deploy.DeployMarket;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.protocol.deploy.Offices;
import dev.assay.protocol.deploy.Terms;
import dev.assay.quickstart.stack.ExitCode;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * The market's contracts on this machine's chain, deployed when the home is new, and what
 * settlement needs to work with them: where they are, its key, the secret of the beacon. Deployed
 * first and by the node's first account, so they stand where the API expects them.
 */
final class DevelopmentContracts {
  /** The first of the EVM node's well-known development accounts. */
  private static final String DEPLOYER =
      "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";

  private static final int EPOCHS = 1 << 16; // as settlement reads the secret unless told otherwise

  private final Path directory;
  private final LocalChain chain;

  /**
   * @param home the folder that holds the data
   */
  DevelopmentContracts(Path home, LocalChain chain) {
    this.directory = home.resolve("settlement");
    this.chain = chain;
  }

  /**
   * Deploys them if that was not done.
   *
   * @throws Refusal if the chain is another than the one that they were deployed on
   */
  void deploy() {
    try {
      Files.createDirectories(directory);
      if (Files.isRegularFile(market())) {
        requireDeployed();
        return;
      }
      LocalSigner deployer = LocalSigner.ofKey(HexFormat.of().parseHex(DEPLOYER));
      if (chain.minedCount(deployer.address()) > 0) {
        throw new Refusal(
            ExitCode.DATA,
            "A start was broken off while the contracts were being deployed. Run ./assay reset.");
      }
      Offices offices = offices(settlementKey());
      Terms terms = Terms.standard(BeaconChain.of(beaconSecret(), EPOCHS).anchor());
      chain.fund(offices.settlement());
      Deployment deployment =
          new DeployMarket(chain, new Sender(chain, deployer, Duration.ofMillis(5), 6_000))
              .withTestUsd(offices, terms);
      PrivateFiles.create(
          market(),
          JsonMapper.shared()
              .writerWithDefaultPrettyPrinter()
              .writeValueAsBytes(
                  Map.of("deployment", deployment, "offices", offices, "terms", terms)));
    } catch (IOException e) {
      throw new UncheckedIOException("keeping the contracts' addresses in " + directory, e);
    }
  }

  /**
   * Where they are.
   *
   * @throws IllegalStateException if they are not deployed
   */
  Deployment deployment() {
    return described("deployment", Deployment.class);
  }

  /**
   * The wallet of settlement's key.
   *
   * @throws IllegalStateException if they are not deployed
   */
  WalletAddress settlement() {
    return described("offices", Offices.class).settlement();
  }

  private <T> T described(String part, Class<T> type) {
    try {
      JsonMapper json = JsonMapper.shared();
      return json.treeToValue(json.readTree(Files.readString(market())).path(part), type);
    } catch (IOException e) {
      throw new IllegalStateException("The contracts are not deployed", e);
    }
  }

  /** For settlement's process. */
  Map<String, String> environment() {
    return Map.of(
        "SETTLEMENT_MARKET_FILE", market().toString(),
        "SETTLEMENT_SIGNER_KEYSTORE", keystore().toString(),
        "SETTLEMENT_SIGNER_PASSWORDFILE", password().toString(),
        "SETTLEMENT_BEACON_SECRETFILE", beacon().toString());
  }

  private void requireDeployed() {
    if (chain.codeAt(deployment().escrow()).size() == 0) {
      throw new Refusal(
          ExitCode.DATA, "The chain has lost the market's contracts. Run ./assay reset.");
    }
  }

  private WalletAddress settlementKey() throws IOException {
    return new LocalKeystore(keystore(), password()).openOrMake().address();
  }

  private Digest beaconSecret() throws IOException {
    if (!Files.isRegularFile(beacon())) {
      byte[] secret = new byte[Digest.SIZE];
      new SecureRandom().nextBytes(secret);
      PrivateFiles.create(beacon(), (Digest.of(secret) + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    return Digest.parse(Files.readString(beacon()).strip());
  }

  /** The third to the ninth of the development accounts: their keys are known to everyone. */
  private static Offices offices(WalletAddress settlement) {
    return new Offices(
        new WalletAddress("0x3c44cdddb6a900fa2b585dd299e03d12fa4293bc"),
        settlement,
        new WalletAddress("0x90f79bf6eb2c4f870365e785982e1f101e93b906"),
        new WalletAddress("0x15d34aaf54267db7d7c367839aaf71a00a2c6a65"),
        new WalletAddress("0x9965507d1a55bcc2695c58ba16fb37d819b0a4dc"),
        new WalletAddress("0x976ea74026e726554db657fa54763abd0c3a0aa9"),
        new WalletAddress("0x14dc79964da2c08b23698b3d3cc7ca32193d9955"));
  }

  private Path market() {
    return directory.resolve("market.json");
  }

  private Path keystore() {
    return directory.resolve("key.json");
  }

  private Path password() {
    return directory.resolve("key-password");
  }

  private Path beacon() {
    return directory.resolve("beacon-secret");
  }
}
