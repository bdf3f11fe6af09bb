// What the contracts cost, from what GasTests measured. Kept in .gas-snapshot, and as tables in docs/reference/gas.md.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { HOME, explain, failed, forgeTest, requireForge } from './forge.mjs'

const SNAPSHOT = join(HOME, '.gas-snapshot')
const PAGE = join(HOME, '../docs/reference/gas.md')
const BLOCK = /(<!-- measured -->\n)[^]*(<!-- end -->)/

const JOBS = [1, 10, 100, 1_000, 10_000]
const FIXED = 58_000
const EACH = 6_200
const TRANSACTION_LIMIT = 1 << 24

/** The lines `gas NAME NUMBER` that tests logged. */
export function figures(results) {
  const found = new Map()
  for (const line of results.filter((r) => r.suite.endsWith('GasTests')).flatMap((r) => r.decoded_logs)) {
    const [, name, gas] = /^gas (\S+) (\d+)$/.exec(line) ?? []
    if (name) found.set(name, Number(gas))
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
}

const number = (n) => n.toLocaleString('en-US')

function need(measured, name) {
  if (!measured.has(name)) throw new Error(`GasTests did not measure ${name}`)
  return measured.get(name)
}

function table(header, rows, right = header.map((_, i) => i > 0)) {
  const cells = [header, ...rows].map((row) => row.map(String))
  const widths = header.map((_, i) => Math.max(...cells.map((row) => row[i].length)))
  const line = (row) => `| ${row.map((c, i) => (right[i] ? c.padStart(widths[i]) : c.padEnd(widths[i]))).join(' | ')} |`
  const rule = `|${widths.map((w, i) => (right[i] ? `${'-'.repeat(w + 1)}:` : '-'.repeat(w + 2))).join('|')}|`
  return [line(cells[0]), rule, ...cells.slice(1).map(line)].join('\n')
}

/** The tables, as text that is also Markdown. */
export function describe(measured) {
  const transfer = need(measured, 'transfer')
  const jobs = JOBS.map((n) => {
    const gas = need(measured, `settle.jobs.${n}`)
    const parties = Math.min(n, 50) + Math.min(n, 20)
    const each = gas / n
    const digits = each < 100 ? 1 : 0
    return [
      number(n), parties, number(gas), each.toLocaleString('en-US', { maximumFractionDigits: digits }), number(transfer * n),
      `${(transfer / each).toLocaleString('en-US', { maximumFractionDigits: transfer / each < 10 ? 2 : 0 })} ×`,
    ]
  })
  const parties = [...measured.keys()]
    .map((name) => /^settle\.(parties|jobs)\.(\d+)$/.exec(name))
    .filter(Boolean)
    .map(([name, kind, n]) => [kind === 'parties' ? Number(n) : Math.min(n, 50) + Math.min(n, 20), measured.get(name)])
  const distinct = [...new Map(parties)].sort(([a], [b]) => a - b)
  const formula = distinct.map(([n, gas]) => {
    const allowed = FIXED + EACH * n
    return [number(n), number(gas), number(allowed), gas <= allowed ? 'yes' : 'NO', number(Math.round(gas / n))]
  })
  const largest = distinct.at(-1)
  const others = [...measured].filter(([name]) => !name.startsWith('settle.'))
  return `N jobs between min(N, 50) requesters and min(N, 20) workers, in one transaction; beside it one ERC-20 transfer
(${number(transfer)} gas) for each job:

${table(['jobs', 'parties', 'gas', 'gas a job', 'transfers', 'cheaper'], jobs, Array(6).fill(true))}

\`settle\` against its limit of 58,000 + 6,200 × parties:

${table(['parties', 'gas', 'limit', 'within', 'gas a party'], formula, [true, true, true, false, true])}

${number(largest[0])} parties take ${(100 * largest[1] / TRANSACTION_LIMIT).toFixed(1)} % of the ${number(TRANSACTION_LIMIT)} gas that EIP-7825 leaves one transaction.

Everything else:

${table(['operation', 'gas'], others.map(([name, gas]) => [`\`${name}\``, number(gas)]))}
`
}

const snapshot = (measured) => [...measured].map(([name, gas]) => `${name} ${gas}\n`).join('')

/** A sentence that says what drifted, or nothing. */
export function checkGas(measured) {
  const kept = existsSync(SNAPSHOT) ? readFileSync(SNAPSHOT, 'utf8') : ''
  if (kept !== snapshot(measured)) {
    const before = new Map(kept.split('\n').filter(Boolean).map((line) => line.split(' ')))
    const changed = [...new Set([...before.keys(), ...measured.keys()])]
      .filter((name) => before.get(name) !== String(measured.get(name)))
      .map((name) => `  ${name}: ${before.get(name) ?? 'none'} -> ${measured.get(name) ?? 'none'}`)
    return `Gas has changed against contracts/.gas-snapshot:\n${changed.join('\n')}\nIf that is meant, run contracts/bin/gas and commit what it writes.`
  }
  const block = BLOCK.exec(readFileSync(PAGE, 'utf8'))
  const expected = `<!-- measured -->\n\n${describe(measured)}\n<!-- end -->`
  return block?.[0] === expected ? undefined : 'docs/reference/gas.md differs from what was measured: run contracts/bin/gas and commit what it writes.'
}

function main(args) {
  const check = args[0] === '--check'
  if (args.length > 1 || (args.length === 1 && !check)) {
    console.error('usage: gas [--check]')
    process.exit(64)
  }
  requireForge('gas')
  const results = forgeTest('--match-contract', 'GasTests$')
  results.filter(failed).forEach((r) => console.error(`FAILED ${explain(r)}`))
  const measured = figures(results)
  console.log(describe(measured))
  if (results.some(failed)) process.exit(1)
  if (check) {
    const drift = checkGas(measured)
    if (drift) console.error(drift)
    process.exit(drift ? 1 : 0)
  }
  writeFileSync(SNAPSHOT, snapshot(measured))
  const page = readFileSync(PAGE, 'utf8')
  if (!BLOCK.test(page)) throw new Error('docs/reference/gas.md has no block between the comments "measured" and "end"')
  writeFileSync(PAGE, page.replace(BLOCK, (_, begin, end) => `${begin}\n${describe(measured)}\n${end}`))
  console.log('Written to contracts/.gas-snapshot and docs/reference/gas.md.')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2))
