// Checks the golden vectors with viem, from the rules of docs/reference/protocol.md and nothing of ours in Java or
// Solidity. Run: node --test src/test/js
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import {
  concat, encodeAbiParameters, encodePacked, getAddress, hashStruct, hashTypedData, keccak256, maxUint256, pad,
  parseAbiParameters, recoverAddress, slice, stringToHex, toHex,
} from 'viem'
import { privateKeyToAccount, sign, serializeSignature } from 'viem/accounts'

const VECTORS = new URL('../resources/vectors/', import.meta.url)

// The type strings of the reference page, typed here once more.
const TYPES = {
  Ceiling: 'uint32 account,uint64 ceiling,uint256 deadline',
  SessionKey: 'address owner,address key,uint256 deadline',
  JobSpec: 'bytes32 uuid,address requester,bytes32 modelDigest,bytes32 inputDigest,uint16 method,' +
    'bytes32 thresholdsDigest,uint8 redundancy,uint8 privacyClass,uint64 maxPrice,uint64 deadline',
  Assignment: 'bytes32 jobId,uint32 attempt,bytes32 spec,address worker,uint16 method,uint64 price,uint64 bond,' +
    'uint64 assignedAt,uint64 deadline',
  ResultAttestation: 'bytes32 jobId,uint32 attempt,bytes32 assignment,address worker,bytes32 modelDigest,' +
    'bytes32 profileDigest,bytes32 inputDigest,bytes32 outputCommitment,bytes32 evidenceRoot,' +
    'bytes32 toleranceDigest,uint16 method,uint64 inputUnits,uint64 outputUnits,uint64 epoch,uint64 issuedAt',
  Verdict: 'bytes32 attestation,uint64 epoch,uint8 round,uint8 outcome,uint16 method,bytes32 referenceDigest,' +
    'bytes32 evidenceRoot,address verifier,uint64 issuedAt',
  EpochSeal: 'uint64 epoch,bytes32 root,bytes32 prevRoot,uint32 count,uint64 totalPrice,bytes32 canaryRoot,' +
    'bytes32 verifierSetRoot,uint32 verifierCount,bytes32 beaconCommitment',
  AuditNotice: 'uint64 epoch,bytes32 leaf,uint64 issuedAt',
}

const LEAVES = {
  SealLeaf: 'bytes32 attestation,address worker,address requester,uint64 price,uint16 auditRateBps',
  CanaryLeaf: 'bytes32 canaryId,bytes32 inputDigest,bytes32 modelDigest,bytes32 profileDigest,' +
    'bytes32 acceptedHash,bytes32 salt',
  VerifierEntry: 'uint32 index,address verifier,bytes32 profileDigest,uint32 rank,uint32 ofProfile',
  ReceiptLeaf: 'bytes32 jobId,uint32 attempt,uint32 requester,uint32 worker,uint64 price,uint64 earned,' +
    'bytes32 attestation',
}

const fields = (text) => text.split(',').map((field) => {
  const [type, name] = field.split(' ')
  return { name, type }
})

/** viem takes integers as bigint and checks the case of addresses, which the files write in lower case. */
function values(members, message) {
  assert.deepEqual(Object.keys(message), members.map(({ name }) => name), 'fields in the order of the type')
  return Object.fromEntries(members.map(({ name, type }) => {
    const value = message[name]
    assert.equal(typeof value, 'string', `${name} is a string`)
    if (type.startsWith('uint')) return [name, BigInt(value)]
    return [name, type === 'address' ? getAddress(value) : value]
  }))
}

const abi = (types, ...args) => encodeAbiParameters(parseAbiParameters(types), args)
const number = (hex) => BigInt(hex)

