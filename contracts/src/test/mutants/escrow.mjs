// Ways in which Escrow and its libraries could be wrong. `row` says where the idea is from: a bug that an audit of a
// like system found, an invariant of ours that it breaks, or nothing but the code itself. `tests` are the files that have
// to notice: compiling the others would take most of the time.
export const file = 'Escrow.sol'
export const tests = /^(Escrow|Vectors)/

export const mutants = [
  // Settlement
  {
    name: 'a batch counts as taken what it could not take',
    row: 'audits: self-dealing drains the escrow',
    find: `            if (amount > room) {
                emit Shortfall(account, amount - room);`,
    replace: `            if (amount > room) {
                taken += amount - room;
                emit Shortfall(account, amount - room);`,
  },
  {
    name: 'a batch gives more than it takes',
    row: 'audits: self-dealing drains the escrow',
    find: `        require(given <= taken, Unfunded(taken, given));
        uint64 fee = taken - given;`,
    replace: `        uint64 fee = taken > given ? taken - given : 0;`,
  },
  {
    name: 'a batch is applied on any head',
    row: 'invariant: exactly once',
    find: `        require(parent == head, Stale(head));\n`,
    replace: ``,
  },
  {
    name: 'the head stays where it was',
    row: 'invariant: exactly once',
    find: `        head = next;\n`,
    replace: ``,
  },
  {
    name: 'the fee is lost',
    row: 'invariant: conservation',
    find: `_accounts[TREASURY].credit(fee)`,
    replace: `_accounts[TREASURY].credit(0)`,
  },
  {
    name: 'anyone settles',
    row: 'invariant: roles are bounded',
    find: `bytes calldata debits, bytes calldata credits) external restricted {`,
    replace: `bytes calldata debits, bytes calldata credits) external {`,
  },
  {
    name: 'the fee has no cap',
    row: 'code: fee',
    find: `        require(uint256(fee) * 10_000 <= uint256(taken) * MAX_FEE_BPS, FeeTooHigh(fee, taken));\n`,
    replace: ``,
  },
  {
    name: 'the cap of the fee is a share of what workers get',
    row: 'code: fee',
    find: `uint256(taken) * MAX_FEE_BPS`,
    replace: `uint256(given) * MAX_FEE_BPS`,
  },
  {
    name: 'an account is debited twice in one batch',
    row: 'code: order of entries',
    find: `            require(account > previous, NotAscending(previous, account));
            previous = account;
            Account purse`,
    replace: `            require(account >= previous, NotAscending(previous, account));
            previous = account;
            Account purse`,
  },
  {
    name: 'an account is credited twice in one batch',
    row: 'code: order of entries',
    find: `            require(account > previous, NotAscending(previous, account));
            previous = account;
            _accounts`,
    replace: `            require(account >= previous, NotAscending(previous, account));
            previous = account;
            _accounts`,
  },
  {
    name: 'a credit goes to an account that nobody has opened',
    row: 'audits: ids that can be squatted on',
    find: `            given += amount;
        }
        require(previous <= newest, UnknownAccount(previous));`,
    replace: `            given += amount;
        }
        newest;`,
  },
  {
    name: 'a debit from an unknown account passes as a shortfall',
    row: 'code: accounts',
    find: `            taken += amount;
        }
        require(previous <= newest, UnknownAccount(previous));`,
    replace: `            taken += amount;
        }
        newest;`,
  },
  {
    name: 'a batch has no limit of parties',
    row: 'code: bounded loops',
    find: `        require(parties <= MAX_PARTIES, BatchTooLarge(parties, MAX_PARTIES));\n`,
    replace: ``,
  },
  {
    name: 'a torn entry reads beyond the run',
    row: 'code: malformed batch',
    find: `credits.length % Entries.SIZE == 0,`,
    replace: `true,`,
  },
  {
    name: 'a stolen operator key has no rate limit',
    row: 'code: limit',
    find: `        require(level <= l.burst, OverLimit(level, l.burst));\n`,
    replace: ``,
  },
  {
    name: 'the limit never leaks',
    row: 'code: limit',
    find: `(block.timestamp - l.since) * l.rate`,
    replace: `(block.timestamp - l.since) * 0`,
  },
  {
    name: 'a halt does not halt',
    row: 'code: halt',
    find: `        require(block.timestamp >= l.haltedUntil, SettlementHalted(l.haltedUntil));\n`,
    replace: ``,
  },
  {
    name: 'another hash chain than Java and JavaScript compute',
    row: 'audits: six EIP-712 mistakes in one protocol',
    file: 'libraries/Heads.sol',
    find: `abi.encode(parent, root, keccak256(debits), keccak256(credits))`,
    replace: `abi.encode(parent, root, keccak256(credits), keccak256(debits))`,
  },
  {
    name: 'every deployment starts the same chain of batches',
    row: 'code: replay on another deployment',
    file: 'libraries/Heads.sol',
    find: `abi.encode(keccak256("Assay Escrow"), chainId, escrow)`,
    replace: `abi.encode(keccak256("Assay Escrow"), chainId, address(0))`,
  },

  // What was signed
  {
    name: 'the operator takes what is there, signed or not',
    row: 'invariant: paid only if signed',
    file: 'libraries/Accounts.sol',
    find: `return balance < left ? balance : left;`,
    replace: `left; return balance;`,
  },
  {
    name: 'a debit is not counted as spent',
    row: 'invariant: paid only if signed',
    file: 'libraries/Accounts.sol',
    find: `- amount + (uint256(amount) << 64)`,
    replace: `- amount`,
  },
  {
    name: 'earnings run over',
    row: 'audits: an unsafe cast',
    file: 'libraries/Accounts.sol',
    find: `        return Account.wrap(Account.unwrap(a) + (uint256(amount) << 192));`,
    replace: `        unchecked {
            return Account.wrap(Account.unwrap(a) + (uint256(amount) << 192));
        }`,
  },
  {
    name: 'an old ceiling lowers a newer one',
    row: 'audits: an update without a nonce is replayed',
    find: `        require(ceiling > authorized, CeilingNotRaised(ceiling, authorized));\n`,
    replace: ``,
  },
  {
    name: 'a ceiling never expires',
    row: 'code: deadline',
    find: `        require(block.timestamp <= deadline, Expired(deadline));\n`,
    replace: ``,
  },
  {
    name: 'anyone raises a ceiling',
    row: 'audits: the caller does not own the resource',
    find: `        _checkOwner(account);
        _authorize`,
    replace: `        _authorize`,
  },
  {
    name: 'any signature raises a ceiling',
    row: 'invariant: paid only if signed',
    find: `fault == ECDSA.RecoverError.NoError && signer == owner)`,
    replace: `fault == ECDSA.RecoverError.NoError && signer != address(0))`,
  },
  {
    name: 'an owner who gains code can no longer sign',
    row: 'audits: an account becomes a contract (EIP-7702)',
    find: `(fault == ECDSA.RecoverError.NoError && signer == owner)`,
    replace: `(owner.code.length == 0 && fault == ECDSA.RecoverError.NoError && signer == owner)`,
  },
  {
    name: 'wallets that are contracts cannot sign',
    row: 'code: ERC-1271',
    find: `
                || SignatureChecker.isValidERC1271SignatureNowCalldata(owner, digest, signature),`,
    replace: `,`,
  },
  {
    name: 'one space too many in a type string',
    row: 'audits: six EIP-712 mistakes in one protocol',
    file: 'libraries/Typed.sol',
    find: `"Ceiling(uint32 account,uint64 ceiling,`,
    replace: `"Ceiling(uint32 account, uint64 ceiling,`,
  },
  {
    name: 'a deadline that nobody signed',
    row: 'audits: six EIP-712 mistakes in one protocol',
    file: 'libraries/Typed.sol',
    find: `abi.encode(CEILING, account, amount, deadline)`,
    replace: `abi.encode(CEILING, account, amount, deadline - deadline)`,
  },

  // Accounts
  {
    name: 'a moved account forgets what it spent',
    row: 'audits: collected twice after the signer moves',
    find: `        holders[account].owner = msg.sender;
        if`,
    replace: `        holders[account].owner = msg.sender;
        (uint64 balance,, uint64 authorized, uint64 earned) = _accounts[account].parts();
        _accounts[account] = Accounts.pack(balance, 0, authorized, earned);
        if`,
  },
  {
    name: 'an account is offered by anyone',
    row: 'audits: the caller does not own the resource',
    find: `        _checkOwner(account);
        offeredTo`,
    replace: `        offeredTo`,
  },
  {
    name: 'an account is accepted by anyone',
    row: 'audits: the caller does not own the resource',
    find: `        require(offeredTo[account] == msg.sender, NotOffered(account, msg.sender));\n`,
    replace: ``,
  },
  {
    name: 'an offer is accepted again after the account moved on',
    row: 'code: accounts',
    find: `        delete offeredTo[account];\n`,
    replace: ``,
  },
  {
    name: 'deposits of the former owner go to the new one',
    row: 'code: accounts',
    find: `        if (idOf[from] == account) delete idOf[from];\n`,
    replace: `        from;\n`,
  },
  {
    name: 'whoever is first opens the account of another',
    row: 'audits: ids that can be squatted on',
    find: `(idOf[owner], holders[account].owner) = (account, owner);`,
    replace: `(idOf[owner], holders[account].owner) = (account, msg.sender);`,
  },

  // Deposits
  {
    name: 'a token with a fee is credited in full',
    row: 'invariant: solvency',
    find: `        require(received == amount, UnexpectedAmount(amount, received));\n`,
    replace: `        received;\n`,
  },
  {
    name: 'a stranger defers an exit by a deposit of one unit',
    row: 'audits: a stranger tops up to grief',
    find: `        emit Deposited(account, from, amount);`,
    replace: `        if (holders[account].readyAt != 0) holders[account].readyAt = uint32(block.timestamp) + exitDelay;
        emit Deposited(account, from, amount);`,
  },
  {
    name: 'a permit that was front-run blocks the deposit',
    row: 'audits: signatures that are front-run',
    find: `        try IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s) {} catch {}`,
    replace: `        IERC20Permit(address(token)).permit(msg.sender, address(this), amount, deadline, v, r, s);`,
  },
  {
    name: 'a deposit by authorization credits whoever relays it',
    row: 'audits: the caller does not own the resource',
    find: `        account = open(from);\n`,
    replace: `        account = open(msg.sender);\n`,
  },
  {
    name: 'an authorization is taken by whoever comes first',
    row: 'audits: signatures that are front-run',
    file: 'development/TestUSD.sol',
    find: `        require(to == msg.sender, CallerNotPayee(msg.sender, to));\n`,
    replace: ``,
  },

  // Exits and payouts
  {
    name: 'an exit has no delay',
    row: 'invariant: no early exit',
    find: `        require(block.timestamp >= holder.readyAt, NotReady(holder.readyAt));\n`,
    replace: ``,
  },
  {
    name: 'a larger exit keeps the time of a smaller one',
    row: 'invariant: no early exit',
    find: `uint32 readyAt = amount == 0 ? 0 : uint32(block.timestamp) + exitDelay;`,
    replace: `uint32 readyAt = holders[account].readyAt;
        if (readyAt == 0 && amount != 0) readyAt = uint32(block.timestamp) + exitDelay;`,
  },
  {
    name: 'an exit is announced by anyone',
    row: 'audits: the caller does not own the resource',
    find: `        _checkOwner(account);
        uint32 readyAt`,
    replace: `        uint32 readyAt`,
  },
  {
    name: 'an exit is taken by anyone',
    row: 'audits: the caller does not own the resource',
    find: `        _checkOwner(account);
        Holder storage`,
    replace: `        Holder storage`,
  },
  {
    name: 'an exit pays the announced amount though less is left',
    row: 'invariant: solvency',
    find: `amount = holder.leaving < balance ? holder.leaving : balance;`,
    replace: `amount = holder.leaving;
        if (amount > balance) balance = amount;`,
  },
  {
    name: 'an exit can be repeated',
    row: 'invariant: exactly once',
    find: `        (holder.leaving, holder.readyAt) = (0, 0);\n`,
    replace: ``,
  },
  {
    name: 'an exit waits for a halt to end',
    row: 'invariant: the exit is always open',
    find: `        require(holder.leaving != 0, NothingAnnounced(account));`,
    replace: `        require(block.timestamp >= limit.haltedUntil, SettlementHalted(limit.haltedUntil));
        require(holder.leaving != 0, NothingAnnounced(account));`,
  },
  {
    name: 'an exit with nothing left sends nothing, which some tokens refuse',
    row: 'audits: a zero transfer that reverts',
    find: `if (amount != 0) token.safeTransfer(msg.sender, amount);`,
    replace: `token.safeTransfer(msg.sender, amount);`,
  },
  {
    name: 'earnings are paid again and again',
    row: 'invariant: solvency',
    find: `_accounts[account] = Accounts.pack(balance, spent, authorized, 0);`,
    replace: `_accounts[account] = Accounts.pack(balance, spent, authorized, amount);`,
  },
  {
    name: 'one refused payee stops all payouts',
    row: 'audits: a blacklisted payee blocks the batch',
    find: `            if (token.tryTransfer(owner, amount)) {`,
    replace: `            token.safeTransfer(owner, amount);
            if (true) {`,
  },
  {
    name: 'what the token refused is lost to the worker',
    row: 'invariant: conservation',
    find: `                _accounts[account] = _accounts[account].credit(amount);
                emit PayoutRefused`,
    replace: `                emit PayoutRefused`,
  },
  {
    name: 'a payee with hooks undoes its own ceiling',
    row: 'code: state read before the call',
    find: `                _accounts[account] = _accounts[account].credit(amount);
                emit PayoutRefused`,
    replace: `                _accounts[account] = Accounts.pack(balance, spent, authorized, amount);
                emit PayoutRefused`,
  },
  {
    name: 'a payout of nothing calls the token',
    row: 'audits: a zero transfer that reverts',
    find: `            if (amount == 0) continue;\n`,
    replace: ``,
  },
  {
    name: 'a token takes all gas of a payout',
    row: 'audits: a callback eats 63/64 of the gas',
    file: 'libraries/Tokens.sol',
    find: `call(TRANSFER_GAS, token,`,
    replace: `call(gas(), token,`,
  },
  {
    name: 'a token answers with a bomb',
    row: 'audits: a callback returns a bomb',
    file: 'libraries/Tokens.sol',
    find: `            let success := call(TRANSFER_GAS, token, 0, add(data, 0x20), mload(data), 0, 0x20)
            let returned := returndatasize()`,
    replace: `            let success := call(TRANSFER_GAS, token, 0, add(data, 0x20), mload(data), 0, 0x20)
            let returned := returndatasize()
            returndatacopy(mload(0x40), 0, returned)`,
  },
  {
    name: 'a token answers with a malformed boolean',
    row: 'audits: a callback returns a malformed boolean',
    file: 'libraries/Tokens.sol',
    find: `eq(mload(0), 1)`,
    replace: `iszero(iszero(mload(0)))`,
  },
  {
    name: 'one byte passes for a boolean',
    row: 'audits: a callback returns a malformed boolean',
    file: 'libraries/Tokens.sol',
    find: `or(and(gt(returned, 0x1f), eq(mload(0), 1)), iszero(returned))`,
    replace: `or(eq(mload(0), 1), lt(returned, 0x20))`,
  },
  {
    name: 'a refusal without a word counts as payment',
    row: 'invariant: conservation',
    file: 'libraries/Tokens.sol',
    find: `done := and(success, or(`,
    replace: `done := and(or(success, 1), or(`,
  },

  // Governance
  {
    name: 'a halt outlasts the exit of a debtor',
    row: 'audits: a pause lets the payer escape',
    find: `uint32 half = exitDelay / 2;`,
    replace: `uint32 half = exitDelay;`,
  },
  {
    name: 'a halt has no limit',
    row: 'audits: a pause lets the payer escape',
    find: `            require(until <= uint256(present) + half, HaltTooLong(until, uint256(present) + half));\n`,
    replace: ``,
  },
  {
    name: 'halts follow one another without a pause',
    row: 'audits: a pause lets the payer escape',
    find: `            require(present >= earliest, HaltTooSoon(earliest));\n`,
    replace: ``,
  },
  {
    name: 'anyone halts',
    row: 'invariant: roles are bounded',
    find: `function halt(uint32 until) external restricted {`,
    replace: `function halt(uint32 until) external {`,
  },
  {
    name: 'anyone sets the limit',
    row: 'invariant: roles are bounded',
    find: `function setLimit(uint64 rate, uint64 burst) external restricted {`,
    replace: `function setLimit(uint64 rate, uint64 burst) external {`,
  },
  {
    name: 'an exit delay of a year is allowed',
    row: 'audits: parameters that overflow or lock in',
    find: `exitDelay_ >= 1 hours && exitDelay_ <= 30 days`,
    replace: `exitDelay_ >= 1 hours && exitDelay_ <= 365 days`,
  },
]
