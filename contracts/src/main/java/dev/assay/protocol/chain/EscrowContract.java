package dev.assay.protocol.chain;

import static dev.assay.protocol.chain.Abi.of;

import dev.assay.protocol.AccountId;
import dev.assay.protocol.Batch;
import dev.assay.protocol.Bytes;
import dev.assay.protocol.Ceiling;
import dev.assay.protocol.Digest;
import dev.assay.protocol.Signature;
import dev.assay.protocol.TokenAmount;
import dev.assay.protocol.WalletAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.web3j.abi.datatypes.Type;

/** Calls of {@code interfaces/IEscrow.sol}, where each is described. */
public record EscrowContract(WalletAddress address) {
  private static final FunctionType OPEN = FunctionType.of("open(address)", "uint32 account");
  private static final FunctionType DEPOSIT =
      FunctionType.of("deposit(address,uint64)", "uint32 account");
  private static final FunctionType DEPOSIT_WITH_PERMIT =
      FunctionType.of("depositWithPermit(uint64,uint256,uint8,bytes32,bytes32)", "uint32 account");
  private static final FunctionType DEPOSIT_WITH_AUTHORIZATION =
      FunctionType.of(
          "depositWithAuthorization(address,uint64,uint256,uint256,bytes32,uint8,bytes32,bytes32)",
          "uint32 account");
  private static final FunctionType AUTHORIZE = FunctionType.of("authorize(uint32,uint64)");
  private static final FunctionType AUTHORIZE_FOR =
      FunctionType.of("authorizeFor(uint32,uint64,uint256,bytes)");
  private static final FunctionType ANNOUNCE_EXIT = FunctionType.of("announceExit(uint32,uint64)");
  private static final FunctionType EXIT = FunctionType.of("exit(uint32)", "uint64 amount");
  private static final FunctionType OFFER_ACCOUNT = FunctionType.of("offerAccount(uint32,address)");
  private static final FunctionType ACCEPT_ACCOUNT = FunctionType.of("acceptAccount(uint32)");
  private static final FunctionType SETTLE = FunctionType.of("settle(bytes32,bytes32,bytes,bytes)");
  private static final FunctionType PAYOUT = FunctionType.of("payout(uint32[])");
  private static final FunctionType SET_LIMIT = FunctionType.of("setLimit(uint64,uint64)");
  private static final FunctionType HALT = FunctionType.of("halt(uint32)");
  private static final FunctionType HEAD = FunctionType.of("head()", "bytes32 head");
  private static final FunctionType EXIT_DELAY = FunctionType.of("exitDelay()", "uint32 delay");
  private static final FunctionType COUNT = FunctionType.of("count()", "uint32 count");
  private static final FunctionType ID_OF = FunctionType.of("idOf(address)", "uint32 account");
  private static final FunctionType ACCOUNTS =
      FunctionType.of(
          "accounts(uint32)", "uint64 balance, uint64 spent, uint64 authorized, uint64 earned");
  private static final FunctionType HOLDERS =
      FunctionType.of("holders(uint32)", "address owner, uint64 leaving, uint32 readyAt");
  private static final FunctionType OFFERED_TO = FunctionType.of("offeredTo(uint32)", "address to");
  private static final FunctionType LIMIT =
      FunctionType.of(
          "limit()", "uint64 rate, uint64 burst, uint64 level, uint32 since, uint32 haltedUntil");
  private static final FunctionType TOKEN = FunctionType.of("token()", "address token");

  static final List<FunctionType> FUNCTIONS =
      List.of(
          OPEN,
          DEPOSIT,
          DEPOSIT_WITH_PERMIT,
          DEPOSIT_WITH_AUTHORIZATION,
          AUTHORIZE,
          AUTHORIZE_FOR,
          ANNOUNCE_EXIT,
          EXIT,
          OFFER_ACCOUNT,
          ACCEPT_ACCOUNT,
          SETTLE,
          PAYOUT,
          SET_LIMIT,
          HALT,
          HEAD,
          EXIT_DELAY,
          COUNT,
          ID_OF,
          ACCOUNTS,
          HOLDERS,
          OFFERED_TO,
          LIMIT,
          TOKEN);

