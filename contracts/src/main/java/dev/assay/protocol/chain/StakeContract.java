package dev.assay.protocol.chain;

import static dev.assay.protocol.chain.Abi.of;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.SessionKeyConsent;
import dev.assay.protocol.Signature;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Calls of {@code interfaces/IStake.sol}, where each is described. */
public record StakeContract(WalletAddress address) {
  static final FunctionType FREEZE = FunctionType.of("freeze(address,uint64)", "uint64 frozen");
  static final FunctionType RELEASE = FunctionType.of("release(address,uint64)", "uint64 released");
  static final FunctionType SLASH = FunctionType.of("slash(address,uint64)", "uint64 taken");
  static final FunctionType AWARD = FunctionType.of("award(address,uint64,bool)", "uint64 awarded");

  private static final FunctionType BOND = FunctionType.of("bond(address,uint64)");
  private static final FunctionType UNBOND = FunctionType.of("unbond(uint64)");
  private static final FunctionType WITHDRAW = FunctionType.of("withdraw()", "uint64 amount");
  private static final FunctionType BIND_KEY = FunctionType.of("bindKey(address,uint256,bytes)");
  private static final FunctionType REVOKE_KEY = FunctionType.of("revokeKey(address)");
  private static final FunctionType CLAIM = FunctionType.of("claim(address)", "uint64 amount");
  private static final FunctionType THAW = FunctionType.of("thaw()", "uint40 thaw");
  private static final FunctionType TOTAL_BONDED =
      FunctionType.of("totalBonded()", "uint64 amount");
  private static final FunctionType POT = FunctionType.of("pot()", "uint64 amount");
  private static final FunctionType CLAIMABLE =
      FunctionType.of("claimable(address)", "uint64 amount");
  private static final FunctionType BOND_OF =
      FunctionType.of(
          "bondOf(address)", "uint64 bonded, uint64 thawing, uint64 frozen, uint40 readyAt");
  private static final FunctionType ACTIVE_OF =
      FunctionType.of("activeOf(address)", "uint64 amount");
  private static final FunctionType KEYS =
      FunctionType.of("keys(address)", "address worker, uint40 deadAt");
  private static final FunctionType WORKER_OF =
      FunctionType.of("workerOf(address)", "address worker");
  private static final FunctionType ESCROW = FunctionType.of("escrow()", "address escrow");
  private static final FunctionType TOKEN = FunctionType.of("token()", "address token");

  static final List<FunctionType> FUNCTIONS =
      List.of(
          FREEZE,
          RELEASE,
          SLASH,
          AWARD,
          BOND,
          UNBOND,
          WITHDRAW,
          BIND_KEY,
          REVOKE_KEY,
          CLAIM,
          THAW,
          TOTAL_BONDED,
          POT,
          CLAIMABLE,
          BOND_OF,
          ACTIVE_OF,
          KEYS,
          WORKER_OF,
          ESCROW,
          TOKEN);

  static final List<EventType<StakeEvent>> EVENTS =
      List.of(
          EventType.of(
              "Bonded(address indexed worker, address indexed from, uint64 amount)",
              v -> new StakeEvent.Bonded(v.wallet("worker"), v.wallet("from"), v.amount("amount"))),
          EventType.of(
              "Thawing(address indexed worker, uint64 amount, uint40 readyAt)",
              v ->
                  new StakeEvent.Thawing(
                      v.wallet("worker"), v.amount("amount"), v.number("readyAt"))),
          EventType.of(
              "Withdrawn(address indexed worker, uint64 amount)",
              v -> new StakeEvent.Withdrawn(v.wallet("worker"), v.amount("amount"))),
          EventType.of(
              "KeyBound(address indexed worker, address indexed key)",
              v -> new StakeEvent.KeyBound(v.wallet("worker"), v.wallet("key"))),
          EventType.of(
              "KeyRevoked(address indexed worker, address indexed key, uint40 deadAt)",
              v ->
                  new StakeEvent.KeyRevoked(
                      v.wallet("worker"), v.wallet("key"), v.number("deadAt"))),
          EventType.of(
              "Frozen(address indexed worker, uint64 amount)",
              v -> new StakeEvent.Frozen(v.wallet("worker"), v.amount("amount"))),
          EventType.of(
              "Released(address indexed worker, uint64 amount)",
              v -> new StakeEvent.Released(v.wallet("worker"), v.amount("amount"))),
          EventType.of(
              "Slashed(address indexed worker, uint64 amount)",
              v -> new StakeEvent.Slashed(v.wallet("worker"), v.amount("amount"))),
          EventType.of(
              "Awarded(address indexed to, uint64 amount)",
              v -> new StakeEvent.Awarded(v.wallet("to"), v.amount("amount"))),
          EventType.of(
              "Claimed(address indexed to, uint64 amount)",
              v -> new StakeEvent.Claimed(v.wallet("to"), v.amount("amount"))),
          EventType.of(
              "AuthorityUpdated(address authority)",
              v -> new StakeEvent.AuthorityUpdated(v.wallet("authority"))));

