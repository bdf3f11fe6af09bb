// Sums forge's LCOV report, so that what counts is said here and not read out of a table made for people.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FORGE, HOME, requireForge } from './forge.mjs'

const LEAST = 98
const JUDGED = ['Escrow', 'Stake', 'Court']

requireForge('coverage')
const target = join(HOME, 'target')
const report = join(target, 'lcov.info')
mkdirSync(target, { recursive: true })
// Gas is measured on optimized code, which this is not. A place of its own: the other artifacts stay as they are.
const { status, stdout, stderr } = spawnSync(
  FORGE,
  ['coverage', '--report=lcov', `--report-file=${report}`, '--no-match-contract=GasTests$'],
  {
    cwd: HOME, encoding: 'utf8', maxBuffer: 1 << 30,
    env: {
      ...process.env, FOUNDRY_INVARIANT_RUNS: '8', FOUNDRY_OUT: join(target, 'coverage/out'), FOUNDRY_CACHE_PATH: join(target, 'coverage/cache'),
    },
  },
)
if (status !== 0) {
  console.error(stdout + stderr)
  process.exit(1)
}

const found = new Map()
for (const record of readFileSync(report, 'utf8').split('end_of_record')) {
  const name = /^SF:src\/main\/solidity\/(.+)\.sol$/m.exec(record)?.[1]
  if (!name) continue
  const lines = [...record.matchAll(/^DA:(\d+),(\d+)$/gm)].map(([, line, hits]) => [line, hits !== '0'])
  const branches = [...record.matchAll(/^BRDA:(\d+),.*,([^,]+)$/gm)].map(([, line, hits]) => [line, !/^[-0]$/.test(hits)])
  found.set(name, { lines, branches })
}

const share = (parts) => (parts.length === 0 ? 100 : 100 * parts.filter(([, hit]) => hit).length / parts.length)
const cell = (parts) =>
  `${share(parts).toFixed(2).padStart(6)} % (${parts.filter(([, hit]) => hit).length}/${parts.length})`.padEnd(20)
let low = false
console.log(`${''.padEnd(22)}${'lines'.padEnd(20)}branches`)
for (const name of [...JUDGED, ...[...found.keys()].filter((n) => n.startsWith('libraries/'))]) {
  const file = found.get(name)
  if (!file) throw new Error(`forge coverage says nothing of ${name}`)
  console.log(`${name.padEnd(22)}${cell(file.lines)}${cell(file.branches)}`)
  if (!JUDGED.includes(name)) continue
  for (const [what, parts] of Object.entries(file)) {
    if (share(parts) >= LEAST) continue
    low = true
    const missed = [...new Set(parts.filter(([, hit]) => !hit).map(([line]) => line))]
    console.error(`coverage: ${what} of ${name}.sol are below ${LEAST} %. Not reached: line ${missed.slice(0, 40).join(', ')}`)
  }
}
process.exitCode = low ? 1 : 0
