package dev.assay.protocol.chain;

import dev.assay.protocol.Bytes;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** A custom error as the ABI knows it. The bindings' test compares all with what was compiled. */
record ErrorType(String name, List<Abi.Parameter> parameters) {
  /** Every error that a call of ours can meet. One of the same signature stands here once. */
  static final List<ErrorType> ALL =
      Stream.of(
              // Solidity
              "Error(string message)",
              "Panic(uint256 code)",
              // Escrow
              "BadSignature(address expected)",
              "BatchTooLarge(uint256 parties, uint256 most)",
              "CeilingNotRaised(uint64 ceiling, uint64 authorized)",
              "DelayOutOfRange(uint32 delay)",
              "Expired(uint256 deadline)",
              "FeeTooHigh(uint64 fee, uint64 taken)",
              "HaltTooLong(uint32 until, uint256 latest)",
              "HaltTooSoon(uint256 earliest)",
              "InvalidOwner(address owner)",
              "MalformedBatch(uint256 debitBytes, uint256 creditBytes)",
              "NotAscending(uint32 previous, uint32 account)",
              "NotOffered(uint32 account, address caller)",
              "NotOwner(uint32 account, address caller)",
              "NotReady(uint32 readyAt)",
              "NothingAnnounced(uint32 account)",
              "OverLimit(uint256 level, uint64 burst)",
              "SettlementHalted(uint32 until)",
              "Stale(bytes32 head)",
              "UnexpectedAmount(uint64 expected, uint256 received)",
              "Unfunded(uint64 taken, uint64 given)",
              "UnknownAccount(uint32 account)",
              "UnsupportedToken(address token)",
              // Stake
              "KeyAlreadyRevoked(address key, uint40 deadAt)",
              "KeyTaken(address key, address worker)",
              "NotReady(uint40 readyAt)",
              "NotYourKey(address key, address caller)",
              "NothingToWithdraw(address worker)",
              "ThawOutOfRange(uint40 thaw)",
              "TooMuch(uint64 asked, uint64 most)",
              // Court
              "AcceptedAnswer(bytes32 outputDigest)",
              "AlreadyDrawn(uint64 epoch)",
              "BlockHashGone(uint64 blockNumber)",
              "Braked(bytes32 id)",
              "DeclaredWithheld(uint64 epoch)",
              "EmptySeal(uint64 epoch)",
              "EpochOutOfOrder(uint64 epoch, uint64 expected)",
              "KnownCase(bytes32 id)",
              "Mismatch(bytes32 given, bytes32 expected)",
              "NotAccused(bytes32 id, address caller)",
              "NotAscending(address previous, address verifier)",
              "NotDrawn(uint64 epoch)",
              "NotEarlier(uint64 canaryEpoch, uint64 epoch)",
              "NotInTree(bytes32 root, bytes32 leaf)",
              "NotOnCommittee(address verifier)",
              "NotSealed(uint64 epoch)",
              "NotSelected(uint64 epoch, bytes32 leaf)",
              "NotWithheld(uint64 epoch, uint256 from)",
              "PeriodsTooLong(uint256 needed, uint40 thaw)",
              "PolicyOutOfRange()",
              "RoundOutOfRange(uint8 round)",
              "SameClaim(bytes32 claim)",
              "TooEarly(uint256 earliest)",
              "TooFewOfProfile(uint256 votes, uint256 least)",
              "TooFewVotes(uint256 votes, uint256 quorum)",
              "TooLate(uint40 deadline)",
              "TooLittleAtStake(address verifier, uint64 active)",
              "TooOld(uint256 latest)",
              "WasSelected(uint64 epoch, bytes32 leaf)",
              "WrongCommitment(bytes32 commitment, bytes32 expected)",
              "WrongParent(bytes32 prevRoot, bytes32 expected)",
              "WrongPreimage(bytes32 preimage)",
              "WrongSigner(address expected)",
              "WrongState(bytes32 id, uint8 state)",
              // OpenZeppelin, in our contracts
              "AccessManagedInvalidAuthority(address authority)",
              "AccessManagedRequiredDelay(address caller, uint32 delay)",
              "AccessManagedUnauthorized(address caller)",
              "InvalidShortString()",
              "ReentrancyGuardReentrantCall()",
              "SafeERC20FailedOperation(address token)",
              "StringTooLong(string str)",
              // OpenZeppelin's AccessManager
              "AccessManagerAlreadyScheduled(bytes32 operationId)",
              "AccessManagerBadConfirmation()",
              "AccessManagerExpired(bytes32 operationId)",
              "AccessManagerInvalidInitialAdmin(address initialAdmin)",
              "AccessManagerLockedFunction(bytes4 selector)",
              "AccessManagerLockedRole(uint64 roleId)",
              "AccessManagerNotReady(bytes32 operationId)",
              "AccessManagerNotScheduled(bytes32 operationId)",
              "AccessManagerUnauthorizedAccount(address msgsender, uint64 roleId)",
              "AccessManagerUnauthorizedCall(address caller, address target, bytes4 selector)",
              "AccessManagerUnauthorizedCancel(address msgsender, address caller, address target,"
                  + " bytes4 selector)",
              "AccessManagerUnauthorizedConsume(address target)",
              "AddressEmptyCode(address target)",
              "FailedCall()",
              "InsufficientBalance(uint256 balance, uint256 needed)",
              "SafeCastOverflowedUintDowncast(uint8 bits, uint256 value)",
              // TestUSD
              "AuthorizationNotValid(uint256 validAfter, uint256 validBefore)",
              "AuthorizationSpent(address authorizer, bytes32 nonce)",
              "CallerNotPayee(address caller, address payee)",
              "ECDSAInvalidSignature()",
              "ECDSAInvalidSignatureLength(uint256 length)",
              "ECDSAInvalidSignatureS(bytes32 s)",
              "ERC20InsufficientAllowance(address spender, uint256 allowance, uint256 needed)",
              "ERC20InsufficientBalance(address sender, uint256 balance, uint256 needed)",
              "ERC20InvalidApprover(address approver)",
              "ERC20InvalidReceiver(address receiver)",
              "ERC20InvalidSender(address sender)",
              "ERC20InvalidSpender(address spender)",
              "ERC2612ExpiredSignature(uint256 deadline)",
              "ERC2612InvalidSigner(address signer, address owner)",
              "InvalidAccountNonce(address account, uint256 currentNonce)",
              "InvalidAuthorizer(address signer, address authorizer)")
          .map(ErrorType::parse)
          .toList();

