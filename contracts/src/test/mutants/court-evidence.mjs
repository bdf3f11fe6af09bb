// Ways in which the Court could believe what it must not, or not believe what it must; see escrow.mjs for what the fields mean.
export const file = 'Court.sol'
export const tests = /^(CourtEvidence|CourtVerdict|CourtSigners|Vectors)/

export const mutants = [
  // Whose signature, which leaf
  {
    name: 'any bound key signs for any worker',
    row: 'invariant: no slash without evidence',
    find: `stake.workerOf(key) == expected,`,
    replace: `stake.workerOf(key) != address(0),`,
  },
  {
    name: 'an unbound key signs for nobody',
    row: 'audits: a zero signer',
    find: `expected != address(0) && stake`,
    replace: `stake`,
  },
  {
    name: 'a leaf needs no proof',
    row: 'invariant: no slash without evidence',
    find: `        require(MerkleProof.verifyCalldata(proof, root, leaf), NotInTree(root, leaf));`,
    replace: `        proof;
        root;
        leaf;`,
  },
  {
    name: 'a seal that was never sealed counts',
    row: 'invariant: no slash without evidence',
    find: `        require(_sealOf(s.epoch) == Typed.hash(s), NotSealed(s.epoch));`,
    replace: `        s;`,
  },
  {
    name: 'a leaf convicts another attestation',
    row: 'audits: the caller does not own the resource',
    find: `        _checkEqual(subject.leaf.attestation, digest);\n`,
    replace: ``,
  },
  {
    name: 'a leaf that names another worker convicts',
    row: 'audits: the caller does not own the resource',
    find: `        require(subject.leaf.worker == a.worker, WrongSigner(a.worker));\n`,
    replace: ``,
  },
  {
    name: 'an attestation is sealed in an epoch that the worker did not sign',
    row: 'invariant: no slash without evidence',
    find: `        require(a.epoch == subject.epochSeal.epoch, EpochOutOfOrder(a.epoch, subject.epochSeal.epoch));\n`,
    replace: ``,
  },
  {
    name: 'evidence never ages',
    row: 'audits: stake is gone before the dispute ends',
    find: `        require(block.timestamp <= latest, TooOld(latest));`,
    replace: `        latest;`,
  },
  {
    name: 'an attestation hash leaves out a field',
    row: 'audits: six EIP-712 mistakes in one protocol',
    file: 'libraries/Typed.sol',
    find: `uint64 outputUnits,uint64 epoch,uint64 issuedAt)"`,
    replace: `uint64 outputUnits,uint64 epoch)"`,
  },
  {
    name: 'a verdict type with a wider integer',
    row: 'audits: six EIP-712 mistakes in one protocol',
    file: 'libraries/Typed.sol',
    find: `"Verdict(bytes32 attestation,uint64 epoch,`,
    replace: `"Verdict(bytes32 attestation,uint256 epoch,`,
  },
  {
    name: 'a leaf hashed once passes for an inner node',
    row: 'code: second preimage of a Merkle tree',
    file: 'libraries/Typed.sol',
    find: `    function leaf(SealLeaf calldata l) internal pure returns (bytes32) {
        return keccak256(bytes.concat(keccak256(abi.encode(l))));`,
    replace: `    function leaf(SealLeaf calldata l) internal pure returns (bytes32) {
        return keccak256(abi.encode(l));`,
  },
  {
    name: 'an output commitment can be copied from another worker',
    row: 'audits: ids that can be squatted on',
    file: 'libraries/Typed.sol',
    find: `abi.encode(OUTPUT, jobId, attempt, worker, salt, outputDigest)`,
    replace: `abi.encode(OUTPUT, jobId, attempt, worker == address(0), salt, outputDigest)`,
  },

  // Contradiction
  {
    name: 'the same claim twice is a contradiction',
    row: 'audits: the same claim twice is no equivocation',
    find: `        require(claim != Typed.claim(b.attestation), SameClaim(claim));\n`,
    replace: ``,
  },
  {
    name: 'a claim signed again at another time is a contradiction',
    row: 'audits: the same claim twice is no equivocation',
    file: 'libraries/Typed.sol',
    find: `                a.outputUnits
`,
    replace: `                a.issuedAt
`,
  },
  {
    name: 'a contradiction about the evidence alone is none',
    row: 'audits: two conflicting attestations, both wrong',
    file: 'libraries/Typed.sol',
    find: `                a.outputCommitment,
                a.evidenceRoot,`,
    replace: `                a.outputCommitment,
                a.outputCommitment,`,
  },
  {
    name: 'two attempts at a job contradict each other',
    row: 'invariant: no slash without evidence',
    find: `        require(subject == _attempt(b.attestation), Mismatch(_attempt(b.attestation), subject));\n`,
    replace: ``,
  },
  {
    name: 'two workers contradict each other',
    row: 'invariant: no slash without evidence',
    find: `        require(b.attestation.worker == worker, WrongSigner(worker));\n`,
    replace: ``,
  },
  {
    name: 'the first claim needs no signature',
    row: 'invariant: no slash without evidence',
    find: `        _checkSigned(a);\n`,
    replace: ``,
  },
  {
    name: 'the second claim needs no signature',
    row: 'invariant: no slash without evidence',
    find: `        _checkSigned(b);\n`,
    replace: ``,
  },
  {
    name: 'an offender is immune after its first attempt',
    row: 'audits: one id for many offences',
    find: `keccak256(abi.encode(a.jobId, a.attempt))`,
    replace: `keccak256(abi.encode(a.jobId))`,
  },
  {
    name: 'an offence is tried twice',
    row: 'audits: one id for one offence',
    find: `        require(c.state == State.None, KnownCase(id));\n`,
    replace: ``,
  },
  {
    name: 'a verdict shields from a contradiction',
    row: 'audits: ids of two kinds collide',
    find: `return keccak256(abi.encode(kind, accused, subject));`,
    replace: `return keccak256(abi.encode(kind == Kind.None, accused, subject));`,
  },
  {
    name: 'two accused share an id',
    row: 'audits: ids of two kinds collide',
    find: `return keccak256(abi.encode(kind, accused, subject));`,
    replace: `return keccak256(abi.encode(kind, accused == address(0), subject));`,
  },
  {
    name: 'evidence of an epoch does not age while others follow',
    row: 'audits: stake is gone before the dispute ends',
    find: `epoch == _latest.epoch ? _latest.sealedAt : _epochs[epoch].sealedAt`,
    replace: `_latest.sealedAt`,
  },
  {
    name: 'a contradiction costs only what is not frozen yet',
    row: 'audits: two kinds of slash take twice',
    find: `        return stake.slash(accused, type(uint64).max);`,
    replace: `        return stake.slash(accused, stake.bondOf(accused).bonded / 2);`,
  },
  {
    name: 'a contradiction leaves what is not frozen',
    row: 'audits: a slash is outrun by unbonding',
    find: `        stake.freeze(accused, type(uint64).max);\n`,
    replace: ``,
  },
  {
    name: 'a contradiction is distributed before its harmed is named',
    row: 'code: compensation',
    find: `        (c.state, c.deadline) = (State.Held, uint40(block.timestamp) + window);`,
    replace: `        (c.state, c.deadline) = (State.Held, uint40(block.timestamp) - 1);`,
  },
  {
    name: 'the harmed of another offence is compensated',
    row: 'audits: the caller does not own the resource',
    find: `        require(id == expected, Mismatch(id, expected));\n`,
    replace: `        expected;\n`,
  },
  {
    name: 'a compensation is paid again and again',
    row: 'invariant: exactly once',
    find: `        uint64 taken = c.amount;
        (c.state, c.amount) = (State.Closed, 0);`,
    replace: `        uint64 taken = c.amount;
        c.amount = 0;`,
  },

  // Canary
  {
    name: 'a canary is made up after the result',
    row: 'invariant: no slash without evidence',
    find: `e.canarySeal.epoch < epoch, NotEarlier`,
    replace: `e.canarySeal.epoch <= epoch, NotEarlier`,
  },
  {
    name: 'a canary for another input convicts',
    row: 'invariant: no slash without evidence',
    find: `        _checkEqual(e.canary.inputDigest, a.inputDigest);\n`,
    replace: ``,
  },
  {
    name: 'a canary for another model convicts',
    row: 'invariant: no slash without evidence',
    find: `        _checkEqual(e.canary.modelDigest, a.modelDigest);\n`,
    replace: ``,
  },
  {
    name: 'a canary for another profile convicts',
    row: 'invariant: no slash without evidence',
    find: `        _checkEqual(e.canary.profileDigest, a.profileDigest);\n`,
    replace: ``,
  },
  {
    name: 'the accepted answers are chosen afterwards',
    row: 'invariant: no slash without evidence',
    find: `        _checkEqual(keccak256(abi.encodePacked(e.accepted)), e.canary.acceptedHash);\n`,
    replace: ``,
  },
  {
    name: 'another output than was committed to convicts',
    row: 'invariant: no slash without evidence',
    find: `        _checkEqual(
            Typed.outputCommitment(a.jobId, a.attempt, a.worker, e.outputSalt, e.outputDigest), a.outputCommitment
        );\n`,
    replace: ``,
  },
  {
    name: 'only the first accepted answer is accepted',
    row: 'invariant: no slash without evidence',
    find: `            require(e.accepted[i] != e.outputDigest, AcceptedAnswer(e.outputDigest));`,
    replace: `            require(i > 0 || e.accepted[i] != e.outputDigest, AcceptedAnswer(e.outputDigest));`,
  },
  {
    name: 'whoever pays for a canary earns by its failure',
    row: 'audits: a bounty for reporting oneself',
    find: `        id = _open(Kind.Canary, a);\n`,
    replace: `        id = _open(Kind.Canary, a);
        _nameHarm(id, _cases[id], e.subject.leaf.requester, e.subject.leaf.price);\n`,
  },

  // Verdict
  {
    name: 'a leaf that was not drawn is judged',
    row: 'invariant: no slash without evidence',
    find: `        require(_selected(epoch, leaf, e.subject.leaf.auditRateBps), NotSelected(epoch, leaf));\n`,
    replace: ``,
  },
  {
    name: 'committees are drawn until one convicts',
    row: 'code: rounds',
    find: `        require(e.round < ROUNDS, RoundOutOfRange(e.round));\n`,
    replace: ``,
  },
  {
    name: 'four votes convict',
    row: 'code: quorum',
    find: `        require(e.votes.length >= QUORUM, TooFewVotes(e.votes.length, QUORUM));\n`,
    replace: `        require(e.votes.length >= QUORUM - 1, TooFewVotes(e.votes.length, QUORUM));\n`,
  },
  {
    name: 'verifiers of other profiles alone convict',
    row: 'code: quorum',
    find: `        require(ownVotes >= OWN_PROFILE, TooFewOfProfile(ownVotes, OWN_PROFILE));\n`,
    replace: ``,
  },
  {
    name: 'a verifier votes twice',
    row: 'audits: the same claim twice is no equivocation',
    find: `            require(verifier > previous, NotAscending(previous, verifier));\n`,
    replace: `            require(verifier >= previous, NotAscending(previous, verifier));\n`,
  },
  {
    name: 'a verifier without a seat votes',
    row: 'invariant: no slash without evidence',
    find: `require(seated && entry.verifier`,
    replace: `require((seated || true) && entry.verifier`,
  },
  {
    name: 'a seat among those of a profile counts for any profile',
    row: 'code: committee',
    find: `(ofOwnProfile && entry.ofProfile == ofProfile && _contains(own, entry.rank))`,
    replace: `_contains(own, entry.rank)`,
  },
  {
    name: 'the worker judges itself',
    row: 'code: committee',
    find: `seated && entry.verifier != e.result.attestation.worker, NotOnCommittee`,
    replace: `seated, NotOnCommittee`,
  },
  {
    name: 'a verifier with nothing at stake votes',
    row: 'invariant: exposure',
    find: `        require(active >= verifierBond, TooLittleAtStake(entry.verifier, active));\n`,
    replace: `        active;\n`,
  },
  {
    name: 'an inconclusive vote convicts',
    row: 'invariant: no slash without evidence',
    find: `            outcome: INVALID,`,
    replace: `            outcome: 3,`,
  },
  {
    name: 'a vote for one round counts in another',
    row: 'code: rounds',
    find: `            round: e.round,`,
    replace: `            round: 0,`,
  },
  {
    name: 'a vote needs no signature',
    row: 'invariant: no slash without evidence',
    find: `        _checkSigner(Typed.hash(v), vote.signature, entry.verifier);\n`,
    replace: `        v;\n`,
  },
  {
    name: 'verifiers work for nothing',
    row: 'code: waterfall',
    find: `        c.verifierFee = verifierFee;\n`,
    replace: ``,
  },

  // The operator's offences
  {
    name: 'an audit that was drawn is illegitimate',
    row: 'invariant: no slash without evidence',
    find: `        require(!_selected(epoch, leaf, subject.leaf.auditRateBps), WasSelected(epoch, leaf));\n`,
    replace: ``,
  },
  {
    name: 'a notice that the operator did not sign convicts it',
    row: 'invariant: no slash without evidence',
    find: `        _checkSigner(Typed.hash(notice), signature, operator);\n`,
    replace: `        signature;\n`,
  },
  {
    name: 'a notice about another leaf convicts',
    row: 'audits: the caller does not own the resource',
    find: `        _checkEqual(notice.leaf, leaf);\n`,
    replace: ``,
  },
  {
    name: 'seals of two epochs are an equivocation',
    row: 'invariant: no slash without evidence',
    find: `        require(a.epoch == b.epoch, EpochOutOfOrder(b.epoch, a.epoch));\n`,
    replace: ``,
  },
  {
    name: 'one seal shown twice is an equivocation',
    row: 'audits: the same claim twice is no equivocation',
    find: `        require(hashA != hashB, SameClaim(hashA));\n`,
    replace: ``,
  },
  {
    name: 'a seal that the operator did not sign convicts it',
    row: 'invariant: no slash without evidence',
    find: `        if (hashB != onChain) _checkSigner(hashB, signatureB, operator);\n`,
    replace: `        signatureB;\n`,
  },
]
