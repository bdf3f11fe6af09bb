// Checks a receipt with nothing of ours: node check-receipt.mjs RECEIPT.json [RPC-URL]
// Format and steps: docs/reference/receipt.md. Digests, trees and the draw: docs/reference/protocol.md.
// Needs viem: npm install viem, beside this file; in the repository contracts/bin/npm-ci has brought it.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const { concat, encodeAbiParameters, encodePacked, hashTypedData, keccak256, maxUint256, pad, recoverAddress, stringToHex, toHex } =
  await import('viem').catch(() => createRequire(new URL('../../contracts/package.json', import.meta.url))('viem'))

// --- The form: exactly these members, each in its one form -----------------------------------------

const D = /^0x[0-9a-f]{64}$/, A = /^0x[0-9a-f]{40}$/, AMOUNT = /^(0|[1-9][0-9]{0,19})$/, S = /^0x[0-9a-f]{128}1[bc]$/, TEXT = /^/
const JOB = /^job_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const TYPES = {
  JobSpec: 'bytes32 uuid,address requester,bytes32 modelDigest,bytes32 inputDigest,uint16 method,bytes32 thresholdsDigest,' +
    'uint8 redundancy,uint8 privacyClass,uint64 maxPrice,uint64 deadline',
  Assignment: 'bytes32 jobId,uint32 attempt,bytes32 spec,address worker,uint16 method,uint64 price,uint64 bond,uint64 assignedAt,' +
    'uint64 deadline',
  ResultAttestation: 'bytes32 jobId,uint32 attempt,bytes32 assignment,address worker,bytes32 modelDigest,bytes32 profileDigest,' +
    'bytes32 inputDigest,bytes32 outputCommitment,bytes32 evidenceRoot,bytes32 toleranceDigest,uint16 method,uint64 inputUnits,' +
    'uint64 outputUnits,uint64 epoch,uint64 issuedAt',
  Verdict: 'bytes32 attestation,uint64 epoch,uint8 round,uint8 outcome,uint16 method,bytes32 referenceDigest,bytes32 evidenceRoot,' +
    'address verifier,uint64 issuedAt',
  SealLeaf: 'bytes32 attestation,address worker,address requester,uint64 price,uint16 auditRateBps',
  VerifierEntry: 'uint32 index,address verifier,bytes32 profileDigest,uint32 rank,uint32 ofProfile',
  ReceiptLeaf: 'bytes32 jobId,uint32 attempt,uint32 requester,uint32 worker,uint64 price,uint64 earned,bytes32 attestation',
}
const members = (type) => TYPES[type].split(',').map((member) => ({ type: member.split(' ')[0], name: member.split(' ')[1] }))
const AMOUNTS = ['maxPrice', 'price', 'bond', 'earned']
const shape = (type) => Object.fromEntries(members(type).map(({ type, name }) =>
  [name, type === 'bytes32' ? D : type === 'address' ? A : AMOUNTS.includes(name) ? AMOUNT : 'integer']))
const maybe = (of) => ({ maybe: of })
const signed = { attestation: shape('ResultAttestation'), signature: S, sessionKey: A, outputDigest: D, outputSalt: D }
const reference = maybe({ transaction: D, block: 'integer' })
const RECEIPT = {
  version: /^1$/, status: TEXT, missing: maybe(TEXT), job: JOB,
  chain: { chainId: 'integer', court: A, escrow: A, seal: reference, draw: reference, settlement: reference },
  request: shape('JobSpec'),
  result: maybe({ assignment: shape('Assignment'), ...signed }),
  seal: maybe({ root: D, leaf: shape('SealLeaf'), proof: [D] }),
  draw: maybe({ preimage: D, blockHash: D, beacon: D, selected: 'boolean' }),
  check: maybe({ reason: TEXT, partial: 'boolean', witnesses: [signed] }),
  verdict: maybe({
    round: 'integer', referenceDigest: D, evidenceRoot: D, verifierSetRoot: D, verifierCount: 'integer',
    votes: [{ entry: shape('VerifierEntry'), proof: [D], issuedAt: 'integer', signature: S, sessionKey: A }],
  }),
  assurance: maybe({
    level: TEXT, errorBound: 'number', passes: 'integer', asked: 'integer', agreeing: 'integer',
    independence: { owners: 'number', regions: 'number', hardware: 'number' },
    assumed: { adversary: 'number', colluding: 'number', missed: 'number', grown: 'number' },
  }),
  settlement: maybe({ root: D, leaf: shape('ReceiptLeaf'), proof: [D] }),
}

