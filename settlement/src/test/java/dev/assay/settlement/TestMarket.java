package dev.assay.settlement;

import dev.assay.keystore.Keystore;
import dev.assay.keystore.Password;
import dev.assay.protocol.AccountId;
import dev.assay.protocol.BasisPoints;
import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Digest;
import dev.assay.protocol.JobId;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.ResultAttestation;
import dev.assay.protocol.SealLeaf;
import dev.assay.protocol.SessionKeyConsent;
import dev.assay.protocol.SignedAttestation;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Query;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.TokenContract;
import dev.assay.protocol.deploy.DeployMarket;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.protocol.deploy.Offices;
import dev.assay.protocol.deploy.Terms;
import dev.assay.settlement.chain.ChainClient;
import dev.assay.settlement.chain.Market;
import dev.assay.settlement.chain.TestChain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import tools.jackson.databind.json.JsonMapper;

/** A market freshly deployed on a test's node, with people in every office. */
public final class TestMarket {
  public final TestChain chain;
  public final ChainClient client;
  private static final int EPOCHS = 256;

  private final Random chance = new Random();

  /** One with a wallet and ether for gas. */
  public final class Person {
    public final LocalSigner signer;
    public final Sender sender;

    Person(byte[] key) {
      this.signer = LocalSigner.ofKey(key);
      this.sender = new Sender(client, signer, Duration.ofMillis(10), 1_000);
      chain.fund(address());
    }

    Person() {
      this(key());
    }

    public WalletAddress address() {
      return signer.address();
    }

    public TokenAmount balance() {
      return client.read(token.balanceOf(address()));
    }

    /** Puts fresh dollars into the Escrow and lets all of them be spent. */
    public AccountId deposit(TokenAmount amount) {
      sender.send(token.mint(address(), amount));
      sender.send(token.approve(market.escrow(), amount));
      AccountId account = act(escrow.deposit(address(), amount));
      sender.send(escrow.authorize(account, amount));
      return account;
    }

    /** Puts fresh dollars at stake, and binds a key that signs for this person. */
    public LocalSigner bond(TokenAmount amount) {
      sender.send(token.mint(address(), amount));
      sender.send(token.approve(market.stake(), amount));
      sender.send(stake.bond(address(), amount));
      LocalSigner key = LocalSigner.create(chance);
      var consent = new SessionKeyConsent(address(), key.address(), chain.time() + 3_600);
      sender.send(stake.bindKey(consent, key.sign(consent, market.stakeDomain())));
      return key;
    }

    /** Does it, and answers what its simulation answered just before. */
    public <R> R act(Query<R> query) {
      R answer = client.read(address(), query);
      sender.send(query.call());
      return answer;
    }
  }

  private final byte[] settlementKey;
  private final Digest beaconSecret;
  public final Person deployer;
  public final Person settlement;
  public final Person operator;
  public final Offices offices;
  public final BeaconChain beacons;
  public final Terms terms;
  public final Deployment market;
  public final TokenContract token;
  public final EscrowContract escrow;
  public final StakeContract stake;
  public final CourtContract court;

  public TestMarket(TestChain chain) {
    this.chain = chain;
    this.client = chain.client();
    // What these do needs the contracts only later.
    this.deployer = new Person();
    this.settlementKey = key();
    this.settlement = new Person(settlementKey);
    this.operator = new Person();
    this.beaconSecret = Digest.of(key());
    this.beacons = BeaconChain.of(beaconSecret, EPOCHS);
    this.terms = Terms.standard(beacons.anchor());
    this.offices =
        new Offices(
            new Person().address(),
            settlement.address(),
            new Person().address(),
            new Person().address(),
            operator.address(),
            new Person().address(),
            new Person().address());
    this.market = new DeployMarket(client, deployer.sender).withTestUsd(offices, terms);
    this.token = market.tokenContract();
    this.escrow = market.escrowContract();
    this.stake = market.stakeContract();
    this.court = market.courtContract();
  }

  private byte[] key() {
    byte[] key = new byte[32];
    chance.nextBytes(key);
    key[0] = 1; // below the curve's order
    return key;
  }

  /** What a process of settlement is given to work for this market, its files in the folder. */
  public Map<String, String> environment(Path folder) throws IOException {
    Path market = folder.resolve("market.json");
    Path keystore = folder.resolve("key.json");
    Path password = folder.resolve("key-password");
    Path beacon = folder.resolve("beacon-secret");
    Files.write(market, JsonMapper.shared().writeValueAsBytes(described()));
    Files.writeString(beacon, beaconSecret + "\n");
    Keystore.create(
        keystore,
        settlementKey,
        Password.generate(password, chance),
        Keystore.Strength.LIGHT,
        new UUID(0, 1),
        chance);
    return Map.of(
        "SETTLEMENT_MARKET_FILE", market.toString(),
        "SETTLEMENT_SIGNER_KEYSTORE", keystore.toString(),
        "SETTLEMENT_SIGNER_PASSWORDFILE", password.toString(),
        "SETTLEMENT_BEACON_SECRETFILE", beacon.toString(),
        "SETTLEMENT_BEACON_LENGTH", "" + EPOCHS);
  }

  public Market described() {
    return new Market(market, offices, terms);
  }

  public Person person() {
    return new Person();
  }

  public static TokenAmount dollars(long whole) {
    return TokenAmount.of(1_000_000).times(whole);
  }

  public static Digest digest(String text) {
    return Digest.keccak256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** A result of a new job of the requester, signed by the worker's session key. */
  public SignedAttestation result(
      Person requester, Person worker, LocalSigner key, long epoch, String answer) {
    byte[] id = new byte[16];
    chance.nextBytes(id);
    Digest job = new JobId(UUID.nameUUIDFromBytes(id)).of(requester.address());
    return result(job, worker, key, epoch, answer);
  }

  public SignedAttestation result(
      Digest job, Person worker, LocalSigner key, long epoch, String answer) {
    return result(job, worker, key, epoch, digest(answer));
  }

  /**
   * @param output the commitment to it
   */
  public SignedAttestation result(
      Digest job, Person worker, LocalSigner key, long epoch, Digest output) {
    var attestation =
        new ResultAttestation(
            job,
            1,
            digest("assignment"),
            worker.address(),
            digest("model"),
            digest("profile"),
            digest("input"),
            output,
            digest("evidence"),
            Digest.ZERO,
            1,
            12,
            34,
            epoch,
            chain.time());
    return new SignedAttestation(attestation, key.sign(attestation, market.courtDomain()));
  }

  public SealLeaf leaf(SignedAttestation result, Person requester, TokenAmount price) {
    return new SealLeaf(
        result.attestation().digest(market.courtDomain()),
        result.attestation().worker(),
        requester.address(),
        price,
        BasisPoints.ZERO);
  }
}
