package dev.assay.protocol.chain;

import static dev.assay.protocol.chain.Abi.of;

import dev.assay.protocol.Bytes;
import dev.assay.protocol.Digest;
import dev.assay.protocol.WalletAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.web3j.abi.datatypes.DynamicArray;
import org.web3j.abi.datatypes.Type;
import org.web3j.abi.datatypes.generated.Bytes4;

/** Calls of OpenZeppelin's {@code AccessManager} that a deployment makes and checks. */
public record AccessManagerContract(WalletAddress address) {
  private static final FunctionType GRANT_ROLE =
      FunctionType.of("grantRole(uint64,address,uint32)");
  private static final FunctionType RENOUNCE_ROLE = FunctionType.of("renounceRole(uint64,address)");
  private static final FunctionType SET_TARGET_FUNCTION_ROLE =
      FunctionType.of("setTargetFunctionRole(address,bytes4[],uint64)");
  private static final FunctionType SET_ROLE_ADMIN = FunctionType.of("setRoleAdmin(uint64,uint64)");
  private static final FunctionType SET_GRANT_DELAY =
      FunctionType.of("setGrantDelay(uint64,uint32)");
  private static final FunctionType SET_TARGET_ADMIN_DELAY =
      FunctionType.of("setTargetAdminDelay(address,uint32)");
  private static final FunctionType SET_TARGET_CLOSED =
      FunctionType.of("setTargetClosed(address,bool)");
  private static final FunctionType HAS_ROLE =
      FunctionType.of("hasRole(uint64,address)", "bool isMember, uint32 executionDelay");
  private static final FunctionType GET_ROLE_ADMIN =
      FunctionType.of("getRoleAdmin(uint64)", "uint64 role");
  private static final FunctionType GET_ROLE_GUARDIAN =
      FunctionType.of("getRoleGuardian(uint64)", "uint64 role");
  private static final FunctionType GET_ROLE_GRANT_DELAY =
      FunctionType.of("getRoleGrantDelay(uint64)", "uint32 delay");
  private static final FunctionType GET_TARGET_ADMIN_DELAY =
      FunctionType.of("getTargetAdminDelay(address)", "uint32 delay");
  private static final FunctionType GET_TARGET_FUNCTION_ROLE =
      FunctionType.of("getTargetFunctionRole(address,bytes4)", "uint64 role");
  private static final FunctionType IS_TARGET_CLOSED =
      FunctionType.of("isTargetClosed(address)", "bool closed");
  private static final FunctionType AUTHORITY = FunctionType.of("authority()", "address authority");

  static final List<FunctionType> FUNCTIONS =
      List.of(
          GRANT_ROLE,
          RENOUNCE_ROLE,
          SET_TARGET_FUNCTION_ROLE,
          SET_ROLE_ADMIN,
          SET_GRANT_DELAY,
          SET_TARGET_ADMIN_DELAY,
          SET_TARGET_CLOSED,
          HAS_ROLE,
          GET_ROLE_ADMIN,
          GET_ROLE_GUARDIAN,
          GET_ROLE_GRANT_DELAY,
          GET_TARGET_ADMIN_DELAY,
          GET_TARGET_FUNCTION_ROLE,
          IS_TARGET_CLOSED);

  static final EventType<AccessEvent> ROLE_GRANTED =
      EventType.of(
          "RoleGranted(uint64 indexed roleId, address indexed account, uint32 delay,"
              + " uint48 since, bool newMember)",
          v -> new AccessEvent.RoleGranted(v.number("roleId"), v.wallet("account")));
  static final EventType<AccessEvent> ROLE_GRANT_DELAY_CHANGED =
      EventType.of(
          "RoleGrantDelayChanged(uint64 indexed roleId, uint32 delay, uint48 since)",
          v ->
              new AccessEvent.RoleGrantDelayChanged(
                  v.number("roleId"), v.number("delay"), v.number("since")));
  static final EventType<AccessEvent> TARGET_ADMIN_DELAY_UPDATED =
      EventType.of(
          "TargetAdminDelayUpdated(address indexed target, uint32 delay, uint48 since)",
          v ->
              new AccessEvent.TargetAdminDelayUpdated(
                  v.wallet("target"), v.number("delay"), v.number("since")));
  static final List<EventType<AccessEvent>> EVENTS =
      List.of(ROLE_GRANTED, ROLE_GRANT_DELAY_CHANGED, TARGET_ADMIN_DELAY_UPDATED);

