package dev.assay.quickstart;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Ceiling;
import dev.assay.protocol.SessionKeyConsent;
import dev.assay.protocol.Signer;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import dev.assay.protocol.chain.EscrowContract;
import dev.assay.protocol.chain.Sender;
import dev.assay.protocol.chain.StakeContract;
import dev.assay.protocol.chain.TokenContract;
import dev.assay.protocol.deploy.Deployment;
import dev.assay.quickstart.stack.Refusal;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Test dollars for everyone, on this machine's chain, by the transactions that everyone else sends:
 * what it gives is deposited and bonded, and the market hears of it from the chain alone. It
 * deposits for others; that it may be spent, and whom a key signs for, only they can say.
 */
final class Faucet {
  private static final TokenAmount ENOUGH_FOR_ALL = TokenAmount.of(1L << 60);

  /** By the chain's clock, which runs ahead when blocks come faster than seconds. */
  private static final Duration SIGNATURES_LAST = Duration.ofDays(1);

  private final LocalChain chain;
  private final Deployment market;
  private final TokenContract token;
  private final EscrowContract escrow;
  private final StakeContract stake;
  private final Sender teller;

  /** Whoever pays locks it: two processes at once would give two transactions one nonce. */
  private final Path counter;

  /** That of the market whose data lie in {@code home}. */
  static Faucet of(Path home, LocalChain chain) {
    return new Faucet(
        chain,
        new DevelopmentContracts(home, chain).deployment(),
        new LocalWallets(home).open("faucet"),
        home.resolve("faucet.lock"));
  }

  /**
   * @param teller a wallet that pays for others
   */
  private Faucet(LocalChain chain, Deployment market, Signer teller, Path counter) {
    this.chain = chain;
    this.counter = counter;
    this.market = market;
    this.token = market.tokenContract();
    this.escrow = market.escrowContract();
    this.stake = market.stakeContract();
    this.teller = sender(teller);
  }

  /**
   * Deposits for a wallet, and raises by as much what may be spent of its purse. It gets ether too,
   * so that it can leave by itself.
   *
   * @return what may be spent of it ever
   */
  TokenAmount deposit(Signer wallet, TokenAmount amount) {
    return alone(() -> depositFor(wallet, amount));
  }

  private TokenAmount depositFor(Signer wallet, TokenAmount amount) {
    chain.fund(wallet.address());
    provide(amount);
    teller.send(escrow.deposit(wallet.address(), amount).call());
    AccountId account = chain.read(escrow.idOf(wallet.address()));
    TokenAmount authorized = chain.read(escrow.purse(account)).authorized();
    var ceiling = new Ceiling(account, authorized.plus(amount), deadline());
    teller.send(escrow.authorizeFor(ceiling, wallet.sign(ceiling, market.escrowDomain())));
    return ceiling.ceiling();
  }

  /** What a transfer of the token to somebody who has some would take; none is made. */
  long gasOfTransfer() {
    return alone(() -> {
      provide(TokenAmount.of(1));
      var call = token.transfer(market.escrow(), TokenAmount.of(1));
      return chain.estimateGas(teller.address(), Optional.of(call.to()), call.data());
    });
  }

  /** What may still be taken from the wallet's purse. */
  TokenAmount room(WalletAddress wallet) {
    AccountId account = chain.read(escrow.idOf(wallet));
    return account.equals(AccountId.TREASURY)
        ? TokenAmount.ZERO
        : chain.read(escrow.purse(account)).room();
  }

  /**
   * Has a worker's bond hold the amount at least, and its session key be bound to it. Twice is the
   * same as once.
   *
   * @throws IllegalStateException if the key was bound to another worker before
   */
  void enrol(Signer owner, Signer sessionKey, TokenAmount amount) {
    alone(() -> {
      bondFor(owner, sessionKey, amount);
      return amount;
    });
  }

  private void bondFor(Signer owner, Signer sessionKey, TokenAmount amount) {
    TokenAmount bonded = chain.read(stake.bondOf(owner.address())).bonded();
    if (bonded.compareTo(amount) < 0) {
      TokenAmount missing = amount.minus(bonded);
      provide(missing);
      teller.send(stake.bond(owner.address(), missing));
    }
    WalletAddress bound = chain.read(stake.key(sessionKey.address())).worker();
    if (bound.equals(WalletAddress.ZERO)) {
      chain.fund(owner.address());
      var consent = new SessionKeyConsent(owner.address(), sessionKey.address(), deadline());
      sender(owner).send(stake.bindKey(consent, sessionKey.sign(consent, market.stakeDomain())));
    } else if (!bound.equals(owner.address())) {
      throw new IllegalStateException(
          "The session key %s is bound to %s, not to %s"
              .formatted(sessionKey.address(), bound, owner.address()));
    }
  }

  private synchronized <T> T alone(Supplier<T> act) {
    try (FileChannel file =
            FileChannel.open(counter, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = file.lock()) {
      return act.get();
    } catch (IOException e) {
      throw Refusal.because("lock " + counter, e);
    }
  }

  /** Has the teller able to give that much. */
  private void provide(TokenAmount amount) {
    if (chain.read(token.balanceOf(teller.address())).compareTo(amount) < 0) {
      chain.fund(teller.address());
      teller.send(token.mint(teller.address(), ENOUGH_FOR_ALL));
      teller.send(token.approve(market.escrow(), TokenAmount.MAX));
      teller.send(token.approve(market.stake(), TokenAmount.MAX));
    }
  }

  private long deadline() {
    return chain.time() + SIGNATURES_LAST.toSeconds();
  }

  private Sender sender(Signer wallet) {
    return new Sender(chain, wallet, Duration.ofMillis(5), 6_000);
  }
}
