// Ways in which Stake could be wrong; see escrow.mjs for what the fields mean.
export const file = 'Stake.sol'
export const tests = /^(Stake|Vectors)/

export const mutants = [
  {
    name: 'a slash beyond what is frozen reverts',
    row: 'audits: a slash larger than the balance reverts',
    find: `        taken = _least(amount, b.frozen);`,
    replace: `        taken = amount;`,
  },
  {
    name: 'a slash takes from what is not frozen',
    row: 'audits: two kinds of slash take twice',
    find: `        taken = _least(amount, b.frozen);
        (b.frozen, b.bonded) = (b.frozen - taken, b.bonded - taken);`,
    replace: `        taken = _least(amount, b.bonded);
        (b.frozen, b.bonded) = (b.frozen - _least(taken, b.frozen), b.bonded - taken);`,
  },
  {
    name: 'a slash leaves more thawing than is bonded',
    row: 'invariant: a slash never reverts',
    find: `        if (b.thawing > b.bonded) b.thawing = b.bonded;\n`,
    replace: ``,
  },
  {
    name: 'what is slashed is still counted as bonded',
    row: 'invariant: solvency',
    find: `        totalBonded -= taken;\n`,
    replace: ``,
  },
  {
    name: 'what is slashed is in no pot',
    row: 'invariant: conservation',
    find: `        pot += taken;\n`,
    replace: ``,
  },
  {
    name: 'an award beyond the pot is paid from bonds',
    row: 'invariant: solvency',
    find: `        awarded = _least(amount, pot);
        pot -= awarded;`,
    replace: `        awarded = amount;
        pot -= _least(amount, pot);`,
  },
  {
    name: 'a second award replaces the first',
    row: 'invariant: conservation',
    find: `_due[to].toWallet += awarded;`,
    replace: `_due[to].toWallet = awarded;`,
  },
  {
    name: 'a second compensation replaces the first',
    row: 'invariant: conservation',
    find: `_due[to].toPurse += awarded;`,
    replace: `_due[to].toPurse = awarded;`,
  },
  {
    name: 'a compensation goes into the purse of whoever claims it',
    row: 'audits: the caller does not own the resource',
    find: `escrow.deposit(to, due.toPurse);`,
    replace: `escrow.deposit(msg.sender, due.toPurse);`,
  },
  {
    name: 'a claim leaves the Escrow more to take than it pays',
    row: 'invariant: solvency',
    find: `token.forceApprove(address(escrow), due.toPurse);`,
    replace: `token.forceApprove(address(escrow), type(uint256).max);`,
  },
  {
    name: 'an award is claimed again and again',
    row: 'invariant: exactly once',
    find: `        delete _due[to];\n`,
    replace: ``,
  },
  {
    name: 'a claim goes to whoever sends it',
    row: 'audits: the caller does not own the resource',
    find: `token.safeTransfer(to, due.toWallet);`,
    replace: `token.safeTransfer(msg.sender, due.toWallet);`,
  },
  {
    name: 'thawing stake cannot be frozen',
    row: 'audits: a slash is outrun by unbonding',
    find: `        frozen = _least(amount, b.bonded - b.frozen);`,
    replace: `        frozen = _least(amount, b.bonded - _least(b.bonded, b.frozen + b.thawing));`,
  },
  {
    name: 'a freeze beyond the bond reverts',
    row: 'audits: a slash larger than the balance reverts',
    find: `        frozen = _least(amount, b.bonded - b.frozen);`,
    replace: `        frozen = amount;
        require(amount <= b.bonded - b.frozen);`,
  },
  {
    name: 'two cases freeze the same stake',
    row: 'invariant: exposure',
    find: `        frozen = _least(amount, b.bonded - b.frozen);`,
    replace: `        frozen = _least(amount, b.bonded);`,
  },
  {
    name: 'a release beyond what is frozen reverts',
    row: 'invariant: a slash never reverts',
    find: `        released = _least(amount, b.frozen);`,
    replace: `        released = amount;`,
  },
  {
    name: 'a release releases nothing',
    row: 'invariant: the exit is always open',
    find: `        b.frozen -= released;\n`,
    replace: ``,
  },
  {
    name: 'frozen stake leaves',
    row: 'invariant: exposure',
    find: `uint64 free = b.bonded - b.frozen;`,
    replace: `uint64 free = b.bonded;`,
  },
  {
    name: 'stake leaves without a thaw',
    row: 'invariant: no early exit',
    find: `        require(block.timestamp >= b.readyAt, NotReady(b.readyAt));\n`,
    replace: ``,
  },
  {
    name: 'more is added to a thaw that is nearly over',
    row: 'invariant: no early exit',
    find: `if (amount > b.thawing) b.readyAt`,
    replace: `if (b.thawing == 0) b.readyAt`,
  },
  {
    name: 'what thaws is withdrawn twice',
    row: 'invariant: solvency',
    find: `(b.bonded, b.thawing) = (b.bonded - amount, b.thawing - amount);`,
    replace: `(b.bonded, b.thawing) = (b.bonded - amount, b.thawing);`,
  },
  {
    name: 'what was withdrawn is still counted as bonded',
    row: 'invariant: solvency',
    find: `        totalBonded -= amount;\n`,
    replace: ``,
  },
  {
    name: 'more than the bond thaws',
    row: 'audits: the sum of a thaw overflows',
    find: `        require(amount <= b.bonded, TooMuch(amount, b.bonded));\n`,
    replace: ``,
  },
  {
    name: 'a thaw of any length',
    row: 'audits: the sum of a thaw overflows',
    find: `thaw_ >= 1 days && thaw_ <= 365 days`,
    replace: `thaw_ >= 1 days`,
  },
  {
    name: 'a thaw of no length',
    row: 'audits: stake is gone before the dispute ends',
    find: `thaw_ >= 1 days && thaw_ <= 365 days`,
    replace: `thaw_ <= 365 days`,
  },
  {
    name: 'a top-up inherits the thaw',
    row: 'audits: a top-up inherits the thaw',
    find: `        _bonds[worker].bonded += amount;`,
    replace: `        _bonds[worker].bonded += amount;
        if (_bonds[worker].thawing != 0) _bonds[worker].thawing += amount;`,
  },
  {
    name: 'a stranger restarts a thaw by a bond of one unit',
    row: 'audits: a stranger tops up to grief',
    find: `        _bonds[worker].bonded += amount;`,
    replace: `        _bonds[worker].bonded += amount;
        if (_bonds[worker].thawing != 0) _bonds[worker].readyAt = uint40(block.timestamp) + thaw;`,
  },
  {
    name: 'a second bond replaces the first',
    row: 'audits: a provision is overwritten',
    find: `        _bonds[worker].bonded += amount;`,
    replace: `        _bonds[worker].bonded = amount;`,
  },
  {
    name: 'a bond belongs to whoever pays it',
    row: 'audits: the caller does not own the resource',
    find: `        _bonds[worker].bonded += amount;`,
    replace: `        _bonds[msg.sender].bonded += amount;`,
  },
  {
    name: 'a token with a fee is bonded in full',
    row: 'invariant: solvency',
    find: `        require(received == amount, UnexpectedAmount(amount, received));\n`,
    replace: `        received;\n`,
  },
  {
    name: 'more is held than 64 bits count',
    row: 'invariant: a slash never reverts',
    find: `        require(amount <= most, TooMuch(amount, most));\n`,
    replace: `        most;\n`,
  },
  {
    name: 'all stake thawing makes the active stake revert',
    row: 'audits: a division by zero when all thaws',
    find: `return b.bonded > held ? uint64(b.bonded - held) : 0;`,
    replace: `return uint64(b.bonded - held);`,
  },
  {
    name: 'thawing stake counts as active',
    row: 'invariant: exposure',
    find: `uint256 held = uint256(b.thawing) + b.frozen;`,
    replace: `uint256 held = b.frozen;`,
  },
  {
    name: 'a key is bound without its consent',
    row: 'audits: ids that can be squatted on',
    find: `fault == ECDSA.RecoverError.NoError && signer == key,`,
    replace: `fault == ECDSA.RecoverError.NoError && signer != address(0),`,
  },
  {
    name: 'a bound key is bound again by another',
    row: 'audits: a provision is overwritten',
    find: `        require(keys[key].worker == address(0), KeyTaken(key, keys[key].worker));\n`,
    replace: ``,
  },
  {
    name: 'the consent of a key does not expire',
    row: 'code: deadline',
    find: `        require(block.timestamp <= deadline, Expired(deadline));\n`,
    replace: ``,
  },
  {
    name: 'the consent of a key to one owner is used by another',
    row: 'audits: ids that can be squatted on',
    file: 'libraries/Typed.sol',
    find: `abi.encode(SESSION_KEY, owner, key, deadline)`,
    replace: `abi.encode(SESSION_KEY, key, key, deadline)`,
  },
  {
    name: 'anyone revokes a key',
    row: 'audits: the caller does not own the resource',
    find: `        require(k.worker == msg.sender, NotYourKey(key, msg.sender));\n`,
    replace: ``,
  },
  {
    name: 'a revocation is repeated and so put off',
    row: 'code: keys',
    find: `        require(k.deadAt == 0, KeyAlreadyRevoked(key, k.deadAt));\n`,
    replace: ``,
  },
  {
    name: 'a cheat revokes its key and is out of reach',
    row: 'audits: a slash is outrun by unbonding',
    find: `k.deadAt = uint40(block.timestamp) + thaw;`,
    replace: `k.deadAt = uint40(block.timestamp);`,
  },
  {
    name: 'a revoked key signs for ever',
    row: 'code: keys',
    find: `return k.deadAt != 0 && block.timestamp >= k.deadAt ? address(0) : k.worker;`,
    replace: `return k.worker;`,
  },
  ...[
    ['freeze', 'worker', ''],
    ['release', 'worker', ''],
    ['slash', 'worker', ''],
    ['award', 'to', ', bool toPurse'],
  ].map(([name, who, more]) => ({
    name: `anyone calls ${name}`,
    row: 'invariant: roles are bounded',
    find: `function ${name}(address ${who}, uint64 amount${more}) external restricted`,
    replace: `function ${name}(address ${who}, uint64 amount${more}) external`,
  })),
]
