// Ways in which the life of a case, its penalty and its proceeds could be wrong; see escrow.mjs for what the fields mean.
export const file = 'Court.sol'
export const tests = /^(CourtCase|CourtProceeds)/

export const mutants = [
  // Cases
  {
    name: 'anyone appeals for the accused',
    row: 'audits: the caller does not own the resource',
    find: `        require(c.accused == msg.sender, NotAccused(id, msg.sender));\n`,
    replace: ``,
  },
  {
    name: 'an appeal after the window counts',
    row: 'code: window',
    find: `        require(block.timestamp <= c.deadline, TooLate(c.deadline));
        (c.state, c.deadline) = (State.Appealed`,
    replace: `        (c.state, c.deadline) = (State.Appealed`,
  },
  {
    name: 'an appeal costs nothing',
    row: 'audits: spam against the arbiter',
    find: `        c.amount += stake.freeze(msg.sender, appealFee);\n`,
    replace: ``,
  },
  {
    name: 'anyone rules',
    row: 'invariant: roles are bounded',
    find: `function rule(bytes32 id, bool upheld) external restricted {`,
    replace: `function rule(bytes32 id, bool upheld) external {`,
  },
  {
    name: 'a ruling that comes too late counts',
    row: 'code: window',
    find: `        require(block.timestamp <= c.deadline, TooLate(c.deadline));
        if (upheld)`,
    replace: `        if (upheld)`,
  },
  {
    name: 'a case that nobody appealed is ruled',
    row: 'code: case states',
    find: `        require(c.state == State.Appealed, WrongState(id, c.state));\n`,
    replace: ``,
  },
  {
    name: 'the arbiter cannot dismiss',
    row: 'code: case states',
    find: `        else _dismiss(id, c);
    }`,
    replace: `        else _uphold(id, c);
    }`,
  },
  {
    name: 'an appeal that is not ruled stands',
    row: 'invariant: unruled falls',
    find: `        if (state == State.Appealed) _dismiss(id, c);`,
    replace: `        if (state == State.Appealed) _uphold(id, c);`,
  },
  {
    name: 'an unanswered case falls',
    row: 'invariant: unanswered stands',
    find: `        else if (state == State.Open) _uphold(id, c);`,
    replace: `        else if (state == State.Open) _dismiss(id, c);`,
  },
  {
    name: 'a case closes before its window is over',
    row: 'code: window',
    find: `            require(block.timestamp > c.deadline, TooEarly(uint256(c.deadline) + 1));\n`,
    replace: ``,
  },
  {
    name: 'a dismissed case keeps the stake frozen',
    row: 'invariant: the exit is always open',
    find: `        stake.release(c.accused, amount);`,
    replace: `        amount;`,
  },

  // Penalty, brake, proceeds
  {
    name: 'a penalty of a shrunk bond has no teeth',
    row: 'audits: repeated slashes lose their teeth',
    find: `return share > minPenalty ? share : minPenalty;`,
    replace: `return share;`,
  },
  {
    name: 'a penalty is a share of the active stake',
    row: 'audits: a slash is outrun by unbonding',
    find: `uint64(uint256(stake.bondOf(accused).bonded) * penaltyBps / BPS)`,
    replace: `uint64(uint256(stake.activeOf(accused)) * penaltyBps / BPS)`,
  },
  {
    name: 'judged cases are not braked',
    row: 'code: brake',
    find: `        uint64 asked = c.amount == 0 ? 0 : _brake(c.amount);`,
    replace: `        if (c.amount != 0) _brake(0);
        uint64 asked = c.amount;`,
  },
  {
    name: 'the brake never opens again',
    row: 'invariant: a slash never reverts',
    find: `uint256 leaked = (block.timestamp - brakeSince) * capacity / 1 days;`,
    replace: `uint256 leaked = (block.timestamp - brakeSince) * capacity / 1 days * 0;`,
  },
  {
    name: 'the brake forgets what it let pass',
    row: 'code: brake',
    find: `(uint64(level) + granted, uint40(block.timestamp));`,
    replace: `(granted, uint40(block.timestamp));`,
  },
  {
    name: 'dust cannot be slashed',
    row: 'audits: a slash rounds to nothing',
    find: `* DAILY_BPS + 2 * BPS - 1) / (2 * BPS);`,
    replace: `* DAILY_BPS) / (2 * BPS);`,
  },
  {
    name: 'a day takes its share at once and once more as it leaks',
    row: 'code: brake',
    find: `* DAILY_BPS + 2 * BPS - 1) / (2 * BPS);`,
    replace: `* DAILY_BPS + BPS - 1) / BPS;`,
  },
  {
    name: 'what the brake holds back is forgiven',
    row: 'invariant: a due slash is not outrun',
    find: `        if (left == 0) c.state = State.Closed;`,
    replace: `        c.state = State.Closed;`,
  },
  {
    name: 'what was collected is collected again',
    row: 'audits: two kinds of slash take twice',
    find: `        uint64 left = c.amount - asked;`,
    replace: `        uint64 left = c.amount - asked / 2;`,
  },
  {
    name: 'a cheat that reports itself loses nothing',
    row: 'audits: a bounty for reporting oneself',
    find: `uint16 public constant REWARD_BPS = 2_000;`,
    replace: `uint16 public constant REWARD_BPS = 10_000;`,
  },
  {
    name: 'a cheat that is its own requester gets its stake back',
    row: 'audits: a bounty for reporting oneself',
    find: `uint16 public constant COMPENSATION_CAP_BPS = 5_000;`,
    replace: `uint16 public constant COMPENSATION_CAP_BPS = 10_000;`,
  },
  {
    name: 'a share in parts of a million',
    row: 'audits: two precisions are mixed',
    find: `return uint64(uint256(amount) * bps / BPS);`,
    replace: `return uint64(uint256(amount) * bps / 1e6);`,
  },
  {
    name: 'a compensation beyond 64 bits is cut to its low bits',
    row: 'audits: an unsafe cast',
    find: `        if (compensation > type(uint64).max) compensation = type(uint64).max;\n`,
    replace: ``,
  },
  {
    name: 'the harmed is paid twice when a case is collected in parts',
    row: 'audits: two kinds of slash take twice',
    find: `        c.compensation -= toHarmed;\n`,
    replace: ``,
  },
  {
    name: 'verifiers are paid twice when a case is collected in parts',
    row: 'audits: two kinds of slash take twice',
    find: `            c.verifierFee -= each;\n`,
    replace: ``,
  },
  {
    name: 'the verifiers are paid from what is not there',
    row: 'invariant: rounding',
    find: `            rest -= each * count;\n`,
    replace: ``,
  },
  {
    name: 'a case without voters divides by zero',
    row: 'audits: a division by zero when all thaws',
    find: `        if (count != 0) {`,
    replace: `        {`,
  },
  {
    name: 'the harmed requester is left to fetch its compensation from its wallet',
    row: 'code: compensation',
    find: `c.kind != Kind.IllegitimateAudit);`,
    replace: `c.kind == Kind.IllegitimateAudit);`,
  },
  {
    name: 'the reporter is paid into a purse',
    row: 'code: compensation',
    find: `_award(c.reporter, reward, false);`,
    replace: `_award(c.reporter, reward, true);`,
  },
  {
    name: 'the reporter is paid on top of the rest',
    row: 'invariant: rounding',
    find: `_award(insurance, rest - reward, false);`,
    replace: `_award(insurance, rest, false);`,
  },
  {
    name: 'the reporter is paid what belongs to others',
    row: 'invariant: rounding',
    find: `        uint64 reward = _least(rest, _share(taken, REWARD_BPS));`,
    replace: `        uint64 reward = _share(taken, REWARD_BPS);`,
  },
  {
    name: 'an old case slashes what a later one froze',
    row: 'audits: two kinds of slash take twice',
    find: `if (c.ruins != ruins) (c.ruins, c.amount) = (ruins, 0);`,
    replace: `ruins;`,
  },
  {
    name: 'a total loss is not remembered',
    row: 'audits: two kinds of slash take twice',
    find: `        ++_ruins[accused];\n`,
    replace: ``,
  },
]