  static final List<EventType<EscrowEvent>> EVENTS =
      List.of(
          EventType.of(
              "Opened(uint32 indexed account, address indexed owner)",
              v -> new EscrowEvent.Opened(v.account("account"), v.wallet("owner"))),
          EventType.of(
              "Deposited(uint32 indexed account, address indexed from, uint64 amount)",
              v ->
                  new EscrowEvent.Deposited(
                      v.account("account"), v.wallet("from"), v.amount("amount"))),
          EventType.of(
              "Authorized(uint32 indexed account, uint64 ceiling)",
              v -> new EscrowEvent.Authorized(v.account("account"), v.amount("ceiling"))),
          EventType.of(
              "ExitAnnounced(uint32 indexed account, uint64 amount, uint32 readyAt)",
              v ->
                  new EscrowEvent.ExitAnnounced(
                      v.account("account"), v.amount("amount"), v.number("readyAt"))),
          EventType.of(
              "Exited(uint32 indexed account, address indexed owner, uint64 amount)",
              v ->
                  new EscrowEvent.Exited(
                      v.account("account"), v.wallet("owner"), v.amount("amount"))),
          EventType.of(
              "AccountOffered(uint32 indexed account, address indexed to)",
              v -> new EscrowEvent.AccountOffered(v.account("account"), v.wallet("to"))),
          EventType.of(
              "AccountMoved(uint32 indexed account, address indexed from, address indexed to)",
              v ->
                  new EscrowEvent.AccountMoved(
                      v.account("account"), v.wallet("from"), v.wallet("to"))),
          EventType.of(
              "Settled(bytes32 indexed head, bytes32 indexed parent, bytes32 root, uint64 taken,"
                  + " uint64 given)",
              v ->
                  new EscrowEvent.Settled(
                      v.digest("head"),
                      v.digest("parent"),
                      v.digest("root"),
                      v.amount("taken"),
                      v.amount("given"))),
          EventType.of(
              "Shortfall(uint32 indexed account, uint64 missing)",
              v -> new EscrowEvent.Shortfall(v.account("account"), v.amount("missing"))),
          EventType.of(
              "Paid(uint32 indexed account, address indexed owner, uint64 amount)",
              v ->
                  new EscrowEvent.Paid(
                      v.account("account"), v.wallet("owner"), v.amount("amount"))),
          EventType.of(
              "PayoutRefused(uint32 indexed account, address indexed owner, uint64 amount)",
              v ->
                  new EscrowEvent.PayoutRefused(
                      v.account("account"), v.wallet("owner"), v.amount("amount"))),
          EventType.of(
              "LimitSet(uint64 rate, uint64 burst)",
              v -> new EscrowEvent.LimitSet(v.amount("rate"), v.amount("burst"))),
          EventType.of("Halted(uint32 until)", v -> new EscrowEvent.Halted(v.number("until"))),
          EventType.of(
              "AuthorityUpdated(address authority)",
              v -> new EscrowEvent.AuthorityUpdated(v.wallet("authority"))));

  /** What creates one: the compiled {@code code} and the constructor's arguments. */
  public static Bytes creation(
      Bytes code,
      WalletAddress token,
      Duration exitDelay,
      TokenAmount rate,
      TokenAmount burst,
      WalletAddress treasury,
      WalletAddress authority) {
    return Abi.creation(
        code,
        of(token),
        of(exitDelay.toSeconds()),
        of(rate),
        of(burst),
        of(treasury),
        of(authority));
  }

  public Query<AccountId> open(WalletAddress owner) {
    return OPEN.ask(address, v -> v.account("account"), of(owner));
  }

  public Query<AccountId> deposit(WalletAddress owner, TokenAmount amount) {
    return DEPOSIT.ask(address, v -> v.account("account"), of(owner), of(amount));
  }

  /**
   * @param permit EIP-2612, of the caller for this contract and this amount
   */
  public Query<AccountId> depositWithPermit(TokenAmount amount, long deadline, Signature permit) {
    return DEPOSIT_WITH_PERMIT.ask(
        address, v -> v.account("account"), arguments(permit, of(amount), of(deadline)));
  }

  /**
   * @param authorization EIP-3009 {@code ReceiveWithAuthorization}, of {@code from} for this
   *     contract
   */
  public Query<AccountId> depositWithAuthorization(
      WalletAddress from,
      TokenAmount amount,
      long validAfter,
      long validBefore,
      Digest nonce,
      Signature authorization) {
    return DEPOSIT_WITH_AUTHORIZATION.ask(
        address,
        v -> v.account("account"),
        arguments(authorization, of(from), of(amount), of(validAfter), of(validBefore), of(nonce)));
  }

  public Call authorize(AccountId account, TokenAmount ceiling) {
    return AUTHORIZE.at(address, of(account), of(ceiling));
  }

  /**
   * @param signature of the account's owner
   */
  public Call authorizeFor(Ceiling ceiling, Signature signature) {
    return AUTHORIZE_FOR.at(
        address,
        of(ceiling.account()),
        of(ceiling.ceiling()),
        of(ceiling.deadline()),
        Tuples.signature(signature));
  }

  public Call announceExit(AccountId account, TokenAmount amount) {
    return ANNOUNCE_EXIT.at(address, of(account), of(amount));
  }

