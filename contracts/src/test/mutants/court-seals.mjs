// Ways in which the seals, the beacon and the draw could be wrong; see escrow.mjs for what the fields mean.
export const file = 'Court.sol'
export const tests = /^(CourtSeal|Vectors)/

export const mutants = [
  // Deployment
  {
    name: 'a case may take a day longer than the thaw',
    row: 'audits: stake is gone before the dispute ends',
    find: `policy.window + policy.ruling + 1 days;`,
    replace: `policy.window + policy.ruling;`,
  },
  {
    name: 'evidence may be older than the thaw',
    row: 'audits: stake is gone before the dispute ends',
    find: `uint256(policy.maxAge) + policy.window`,
    replace: `uint256(policy.window)`,
  },
  {
    name: 'a penalty beyond half the bond is allowed',
    row: 'audits: a parameter forces a slash to revert',
    find: `
                && policy.penaltyBps <= MAX_PENALTY_BPS && policy`,
    replace: `
                && policy`,
  },
  {
    name: 'a compensation of any size is allowed',
    row: 'audits: a parameter forces a slash to revert',
    find: `policy.compensationBps <= MAX_COMPENSATION_BPS,`,
    replace: `policy.compensationBps <= type(uint16).max,`,
  },

  // Seals and beacon
  {
    name: 'anyone seals',
    row: 'invariant: roles are bounded',
    find: `function seal(EpochSeal calldata s) external restricted {`,
    replace: `function seal(EpochSeal calldata s) external {`,
  },
  {
    name: 'anyone anchors another chain of preimages',
    row: 'invariant: roles are bounded',
    find: `function anchor(bytes32 commitment) external restricted {`,
    replace: `function anchor(bytes32 commitment) external {`,
  },
  {
    name: 'an epoch is sealed twice',
    row: 'invariant: exactly once',
    find: `        require(s.epoch == expected, EpochOutOfOrder(s.epoch, expected));\n`,
    replace: ``,
  },
  {
    name: 'an epoch is sealed while the last is undrawn',
    row: 'code: beacon',
    find: `        _checkBetweenEpochs();
        require(s.prevRoot`,
    replace: `        require(s.prevRoot`,
  },
  {
    name: 'the operator changes its chain of preimages after the seal',
    row: 'code: beacon',
    find: `        _checkBetweenEpochs();
        link = commitment;`,
    replace: `        link = commitment;`,
  },
  {
    name: 'a seal does not name the one before',
    row: 'code: seals',
    find: `        require(s.prevRoot == _latest.root, WrongParent(s.prevRoot, _latest.root));\n`,
    replace: ``,
  },
  {
    name: 'a seal does not fix the beacon',
    row: 'code: beacon',
    find: `        require(s.beaconCommitment == link, WrongCommitment(s.beaconCommitment, link));\n`,
    replace: ``,
  },
  {
    name: 'any preimage draws',
    row: 'code: beacon',
    find: `        require(keccak256(abi.encode(preimage)) == link, WrongPreimage(preimage));\n`,
    replace: ``,
  },
  {
    name: 'one preimage draws every epoch',
    row: 'code: beacon',
    find: `        link = preimage;\n`,
    replace: ``,
  },
  {
    name: 'an epoch is drawn again',
    row: 'invariant: exactly once',
    find: `        require(e.beacon == 0, AlreadyDrawn(epoch));\n`,
    replace: ``,
  },
  {
    name: 'a withheld epoch is drawn with a preimage chosen afterwards',
    row: 'code: beacon',
    find: `        require(!e.withheld, DeclaredWithheld(epoch));\n`,
    replace: ``,
  },
  {
    name: 'the draw does not wait for its block',
    row: 'code: beacon',
    find: `        require(block.number > drawBlock, TooEarly(uint256(drawBlock) + 1));\n`,
    replace: ``,
  },
  {
    name: 'a forgotten block hash draws as zero',
    row: 'code: beacon',
    find: `        require(hash != 0, BlockHashGone(drawBlock));\n`,
    replace: ``,
  },
  {
    name: 'a pinned hash does not outlast the memory of the chain',
    row: 'code: beacon',
    find: `        if (hash != 0) return hash;\n`,
    replace: ``,
  },
  {
    name: 'an epoch that has ended forgets its seal',
    row: 'code: seals',
    find: `        e.seal = _latest.seal;\n`,
    replace: ``,
  },
  {
    name: 'an epoch that has ended shows the time of the next',
    row: 'code: seals',
    find: `        if (epoch == _latest.epoch) {`,
    replace: `        if (epoch <= _latest.epoch) {`,
  },
  {
    name: 'the operator knows the beacon when it seals',
    row: 'code: beacon',
    file: 'libraries/Draw.sol',
    find: `abi.encode(preimage, blockHash, root)`,
    replace: `abi.encode(preimage, root, root)`,
  },
  {
    name: 'the proposer of the draw block steers the beacon',
    row: 'code: beacon',
    file: 'libraries/Draw.sol',
    find: `abi.encode(preimage, blockHash, root)`,
    replace: `abi.encode(root, blockHash, root)`,
  },
  {
    name: 'the audit rate counts the other way round',
    row: 'code: draw',
    file: 'libraries/Draw.sol',
    find: `leaf))) < threshold;`,
    replace: `leaf))) > threshold;`,
  },
  {
    name: 'a leaf is drawn alike in every epoch',
    row: 'audits: an update without a nonce is replayed',
    file: 'libraries/Draw.sol',
    find: `abi.encodePacked("AUDIT", beacon_, epoch, leaf)`,
    replace: `abi.encodePacked("AUDIT", beacon_, uint64(0) * epoch, leaf)`,
  },
  {
    name: 'a rate in parts of 65,536',
    row: 'audits: two precisions are mixed',
    file: 'libraries/Draw.sol',
    find: `type(uint256).max / ALWAYS * rateBps`,
    replace: `type(uint256).max / type(uint16).max * rateBps`,
  },
  {
    name: 'an audit rate of all draws none',
    row: 'code: draw',
    file: 'libraries/Draw.sol',
    find: `        if (rateBps >= ALWAYS) return true;\n`,
    replace: `        if (rateBps >= ALWAYS) return false;\n`,
  },
  {
    name: 'the committee is the same in every round',
    row: 'code: committee',
    file: 'libraries/Draw.sol',
    find: `abi.encodePacked("COMMITTEE", part, beacon_, leaf, round)`,
    replace: `abi.encodePacked("COMMITTEE", part, beacon_, leaf, round - round)`,
  },
  {
    name: 'a verifier is drawn for two seats',
    row: 'code: committee',
    file: 'libraries/Draw.sol',
    find: `(from[i], to[i]) = (card, _at(from, to, i, uint32(i)));`,
    replace: `(from[i], to[i]) = (card, card);`,
  },
  {
    name: 'a beacon is withheld before it is late',
    row: 'invariant: no slash without evidence',
    find: `e.beacon == 0 && block.number > from, NotWithheld`,
    replace: `e.beacon == 0, NotWithheld`,
  },
  {
    name: 'a beacon that was revealed is withheld',
    row: 'invariant: no slash without evidence',
    find: `epoch != 0 && e.beacon == 0 && block.number`,
    replace: `epoch != 0 && block.number`,
  },
  {
    name: 'a withheld beacon stops the market for ever',
    row: 'invariant: the exit is always open',
    find: `        _end(e, true);\n`,
    replace: ``,
  },
]