  private static final Map<Bytes, ErrorType> BY_SELECTOR =
      ALL.stream()
          .collect(
              Collectors.toUnmodifiableMap(
                  type -> Abi.selector(type.signature()), Function.identity()));

  private static ErrorType parse(String declaration) {
    int open = declaration.indexOf('(');
    return new ErrorType(
        declaration.substring(0, open),
        Abi.Parameter.parseAll(declaration.substring(open + 1, declaration.length() - 1)));
  }

  String signature() {
    return name
        + parameters.stream().map(Abi.Parameter::type).collect(Collectors.joining(",", "(", ")"));
  }

  static ContractError decode(Bytes data) {
    if (data.size() < 4) {
      return data.size() == 0 ? ContractError.SILENT : ContractError.unknown(data);
    }
    byte[] all = data.toBytes();
    ErrorType type = BY_SELECTOR.get(Bytes.of(Arrays.copyOf(all, 4)));
    if (type == null) {
      return ContractError.unknown(data);
    }
    try {
      Bytes arguments = Bytes.of(Arrays.copyOfRange(all, 4, all.length));
      return new ContractError(type.name, new Values(Abi.decode(type.parameters, arguments)));
    } catch (IllegalArgumentException e) { // a stranger's contract may return anything
      return ContractError.unknown(data);
    }
  }
}