  /** What creates one: the compiled {@code code} and the constructor's arguments. */
  public static Bytes creation(
      Bytes code, WalletAddress escrow, Duration thaw, WalletAddress authority) {
    return Abi.creation(code, of(escrow), of(thaw.toSeconds()), of(authority));
  }

  public Call bond(WalletAddress worker, TokenAmount amount) {
    return BOND.at(address, of(worker), of(amount));
  }

  public Call unbond(TokenAmount amount) {
    return UNBOND.at(address, of(amount));
  }

  public Query<TokenAmount> withdraw() {
    return WITHDRAW.ask(address, v -> v.amount("amount"));
  }

  /** To be sent by the consent's owner. */
  public Call bindKey(SessionKeyConsent consent, Signature signature) {
    return BIND_KEY.at(
        address, of(consent.key()), of(consent.deadline()), Tuples.signature(signature));
  }

  public Call revokeKey(WalletAddress key) {
    return REVOKE_KEY.at(address, of(key));
  }

  public Query<TokenAmount> claim(WalletAddress to) {
    return CLAIM.ask(address, v -> v.amount("amount"), of(to));
  }

  /** For the Court only; to show that nobody else can. */
  public Call slash(WalletAddress worker, TokenAmount amount) {
    return SLASH.at(address, of(worker), of(amount));
  }

  /** Seconds. */
  public Query<Long> thaw() {
    return THAW.ask(address, v -> v.number("thaw"));
  }

  public Query<TokenAmount> totalBonded() {
    return TOTAL_BONDED.ask(address, v -> v.amount("amount"));
  }

  public Query<TokenAmount> pot() {
    return POT.ask(address, v -> v.amount("amount"));
  }

  public Query<TokenAmount> claimable(WalletAddress to) {
    return CLAIMABLE.ask(address, v -> v.amount("amount"), of(to));
  }

  /**
   * @param bonded everything held for the worker, thawing and frozen included
   * @param readyAt when what thaws may leave, seconds since 1970
   */
  public record Bond(TokenAmount bonded, TokenAmount thawing, TokenAmount frozen, long readyAt) {}

  public Query<Bond> bondOf(WalletAddress worker) {
    return BOND_OF.ask(
        address,
        v ->
            new Bond(
                v.amount("bonded"), v.amount("thawing"), v.amount("frozen"), v.number("readyAt")),
        of(worker));
  }

  /** What counts for new work. */
  public Query<TokenAmount> activeOf(WalletAddress worker) {
    return ACTIVE_OF.ask(address, v -> v.amount("amount"), of(worker));
  }

  /**
   * @param worker the zero address if the key was never bound
   * @param deadAt seconds since 1970; 0 as long as it lives
   */
  public record Key(WalletAddress worker, long deadAt) {}

  public Query<Key> key(WalletAddress key) {
    return KEYS.ask(address, v -> new Key(v.wallet("worker"), v.number("deadAt")), of(key));
  }

  /** Whom the key signs for; the zero address if nobody. */
  public Query<WalletAddress> workerOf(WalletAddress key) {
    return WORKER_OF.ask(address, v -> v.wallet("worker"), of(key));
  }

  /** Into whose purses compensation goes. */
  public Query<WalletAddress> escrow() {
    return ESCROW.ask(address, v -> v.wallet("escrow"));
  }

  public Query<WalletAddress> token() {
    return TOKEN.ask(address, v -> v.wallet("token"));
  }

  /** First four bytes of the calls that the settlement service makes, and no others. */
  public static Set<Bytes> serviceSelectors() {
    return Stream.of(CLAIM).map(FunctionType::selector).collect(Collectors.toUnmodifiableSet());
  }

  /** Nothing if it is another contract's log or an event of another kind. */
  public Optional<StakeEvent> event(Log log) {
    return log.address().equals(address) ? EventType.decode(EVENTS, log) : Optional.empty();
  }
}