function conform(value, form, path) {
  const need = (holds, what) => { if (!holds) throw new Error(`${path || 'the receipt'} ${what}`) }
  if (form instanceof RegExp) {
    need(typeof value === (path === 'version' ? 'number' : 'string') && form.test(value), 'is not in its one form')
  } else if (Array.isArray(form)) {
    need(Array.isArray(value) && value.length <= 40, 'is not an array of at most 40')
    value.forEach((element, i) => conform(element, form[0], `${path}[${i}]`))
  } else if (form === 'integer') {
    need(Number.isSafeInteger(value) && value >= 0, 'is not a whole number')
  } else if (typeof form === 'string') {
    need(typeof value === form, `is not a ${form}`)
  } else {
    need(value !== null && typeof value === 'object' && !Array.isArray(value), 'is not an object')
    for (const name of Object.keys(value)) need(name in form, `has no member ${name}`)
    for (const [name, inside] of Object.entries(form)) {
      if (name in value) conform(value[name], inside.maybe ?? inside, path ? `${path}.${name}` : name)
      else need(inside.maybe, `lacks ${name}`)
    }
  }
}

/** JSON.parse takes the last of two members of one name; another reader may take the first. */
function parse(text) {
  const names = (node) => node === null || typeof node !== 'object' ? 0
    : Object.values(node).reduce((sum, inside) => sum + names(inside), Array.isArray(node) ? 0 : Object.keys(node).length)
  const receipt = JSON.parse(text)
  if (text.match(/"(?:[^"\\]|\\.)*"\s*:/g)?.length !== names(receipt)) throw new Error('a member is there twice')
  conform(receipt, RECEIPT, '')
  return receipt
}

// --- The rules -------------------------------------------------------------------------------------

const abi = (types, values) => encodeAbiParameters(types.split(',').map((type) => ({ type })), values)
const parent = (a, b) => keccak256(concat(a < b ? [a, b] : [b, a]))
const values = (type, of) => members(type).map(({ type, name }) => (type.startsWith('uint') ? BigInt(of[name]) : of[name]))
const leafOf = (type, of) => keccak256(keccak256(encodeAbiParameters(members(type), values(type, of))))
const leads = (leaf, proof, root) => proof.reduce(parent, leaf) === root
const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n

const digestIn = (chain) => (primaryType, message) => hashTypedData({
  domain: { name: 'Assay', version: '1', chainId: chain.chainId, verifyingContract: chain.court },
  types: { [primaryType]: members(primaryType) }, primaryType, message,
})
const signer = async (hash, signature) => BigInt('0x' + signature.slice(66, 130)) > ORDER / 2n ? 'nobody'
  : (await recoverAddress({ hash, signature })).toLowerCase()

const OUTPUT = keccak256(stringToHex('Output(bytes32 jobId,uint32 attempt,address worker,bytes32 salt,bytes32 outputDigest)'))
const commitment = ({ attestation: a, outputDigest, outputSalt }) => keccak256(
  abi('bytes32,bytes32,uint32,address,bytes32,bytes32', [OUTPUT, a.jobId, a.attempt, a.worker, outputSalt, outputDigest]))

function selects(beacon, epoch, leaf, rate) {
  const ticket = keccak256(encodePacked(['string', 'bytes32', 'uint64', 'bytes32'], ['AUDIT', beacon, BigInt(epoch), leaf]))
  return rate >= 10_000 || BigInt(ticket) < maxUint256 / 10_000n * BigInt(rate)
}

function seats(beacon, leaf, round, part, n, k) {
  const seed = keccak256(concat([stringToHex('COMMITTEE' + part), beacon, leaf, toHex(round, { size: 1 })]))
  const moved = new Map(), card = (place) => moved.get(place) ?? place, drawn = []
  for (let i = 0n; i < n && i < k; i++) {
    const place = i + BigInt(keccak256(abi('bytes32,uint256', [seed, i]))) % (BigInt(n) - i)
    drawn.push(Number(card(place)))
    moved.set(place, card(i))
  }
  return drawn
}

/** Thresholds by which a job asks for the strict replay, of each model that can be replayed. */
const STRICT = ['0x6b51d5865206e5cb83c1e8931a765f0d756aa59a355eebba2f34231c23f407a4']

/** The method by which a witness is asked for the tokens of the result, and so for something else than the request's input. */
const LOGPROB_SPOT = 5

