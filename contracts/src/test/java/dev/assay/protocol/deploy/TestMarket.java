package dev.assay.protocol.deploy;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.BeaconChain;
import dev.assay.protocol.Digest;
import dev.assay.protocol.EpochSeal;
import dev.assay.protocol.LocalSigner;
import dev.assay.protocol.MerkleTree;
import dev.assay.protocol.SessionKeyConsent;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.Anvil;
import dev.assay.protocol.chain.AnvilChain;
import dev.assay.protocol.chain.CourtContract;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Governance;
import dev.assay.protocol.chain.Query;
import dev.assay.protocol.chain.Receipt;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.TokenContract;
import java.time.Duration;
import java.util.Random;

/** A market on a node of its own, with people in every office. */
final class TestMarket implements AutoCloseable {
  static final TokenAmount DOLLAR = TokenAmount.of(1_000_000);

  private final Anvil node = Anvil.start();
  private final Random chance = new Random(7);
  final AnvilChain chain = new AnvilChain(node);

  /** One with a wallet and ether for gas. */
  final class Person {
    final LocalSigner signer = LocalSigner.create(chance);
    final Sender sender = new Sender(chain, signer, Duration.ofMillis(5), 1_000);

    Person() {
      chain.fund(address());
    }

    WalletAddress address() {
      return signer.address();
    }

    TokenAmount balance() {
      return chain.read(token.balanceOf(address()));
    }

    /** Puts fresh dollars into the Escrow. */
    AccountId deposit(TokenAmount amount) {
      sender.send(token.mint(address(), amount));
      sender.send(token.approve(market.escrow(), amount));
      return act(escrow.deposit(address(), amount));
    }

    /** Puts fresh dollars at stake, and binds a key that signs for this person. */
    LocalSigner bond(TokenAmount amount) {
      sender.send(token.mint(address(), amount));
      sender.send(token.approve(market.stake(), amount));
      sender.send(stake.bond(address(), amount));
      LocalSigner key = LocalSigner.create(chance);
      var consent = new SessionKeyConsent(address(), key.address(), chain.time() + 3_600);
      sender.send(stake.bindKey(consent, key.sign(consent, market.stakeDomain())));
      return key;
    }

    /** Does it, and answers what its simulation answered just before. */
    <R> R act(Query<R> query) {
      R answer = chain.read(address(), query);
      sender.send(query.call());
      return answer;
    }
  }

  final Person deployer = new Person();
  final Person governance = new Person();
  final Person settlement = new Person();
  final Person arbiter = new Person();
  final Person guardian = new Person();
  final Person operator = new Person();
  final Person treasury = new Person();
  final Person insurance = new Person();

  final BeaconChain beacons = BeaconChain.of(Digest.keccak256(new byte[] {42}), 16);
  final Terms terms = Terms.standard(beacons.anchor());
  final Offices offices =
      new Offices(
          governance.address(),
          settlement.address(),
          arbiter.address(),
          guardian.address(),
          operator.address(),
          treasury.address(),
          insurance.address());
  final Deployment market = new DeployMarket(chain, deployer.sender).withTestUsd(offices, terms);
  final TokenContract token = market.tokenContract();
  final EscrowContract escrow = market.escrowContract();
  final StakeContract stake = market.stakeContract();
  final CourtContract court = market.courtContract();

  Person person() {
    return new Person();
  }

  Governance governor() {
    return new Governance(chain, market.accessManager(), governance.sender);
  }

  static TokenAmount dollars(long whole) {
    return DOLLAR.times(whole);
  }

  /** Seals the next epoch, waits for its block and reveals, so that its audits are drawn. */
  EpochSeal sealAndDraw(
      MerkleTree leaves,
      TokenAmount totalPrice,
      Digest canaryRoot,
      Digest verifierSetRoot,
      long verifierCount) {
    long epoch = chain.read(court.latestEpoch()) + 1;
    EpochSeal seal =
        new EpochSeal(
            epoch,
            leaves.root(),
            chain.read(court.latestRoot()),
            leaves.size(),
            totalPrice,
            canaryRoot,
            verifierSetRoot,
            verifierCount,
            chain.read(court.link()));
    settlement.sender.send(court.seal(seal));
    chain.mine(terms.policy().drawDelay() + 1);
    Receipt drawn = person().sender.send(court.draw(beacons.preimage((int) epoch)));
    if (drawn.logs().isEmpty()) {
      throw new IllegalStateException("Nothing was drawn.");
    }
    return seal;
  }

  @Override
  public void close() {
    node.close();
  }
}
