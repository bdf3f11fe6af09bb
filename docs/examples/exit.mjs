// Leaves a market with what is one's own, by the chain alone; no server of the market has to live:
//   node exit.mjs RPC_URL ESCROW STAKE KEY_FILE        (once before, beside this file: npm install viem)
// KEY_FILE holds the wallet's key, 64 hexadecimal digits; the contracts are those of the market's GET /api/market.
// A purse and a bond leave in two steps: the first run announces it, and says when another can take it out.
import { readFileSync } from 'node:fs'
import { createPublicClient, createWalletClient, defineChain, http, parseAbi } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'

const [rpc, escrow, stake, keyFile] = process.argv.slice(2)
if (!keyFile) {
  console.error('usage: node exit.mjs RPC_URL ESCROW STAKE KEY_FILE')
  process.exit(64)
}
const account = privateKeyToAccount('0x' + readFileSync(keyFile, 'utf8').trim().replace(/^0x/, ''))
const owner = account.address
const abi = parseAbi([
  'function idOf(address owner) view returns (uint32)',
  'function accounts(uint32 account) view returns (uint64 balance, uint64 spent, uint64 authorized, uint64 earned)',
  'function holders(uint32 account) view returns (address owner, uint64 leaving, uint32 readyAt)',
  'function announceExit(uint32 account, uint64 amount)',
  'function exit(uint32 account) returns (uint64 amount)',
  'function payout(uint32[] accounts)',
  'struct Bond { uint64 bonded; uint64 thawing; uint64 frozen; uint40 readyAt; }',
  'function bondOf(address worker) view returns (Bond)',
  'function claimable(address to) view returns (uint64)',
  'function unbond(uint64 amount)',
  'function withdraw() returns (uint64 amount)',
  'function claim(address to) returns (uint64 amount)',
])
const node = createPublicClient({ transport: http(rpc) })
const id = await node.getChainId()
const nativeCurrency = { name: 'Ether', symbol: 'ETH', decimals: 18 }
const chain = defineChain({ id, name: `chain ${id}`, nativeCurrency, rpcUrls: { default: { http: [rpc] } } })
const wallet = createWalletClient({ account, chain, transport: http(rpc) })
const read = (address, functionName, ...args) => node.readContract({ address, abi, functionName, args })
const now = Number((await node.getBlock()).timestamp)
const when = (seconds) => new Date(Number(seconds) * 1000).toISOString()
let waits = 0

async function send(told, address, functionName, ...args) {
  const { request } = await node.simulateContract({ account, address, abi, functionName, args }) // refuses with the reason
  const { status } = await node.waitForTransactionReceipt({ hash: await wallet.writeContract(request) })
  if (status !== 'success') throw new Error(`${functionName} was reverted`)
  console.log(told)
}

function wait(what, readyAt) {
  waits++
  console.log(`${what} can be taken out from ${when(readyAt)} on: run this again then`)
}

// First, because what compensates a requester goes into its purse.
const awarded = await read(stake, 'claimable', owner)
if (awarded > 0n) await send(`${awarded} that were awarded are claimed`, stake, 'claim', owner)

// What workers have earned needs no announcement; anyone may have it paid out to its owner.
const purse = await read(escrow, 'idOf', owner)
if (purse !== 0) {
  const [balance, , , earned] = await read(escrow, 'accounts', purse)
  if (earned > 0n) await send(`earnings of ${earned} are paid out`, escrow, 'payout', [purse])
  let [, leaving, readyAt] = await read(escrow, 'holders', purse)
  if (balance > 0n && leaving < balance) {
    await send(`the purse's ${balance} are announced to leave`, escrow, 'announceExit', purse, balance);
    [, leaving, readyAt] = await read(escrow, 'holders', purse)
  }
  if (leaving > 0n && now < readyAt) wait('the purse', readyAt)
  else if (leaving > 0n) await send(`the purse's ${balance} are taken out`, escrow, 'exit', purse)
}

let bond = await read(stake, 'bondOf', owner)
if (bond.bonded > bond.thawing) {
  await send(`the bond of ${bond.bonded} thaws`, stake, 'unbond', bond.bonded)
  bond = await read(stake, 'bondOf', owner)
}
const free = bond.bonded - bond.frozen
if (bond.frozen > 0n) console.log(`${bond.frozen} of the bond are frozen until a case at the Court is closed`)
if (free > 0n && now < bond.readyAt) wait('the bond', bond.readyAt)
else if (free > 0n) await send(`the bond's ${free} are taken out`, stake, 'withdraw')

if (waits === 0 && bond.frozen === 0n) console.log(`nothing of ${owner} is left`)
