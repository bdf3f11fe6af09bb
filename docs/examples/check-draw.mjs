// Makes every draw of an epoch again, from public data and nothing of ours: node check-draw.mjs MARKET EPOCH
// The rules are those of docs/reference/protocol.md. The beacon's block hash can be compared with any node of the chain.
const [market, epoch] = process.argv.slice(2)

const MASK = (1n << 64n) - 1n
const rotate = (lane, by) => ((lane << BigInt(by)) | (lane >> BigInt(64 - by))) & MASK

function keccak(hex) {
  const bytes = [...Buffer.from(hex, 'hex'), 1], A = Array(25).fill(0n)
  while (bytes.length % 136) bytes.push(0)
  bytes[bytes.length - 1] |= 0x80
  for (let block = 0; block < bytes.length; block += 136) {
    for (let i = 0; i < 17; i++) A[i] ^= Buffer.from(bytes.slice(block + 8 * i, block + 8 * i + 8)).readBigUInt64LE()
    for (let round = 0, lfsr = 1; round < 24; round++) {
      const C = [0, 1, 2, 3, 4].map((x) => A[x] ^ A[x + 5] ^ A[x + 10] ^ A[x + 15] ^ A[x + 20])
      for (let i = 0; i < 25; i++) A[i] ^= C[(i + 4) % 5] ^ rotate(C[(i + 1) % 5], 1)
      for (let t = 0, x = 1, y = 0, lane = A[1]; t < 24; t++) {
        [x, y] = [y, (2 * x + 3 * y) % 5];
        [lane, A[x + 5 * y]] = [A[x + 5 * y], rotate(lane, ((t + 1) * (t + 2) / 2) % 64)]
      }
      for (let y = 0; y < 25; y += 5) {
        const row = A.slice(y, y + 5)
        for (let x = 0; x < 5; x++) A[x + y] = row[x] ^ (~row[(x + 1) % 5] & MASK & row[(x + 2) % 5])
      }
      for (let j = 0; j < 7; j++) {
        if (lfsr & 1) A[0] ^= 1n << BigInt(2 ** j - 1)
        lfsr = (lfsr << 1) ^ (lfsr & 0x80 ? 0x171 : 0)
      }
    }
  }
  return Buffer.from(BigUint64Array.from(A.slice(0, 4)).buffer).toString('hex') // of a little-endian machine
}

const bare = (hex) => hex.slice(2)
const word = (value) => (typeof value === 'string' && value.startsWith('0x') ? bare(value) : BigInt(value).toString(16)).padStart(64, '0')
const get = async (path) => (await fetch(market + path)).json()
const disagree = (what) => { console.log('DISAGREE: ' + what); process.exit(1) }

const shown = await get(`/api/epochs/${epoch}`)
if (shown.state !== 'drawn') disagree(`epoch ${epoch} is not drawn`)
if (keccak(bare(shown.preimage)) !== bare(shown.beaconCommitment)) disagree('the preimage does not open the commitment')
const beacon = keccak(bare(shown.preimage) + bare(shown.blockHash) + bare(shown.root))
if (beacon !== bare(shown.beacon)) disagree('the beacon is not that of preimage, block and root')
const step = ((1n << 256n) - 1n) / 10000n, hashes = []
let audited = 0
for (let after = '', page = { hasMore: true }; page.hasMore; after = '&after=' + page.data.at(-1)?.hash) {
  page = await get(`/api/epochs/${epoch}/leaves?limit=100${after}`)
  for (const { leaf, ...decided } of page.data) {
    const hash = keccak(keccak([leaf.attestation, leaf.worker, leaf.requester, leaf.price, leaf.auditRateBps].map(word).join('')))
    const ticket = BigInt('0x' + keccak(Buffer.from('AUDIT').toString('hex') + beacon + word(epoch).slice(48) + hash))
    const selected = leaf.auditRateBps >= 10000 || ticket < step * BigInt(leaf.auditRateBps)
    if (selected !== decided.audited) disagree(`leaf 0x${hash} is${selected ? '' : ' not'} drawn`)
    audited += selected
    hashes.push(hash)
  }
}
const nodes = [...Array(hashes.length - 1), ...hashes.sort().reverse()] // a complete tree, the root first
for (let i = hashes.length - 2; i >= 0; i--) nodes[i] = keccak([nodes[2 * i + 1], nodes[2 * i + 2]].sort().join(''))
if (nodes[0] !== bare(shown.root)) disagree('the leaves are not those of the root')
console.log(`agree: ${hashes.length} leaves, ${audited} of them audited`)