/** docs/assurance.md, from the rate that was sealed. */
function assuranceOf(rate, reason, isStrict) {
  if (reason === 'invalid' || reason === 'unconfirmed') return undefined
  const f = 0.2, noticed = (1 - 0.01) * (1 - 0.2)
  const rateOf = (k) => Math.min(10_000, Math.max(300, Math.ceil(40_000 / Math.max(1, k))))
  let passes = 0, jobs = 0
  while (rateOf(passes) > rate && rateOf(passes) > 300) passes++
  for (let k = 0; k <= passes; k++) jobs += 1 / (rateOf(k) / 10_000)
  const spot = f / (f + (1 - f) * 1 * noticed * (rateOf(passes) / 10_000 * jobs))
  const slips = spot * (1 - noticed)
  const isKnown = isStrict || !['unchecked', 'withheld'].includes(reason)
  return {
    level: isStrict ? 'strict' : isKnown ? 'spot' : 'best-effort',
    errorBound: !isKnown ? 1 : reason === 'not-drawn' && !isStrict ? spot : slips / (slips + 1 - spot),
    passes: isKnown ? passes : 0, asked: 1, agreeing: 1,
    independence: { owners: 1, regions: 1, hardware: 1 },
    assumed: { adversary: f, colluding: 0.2, missed: 0.01, grown: 1 },
  }
}

// --- The steps -------------------------------------------------------------------------------------

/** @returns what was looked at, in order: [{ name, holds, what }]; what is no receipt is one step */
export async function check(text) {
  let receipt
  try {
    receipt = parse(text)
  } catch (e) {
    return [{ name: 'format', holds: false, what: e.message }]
  }
  const steps = []
  const step = async (name, what, holds) => {
    try {
      steps.push({ name, holds: await holds(), what })
    } catch (e) { // a number that is out of the protocol's range, a signature that no key can have made
      steps.push({ name, holds: false, what: e.shortMessage ?? e.message })
    }
  }
  const { chain, request, result, seal, draw, check: ended, verdict, assurance, settlement } = receipt
  const jobId = keccak256(concat([pad(request.requester, { size: 32 }), request.uuid]))
  const digest = digestIn(chain), worker = result?.attestation.worker
  const isStrict = STRICT.includes(request.thresholdsDigest), isUnconfirmed = ended?.reason === 'unconfirmed'

  await step('status', 'a final receipt has all its parts, and no others', () =>
    receipt.missing === undefined && Boolean(result && seal && chain.seal && ended) &&
    Boolean(draw) === Boolean(chain.draw) && Boolean(settlement) === Boolean(chain.settlement) &&
    (receipt.status === 'settled' ? settlement && !verdict : receipt.status === 'rejected' && !settlement && (verdict ? Boolean(draw) : isUnconfirmed)))
  if (!steps[0].holds) return steps
  await step('request', "it is of the receipt's job", () =>
    pad('0x' + receipt.job.slice(4).replaceAll('-', ''), { size: 32, dir: 'right' }) === request.uuid)
  await step('assignment', 'it names the request, within its price', () => {
    const a = result.assignment
    return a.spec === digest('JobSpec', request) && a.jobId === jobId && a.method === request.method &&
      BigInt(a.price) <= BigInt(request.maxPrice)
  })
  await step('attestation', "it names the assignment and the request; the worker's session key signed it", async () => {
    const { attestation: a, assignment } = result
    return a.assignment === digest('Assignment', assignment) && a.jobId === assignment.jobId && a.attempt === assignment.attempt &&
      worker === assignment.worker && a.modelDigest === request.modelDigest && a.inputDigest === request.inputDigest &&
      a.method === request.method && await signer(digest('ResultAttestation', a), result.signature) === result.sessionKey
  })
  await step('output', 'output and salt open the commitment', () => commitment(result) === result.attestation.outputCommitment)
  await step('seal', "the result is a leaf of the epoch's root", () => seal.leaf.worker === worker && seal.leaf.auditRateBps <= 10_000 &&
    seal.leaf.attestation === digest('ResultAttestation', result.attestation) && seal.leaf.requester === request.requester &&
    BigInt(seal.leaf.price) <= BigInt(result.assignment.price) && leads(leafOf('SealLeaf', seal.leaf), seal.proof, seal.root))
  if (draw) {
    await step('draw', 'the beacon is of preimage, block and root, and selects or not as it says', () =>
      draw.beacon === keccak256(concat([draw.preimage, draw.blockHash, seal.root])) &&
      draw.selected === selects(draw.beacon, result.attestation.epoch, leafOf('SealLeaf', seal.leaf), seal.leaf.auditRateBps))
  }
  await step('check', 'it ended as the draw allows, on as many witnesses as it needs', async () => {
    const { reason, partial, witnesses } = ended
    const isScored = request.method === LOGPROB_SPOT
    if (partial && (reason !== 'passed' || isScored)) return false
    const wanted = { 'not-drawn': 0, passed: 1, upheld: 5, unchecked: 0, withheld: 0, invalid: 0, unconfirmed: 0 }[reason]
    const workers = new Set([worker, ...witnesses.map(({ attestation }) => attestation.worker)])
    for (const witness of witnesses) {
      const a = witness.attestation
      if (a.modelDigest !== request.modelDigest || !isScored && (a.inputDigest !== request.inputDigest) !== partial || a.outputCommitment !== commitment(witness) ||
        await signer(digest('ResultAttestation', a), witness.signature) !== witness.sessionKey) return false
    }
    return (isUnconfirmed ? isStrict : (reason === 'withheld') === !draw) && (!draw || draw.selected === (reason !== 'not-drawn')) &&
      (reason === 'invalid') === Boolean(verdict) && workers.size === witnesses.length + 1 &&
      (reason === 'upheld' ? witnesses.length >= wanted : witnesses.length === wanted)
  })
  await step('assurance', 'it follows from the sealed rate and the check', () => {
    const sorted = (node) => JSON.stringify(node, (_, of) =>
      of && typeof of === 'object' && !Array.isArray(of) ? Object.entries(of).sort() : of)
    return sorted(assurance) === sorted(assuranceOf(seal.leaf.auditRateBps, ended.reason, isStrict))
  })
  if (verdict) {
    await step('verdict', 'five or more whom the beacon seats signed it, two of the profile', async () => {
      const leaf = leafOf('SealLeaf', seal.leaf), { attestation } = result, own = attestation.profileDigest
      const general = seats(draw.beacon, leaf, verdict.round, 'ALL', verdict.verifierCount, 4)
      let before = ''
      for (const { entry, proof, issuedAt, signature, sessionKey } of verdict.votes) {
        const hash = digest('Verdict', {
          attestation: seal.leaf.attestation, epoch: attestation.epoch, round: verdict.round, outcome: 2, method: attestation.method,
          referenceDigest: verdict.referenceDigest, evidenceRoot: verdict.evidenceRoot, verifier: entry.verifier, issuedAt,
        })
        const isSeated = general.includes(entry.index) || entry.profileDigest === own &&
          seats(draw.beacon, leaf, verdict.round, 'OWN', entry.ofProfile, 3).includes(entry.rank)
        if (entry.verifier <= before || entry.verifier === worker || entry.index >= verdict.verifierCount || !isSeated ||
          !leads(leafOf('VerifierEntry', entry), proof, verdict.verifierSetRoot) || await signer(hash, signature) !== sessionKey) return false
        before = entry.verifier
      }
      return verdict.votes.length >= 5 && verdict.votes.length <= 7 &&
        verdict.votes.filter(({ entry }) => entry.profileDigest === own).length >= 2
    })
  }
  if (settlement) {
    await step('settlement', "the payment is a line of the batch's root", () => {
      const { leaf, proof, root } = settlement
      return leaf.attestation === seal.leaf.attestation && leaf.jobId === jobId && leaf.attempt === result.attestation.attempt &&
        leaf.price === seal.leaf.price && BigInt(leaf.earned) <= BigInt(leaf.price) && leads(leafOf('ReceiptLeaf', leaf), proof, root)
    })
  }
  return steps
}

