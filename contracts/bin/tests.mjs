// Runs the Solidity and the JavaScript tests, writes what they answered where Surefire writes, and prints counts.
// The reports are plain: one <testsuite> per class or file, none inside another, so that whoever sums them counts once.
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from 'node:test'
import { HOME, explain, failed, forgeTest, requireForge } from './forge.mjs'
import { checkGas, figures } from './gas.mjs'

const REPORTS = join(HOME, 'target/surefire-reports')

function escape(text) {
  // Control characters cannot stand in XML, not even escaped.
  return String(text)
    .replace(/[\x00-\x08\x0b\x0c\x0e-\x1f]/g, '?')
    .replace(/[&<>"\n]/g, (c) => `&#${c.charCodeAt(0)};`)
}

function writeReport(suite, cases) {
  const count = (status) => cases.filter((c) => c.status === status).length
  const lines = cases.map(({ name, status, why }) => {
    const open = `  <testcase classname="${escape(suite)}" name="${escape(name)}"`
    if (status === 'failed') return `${open}><failure message="${escape(why)}"/></testcase>`
    return status === 'skipped' ? `${open}><skipped/></testcase>` : `${open}/>`
  })
  writeFileSync(
    join(REPORTS, `TEST-${suite}.xml`),
    `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="${escape(suite)}" tests="${cases.length}" ` +
      `failures="${count('failed')}" errors="0" skipped="${count('skipped')}">\n${lines.join('\n')}\n</testsuite>\n`,
  )
}

function report(cases) {
  for (const suite of new Set(cases.map((c) => c.suite))) {
    writeReport(suite, cases.filter((c) => c.suite === suite))
  }
}

function solidity() {
  const results = forgeTest()
  const status = (r) => (failed(r) ? 'failed' : r.status === 'Skipped' ? 'skipped' : 'passed')
  const cases = results.map((r) => ({ suite: `solidity.${r.suite}`, name: r.name, status: status(r), why: explain(r) }))
  report(cases)
  const kinds = results.map((r) => r.kind)
  const sum = (kind, field) => kinds.reduce((all, k) => all + Number(k[kind]?.[field] ?? 0), 0)
  return { cases, fuzzRuns: sum('Fuzz', 'runs'), invariantCalls: sum('Invariant', 'calls'), figures: figures(results) }
}

async function javascript() {
  const folder = join(HOME, 'src/test/js')
  const files = readdirSync(folder).filter((name) => name.endsWith('.mjs')).map((name) => join(folder, name))
  const cases = []
  // A test with tests inside is a chapter: only what is inside counts, or its own failure.
  const inside = []
  let chapter = []
  await new Promise((done) => {
    const note = (status) => ({ name, nesting, skip, details }) => {
      const children = inside[nesting + 1] ?? 0
      inside[nesting + 1] = 0
      inside[nesting] = (inside[nesting] ?? 0) + 1
      const failure = details.error
      if (children === 0 || (status === 'failed' && failure?.failureType !== 'subtestsFailed')) {
        const why = failure?.cause?.message ?? failure?.message ?? ''
        chapter.push({ suite: 'javascript', name, status: skip !== undefined ? 'skipped' : status, why: `${name}: ${why}` })
      }
      if (nesting === 0) {
        if (children !== 0) chapter.forEach((c) => { c.name = `${name}: ${c.name}` })
        cases.push(...chapter)
        chapter = []
      }
    }
    run({ files }).on('test:pass', note('passed')).on('test:fail', note('failed')).on('end', done).resume()
  })
  report(cases)
  return cases
}

/** What Surefire wrote in this build. */
function java() {
  let tests = 0
  for (const name of readdirSync(REPORTS).filter((n) => /^TEST-dev\..*\.xml$/.test(n))) {
    const suite = /<testsuite [^>]*>/.exec(readFileSync(join(REPORTS, name), 'utf8'))[0]
    const number = (attribute) => Number(new RegExp(` ${attribute}="(\\d+)"`).exec(suite)[1])
    tests += number('tests') - number('failures') - number('errors') - number('skipped')
  }
  return tests
}

requireForge('test')
mkdirSync(REPORTS, { recursive: true })
const started = performance.now()
const contracts = solidity()
const scripts = await javascript()
const all = [...contracts.cases, ...scripts]
const bad = all.filter((c) => c.status === 'failed')
for (const { why } of bad) console.error(`FAILED ${why}`)
const drift = checkGas(contracts.figures)
if (drift) console.error(drift)

const passed = (cases) => cases.filter((c) => c.status === 'passed').length
const number = (n) => n.toLocaleString('en-US')
console.log(
  `contracts: ${number(java())} Java, ${number(passed(contracts.cases))} Solidity (${number(contracts.fuzzRuns)} fuzz ` +
    `runs, ${number(contracts.invariantCalls)} invariant calls) and ${number(passed(scripts))} JavaScript tests passed, ` +
    `${bad.length} failed; ${Math.round((performance.now() - started) / 1000)} s`,
)
// No tests is no success: a moved folder must not pass for a clean one.
const empty = contracts.cases.length === 0 || scripts.length === 0
if (empty) console.error('test: no Solidity or no JavaScript test was found')
process.exitCode = bad.length || drift || empty ? 1 : 0