  public Query<TokenAmount> exit(AccountId account) {
    return EXIT.ask(address, v -> v.amount("amount"), of(account));
  }

  public Call offerAccount(AccountId account, WalletAddress to) {
    return OFFER_ACCOUNT.at(address, of(account), of(to));
  }

  public Call acceptAccount(AccountId account) {
    return ACCEPT_ACCOUNT.at(address, of(account));
  }

  public Call settle(Digest parent, Batch batch) {
    return SETTLE.at(
        address, of(parent), of(batch.root()), of(batch.packedDebits()), of(batch.packedCredits()));
  }

  public Call payout(List<AccountId> accounts) {
    return PAYOUT.at(address, Abi.accounts(accounts));
  }

  /**
   * @param rate atomic units a second in the long run
   */
  public Call setLimit(TokenAmount rate, TokenAmount burst) {
    return SET_LIMIT.at(address, of(rate), of(burst));
  }

  /**
   * @param until seconds since 1970
   */
  public Call halt(long until) {
    return HALT.at(address, of(until));
  }

  public Query<Digest> head() {
    return HEAD.ask(address, v -> v.digest("head"));
  }

  /** Seconds. */
  public Query<Long> exitDelay() {
    return EXIT_DELAY.ask(address, v -> v.number("delay"));
  }

  /** The newest account's number. */
  public Query<AccountId> count() {
    return COUNT.ask(address, v -> v.account("count"));
  }

  /** 0 if the wallet has none. */
  public Query<AccountId> idOf(WalletAddress owner) {
    return ID_OF.ask(address, v -> v.account("account"), of(owner));
  }

  public Query<Purse> purse(AccountId account) {
    return ACCOUNTS.ask(
        address,
        v ->
            new Purse(
                v.amount("balance"), v.amount("spent"), v.amount("authorized"), v.amount("earned")),
        of(account));
  }

  /**
   * Who owns an account and what is about to leave it.
   *
   * @param owner the zero address if the account was never opened
   * @param readyAt seconds since 1970; 0 if nothing is announced
   */
  public record Holder(WalletAddress owner, TokenAmount leaving, long readyAt) {}

  public Query<Holder> holder(AccountId account) {
    return HOLDERS.ask(
        address,
        v -> new Holder(v.wallet("owner"), v.amount("leaving"), v.number("readyAt")),
        of(account));
  }

  public Query<WalletAddress> offeredTo(AccountId account) {
    return OFFERED_TO.ask(address, v -> v.wallet("to"), of(account));
  }

  /**
   * The leaking bucket that bounds what settlements take.
   *
   * @param rate atomic units that leak out a second
   * @param burst what it holds
   * @param level how full it was at {@code since}, in seconds since 1970
   * @param haltedUntil seconds since 1970
   */
  public record Limit(
      TokenAmount rate, TokenAmount burst, TokenAmount level, long since, long haltedUntil) {}

  public Query<Limit> limit() {
    return LIMIT.ask(
        address,
        v ->
            new Limit(
                v.amount("rate"),
                v.amount("burst"),
                v.amount("level"),
                v.number("since"),
                v.number("haltedUntil")));
  }

  public Query<WalletAddress> token() {
    return TOKEN.ask(address, v -> v.wallet("token"));
  }

  /** First four bytes of the calls that the settlement service makes, and no others. */
  public static Set<Bytes> serviceSelectors() {
    return Stream.of(OPEN, SETTLE, PAYOUT)
        .map(FunctionType::selector)
        .collect(Collectors.toUnmodifiableSet());
  }

  public static Bytes settleSelector() {
    return SETTLE.selector();
  }

  /** First topic of {@link EscrowEvent.AccountMoved}. */
  public static Digest movedTopic() {
    return EVENTS.stream()
        .filter(type -> type.name().equals("AccountMoved"))
        .map(EventType::topic)
        .findFirst()
        .orElseThrow();
  }

  /** Nothing if it is another contract's log or an event of another kind. */
  public Optional<EscrowEvent> event(Log log) {
    return log.address().equals(address) ? EventType.decode(EVENTS, log) : Optional.empty();
  }

  /** The signature goes last, taken apart: {@code v, r, s}. */
  static Type<?>[] arguments(Signature signature, Type<?>... first) {
    byte[] bytes = signature.toBytes();
    Type<?>[] all = Arrays.copyOf(first, first.length + 3);
    all[first.length] = of(bytes[64]);
    all[first.length + 1] = of(Digest.of(Arrays.copyOf(bytes, 32)));
    all[first.length + 2] = of(Digest.of(Arrays.copyOfRange(bytes, 32, 64)));
    return all;
  }
}