/** That the transactions which a receipt names logged its roots and its beacon. `./assay verify --rpc` asks for more. */
export async function checkOnChain(text, url) {
  const rpc = async (method, ...params) => (await (await fetch(url, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  })).json()).result
  const { chain, seal, draw, settlement } = parse(text), steps = []
  steps.push({ name: 'chain', what: 'it is the chain of the receipt', holds: Number(await rpc('eth_chainId')) === chain.chainId })
  for (const [name, where, by, said] of [['seal', chain.seal, chain.court, seal?.root], ['draw', chain.draw, chain.court, draw?.beacon],
    ['settlement', chain.settlement, chain.escrow, settlement?.root]]) {
    if (!where) continue
    const mined = await rpc('eth_getTransactionReceipt', where.transaction)
    steps.push({
      name: `${name} on chain`, what: `block ${where.block}, by ${by}`,
      holds: mined?.status === '0x1' && Number(mined.blockNumber) === where.block &&
        mined.logs.some((log) => log.address.toLowerCase() === by && [...log.topics, log.data].join('').includes(said.slice(2))),
    })
  }
  return steps
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [, , file, url] = process.argv
  const text = readFileSync(file, 'utf8'), steps = await check(text)
  if (url && steps[0].name !== 'format') steps.push(...await checkOnChain(text, url))
  for (const { name, holds, what } of steps) console.log(`${holds ? 'OK  ' : 'FAIL'}  ${name.padEnd(20)} ${what}`)
  process.exit(steps.every(({ holds }) => holds) ? 0 : 1)
}