  /** The role that may do everything which is given to no other. */
  public static final long ADMIN_ROLE = 0;

  /**
   * @param executionDelay seconds between scheduling and doing
   */
  public Call grantRole(long role, WalletAddress member, long executionDelay) {
    return GRANT_ROLE.at(address, of(role), of(member), of(executionDelay));
  }

  /**
   * @param caller who renounces; must be the sender
   */
  public Call renounceRole(long role, WalletAddress caller) {
    return RENOUNCE_ROLE.at(address, of(role), of(caller));
  }

  /**
   * @param functions such as {@code halt(uint32)}
   */
  public Call setTargetFunctionRole(WalletAddress target, List<String> functions, long role) {
    var selectors = functions.stream().map(AccessManagerContract::selector).toList();
    return SET_TARGET_FUNCTION_ROLE.at(
        address, of(target), new DynamicArray<>(Bytes4.class, selectors), of(role));
  }

  public Call setRoleAdmin(long role, long admin) {
    return SET_ROLE_ADMIN.at(address, of(role), of(admin));
  }

  /**
   * @param delay seconds until a new member of the role may act
   */
  public Call setGrantDelay(long role, long delay) {
    return SET_GRANT_DELAY.at(address, of(role), of(delay));
  }

  /**
   * @param delay seconds until a change of who may call the target takes effect
   */
  public Call setTargetAdminDelay(WalletAddress target, long delay) {
    return SET_TARGET_ADMIN_DELAY.at(address, of(target), of(delay));
  }

  public Call setTargetClosed(WalletAddress target, boolean closed) {
    return SET_TARGET_CLOSED.at(address, of(target), of(closed));
  }

  /**
   * @param executionDelay seconds between scheduling and doing
   */
  public record Access(boolean isMember, long executionDelay) {}

  public Query<Access> hasRole(long role, WalletAddress account) {
    return HAS_ROLE.ask(
        address,
        v -> new Access(v.flag("isMember"), v.number("executionDelay")),
        of(role),
        of(account));
  }

  public Query<Long> roleAdmin(long role) {
    return GET_ROLE_ADMIN.ask(address, v -> v.number("role"), of(role));
  }

  public Query<Long> roleGuardian(long role) {
    return GET_ROLE_GUARDIAN.ask(address, v -> v.number("role"), of(role));
  }

  /** Seconds. */
  public Query<Long> roleGrantDelay(long role) {
    return GET_ROLE_GRANT_DELAY.ask(address, v -> v.number("delay"), of(role));
  }

  /** Seconds. */
  public Query<Long> targetAdminDelay(WalletAddress target) {
    return GET_TARGET_ADMIN_DELAY.ask(address, v -> v.number("delay"), of(target));
  }

  /**
   * @param function such as {@code halt(uint32)}
   */
  public Query<Long> targetFunctionRole(WalletAddress target, String function) {
    Type<?> selector = selector(function);
    return GET_TARGET_FUNCTION_ROLE.ask(address, v -> v.number("role"), of(target), selector);
  }

  public Query<Boolean> isTargetClosed(WalletAddress target) {
    return IS_TARGET_CLOSED.ask(address, v -> v.flag("closed"), of(target));
  }

  /** Who manages {@code target}, one of our three contracts. */
  public static Query<WalletAddress> authorityOf(WalletAddress target) {
    return AUTHORITY.ask(target, v -> v.wallet("authority"));
  }

  /** What creates one: the compiled {@code code}, and who holds {@link #ADMIN_ROLE} first. */
  public static Bytes creation(Bytes code, WalletAddress admin) {
    return Abi.creation(code, of(admin));
  }

  /** First topics of the {@link AccessEvent}s. */
  public static List<Digest> topics() {
    return EVENTS.stream().map(EventType::topic).toList();
  }

  /** Nothing if it is another contract's log or an event of another kind. */
  public Optional<AccessEvent> event(Log log) {
    return log.address().equals(address) ? EventType.decode(EVENTS, log) : Optional.empty();
  }

  private static Bytes4 selector(String function) {
    Bytes selector = Abi.selector(function);
    return new Bytes4(Arrays.copyOf(selector.toBytes(), 4));
  }
}