const checks = {
  async typed(row) {
    const members = fields(TYPES[row.type])
    const data = {
      types: { [row.type]: members },
      primaryType: row.type,
      domain: {
        name: 'Assay', version: '1', chainId: BigInt(row.chainId), verifyingContract: getAddress(row.verifyingContract),
      },
      message: values(members, row.message),
    }
    assert.equal(hashStruct({ data: data.message, primaryType: row.type, types: data.types }), row.structHash)
    assert.equal(hashTypedData(data), row.digest)
    const account = privateKeyToAccount(row.privateKey)
    assert.equal(account.address.toLowerCase(), row.signer)
    assert.equal(await account.signTypedData(data), row.signature)
    assert.equal(serializeSignature(await sign({ hash: row.digest, privateKey: row.privateKey })), row.signature)
    assert.equal((await recoverAddress({ hash: row.digest, signature: row.signature })).toLowerCase(), row.signer)
  },

  leaves(row) {
    const members = fields(LEAVES[row.type])
    const encoded = encodeAbiParameters(members, Object.values(values(members, row.message)))
    assert.equal(keccak256(keccak256(encoded)), row.leaf)
  },

  trees({ leaves, root, proofs }) {
    const sorted = [...leaves].sort() // one length, lower case: the order of the texts is that of the numbers
    const nodes = Array(2 * sorted.length - 1)
    sorted.forEach((leaf, i) => { nodes[nodes.length - 1 - i] = leaf })
    for (let i = sorted.length - 2; i >= 0; i--) nodes[i] = parent(nodes[2 * i + 1], nodes[2 * i + 2])
    assert.equal(nodes[0], root)
    assert.equal(proofs.length, leaves.length)
    leaves.forEach((leaf, i) => assert.equal(proofs[i].reduce(parent, leaf), root))
  },

  draw(row) {
    assert.equal(keccak256(concat([row.preimage, row.blockHash, row.root])), row.beacon)
    const ticket = keccak256(encodePacked(
      ['string', 'bytes32', 'uint64', 'bytes32'], ['AUDIT', row.beacon, BigInt(row.epoch), row.leaf],
    ))
    const rate = BigInt(row.auditRateBps)
    assert.equal(rate >= 10_000n || number(ticket) < maxUint256 / 10_000n * rate, row.selected)
  },

  committee(row) {
    const seats = (part, n, k) => {
      const seed = keccak256(concat([
        stringToHex('COMMITTEE' + part), row.beacon, row.leaf, toHex(Number(row.round), { size: 1 }),
      ]))
      const moved = new Map() // a deck of 2³² cards, of which only the moved ones are kept
      const card = (place) => moved.get(place) ?? place
      const drawn = []
      for (let i = 0n; i < n && i < k; i++) {
        const place = i + number(keccak256(abi('bytes32, uint256', seed, i))) % (n - i)
        drawn.push(String(card(place)))
        moved.set(place, card(i))
      }
      return drawn
    }
    assert.deepEqual(seats('ALL', BigInt(row.verifierCount), 4n), row.general)
    assert.deepEqual(seats('OWN', BigInt(row.ofProfile), 3n), row.own)
  },

  heads(row) {
    assert.equal(
      keccak256(abi('bytes32, uint256, address', keccak256(stringToHex('Assay Escrow')), BigInt(row.chainId),
        getAddress(row.escrow))),
      row.genesis,
    )
    for (const run of [row.debits, row.credits]) {
      assert.equal((run.length - 2) % 24, 0)
      let previous = 0
      for (let i = 0; i < (run.length - 2) / 2; i += 12) {
        const account = Number(slice(run, i, i + 4))
        assert.ok(account > previous)
        previous = account
      }
    }
    assert.equal(
      keccak256(abi('bytes32, bytes32, bytes32, bytes32', row.parent, row.root, keccak256(row.debits),
        keccak256(row.credits))),
      row.head,
    )
  },

  identifiers(row) {
    assert.equal(
      keccak256(concat([pad(row.requester, { size: 32 }), pad(row.uuid, { size: 32, dir: 'right' })])), row.jobId,
    )
    const type = keccak256(stringToHex(
      'Output(bytes32 jobId,uint32 attempt,address worker,bytes32 salt,bytes32 outputDigest)',
    ))
    const attempt = Number(row.attempt)
    const worker = getAddress(row.worker)
    assert.equal(
      keccak256(abi('bytes32, bytes32, uint32, address, bytes32, bytes32', type, row.jobId, attempt, worker, row.salt,
        row.outputDigest)),
      row.outputCommitment,
    )
    const subject = keccak256(abi('bytes32, uint32', row.jobId, attempt))
    assert.equal(keccak256(abi('uint8, address, bytes32', Number(row.kind), worker, subject)), row.caseId)
  },
}

function parent(a, b) {
  return keccak256(concat(a < b ? [a, b] : [b, a]))
}

test('every file of vectors has a check', () => {
  const files = readdirSync(VECTORS).filter((name) => name.endsWith('.json'))
  assert.deepEqual(files.sort(), Object.keys(checks).map((name) => `${name}.json`).sort())
})

for (const [name, check] of Object.entries(checks)) {
  test(name, async (t) => {
    const rows = JSON.parse(readFileSync(new URL(`${name}.json`, VECTORS), 'utf8'))
    assert.ok(rows.length > 0)
    for (const row of rows) await t.test(row.name, () => check(row))
  })
}
