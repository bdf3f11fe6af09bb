// A mutant is killed when the tests, which all pass on the sound contracts, fail on it. Compiled without the optimizer
// and by a compiler that stays warm: a third of the time. Gas is not judged here.
import { fork, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { FORGE, HOME, requireForge } from './forge.mjs'
import { mutate, seeds } from './mutations.mjs'

const AT_ONCE = 2
const LONGEST = 300_000
const ENVIRONMENT = {
  ...process.env,
  FOUNDRY_PROFILE: 'default',
  FOUNDRY_OPTIMIZER: 'false',
  FOUNDRY_CODE_SIZE_LIMIT: '1000000',
  // A mutant that only long campaigns find is not what these are for.
  FOUNDRY_FUZZ_RUNS: '64',
  FOUNDRY_INVARIANT_RUNS: '16',
  FOUNDRY_INVARIANT_DEPTH: '100',
}

/** What forge calls instead of bin/solc: hands the input to the compiler of this copy. */
const COMPILER = `#!/usr/bin/env node
'use strict'
const socket = require('node:net').connect({ path: require('node:path').join(__dirname, '../solc.socket'), allowHalfOpen: true })
const version = process.argv.includes('--version')
if (version) {
  let answer = ''
  socket.on('data', (data) => { answer += data })
  socket.on('end', () => process.stdout.write('solc, the solidity compiler commandline interface\\nVersion: ' +
    answer.replace('Emscripten.clang', 'Linux.g++') + '\\n'))
  socket.end('--version')
} else {
  process.stdin.pipe(socket)
  socket.pipe(process.stdout)
}
`

/** A copy of the contracts, with those tests, in which mutants are tried, one after the other. */
class Workshop {
  constructor(tests) {
    this.folder = mkdtempSync(join(tmpdir(), 'mutants-'))
    for (const part of ['src', 'bin', 'foundry.toml']) cpSync(join(HOME, part), join(this.folder, part), { recursive: true })
    // Rather than a filter of forge's, for which it would compile twice.
    const folder = join(this.folder, 'src/test/solidity')
    for (const name of readdirSync(folder, { recursive: true }).filter((n) => n.endsWith('.t.sol'))) {
      if (!tests.test(basename(name)) || name.endsWith('GasTests.t.sol')) rmSync(join(folder, name))
    }
    symlinkSync(join(HOME, 'node_modules'), join(this.folder, 'node_modules'))
    writeFileSync(join(this.folder, 'bin/solc'), COMPILER, { mode: 0o755 })
  }

  async open() {
    this.compiler = fork(join(HOME, 'bin/warm-solc.mjs'), [join(this.folder, 'solc.socket')])
    await new Promise((done, refuse) => this.compiler.once('message', done).once('error', refuse))
    return this
  }

  close() {
    this.forge?.kill()
    this.compiler?.kill()
    rmSync(this.folder, { recursive: true, force: true })
  }

  async try(mutant) {
    const path = join(this.folder, 'src/main/solidity', mutant.file)
    const sound = readFileSync(path, 'utf8')
    const { mutated, fault } = mutate(mutant, sound)
    if (fault) return { fault }
    writeFileSync(path, mutated)
    const result = await this.test()
    writeFileSync(path, sound)
    return result
  }

  test() {
    return new Promise((done) => {
      this.forge = spawn(FORGE, ['test', '--json', '--fail-fast'], {
        cwd: this.folder, env: ENVIRONMENT, timeout: LONGEST,
      })
      let out = ''
      let errors = ''
      this.forge.stdout.on('data', (data) => { out += data })
      this.forge.stderr.on('data', (data) => { errors += data })
      this.forge.on('close', () => {
        let suites
        try {
          suites = JSON.parse(out)
        } catch {
          const said = (errors + out).trim().slice(0, 1_500)
          done({ fault: `does not compile, or ran longer than ${LONGEST / 1_000} s: ${said}` })
          return
        }
        const tests = Object.entries(suites).flatMap(([suite, { test_results: results }]) =>
          Object.entries(results).map(([name, { status }]) => ({ status, test: `${suite.split(':').at(-1)}.${name}` })),
        )
        const killer = tests.find(({ status }) => status === 'Failure')?.test.replace(/\(.*$/, '')
        done(tests.length === 0 ? { fault: 'no test ran' } : { killer })
      })
    })
  }
}

async function main(words) {
  requireForge('mutants')
  const chosen = (await seeds()).filter((m) => words.every((w) => `${m.seeds} ${m.name} ${m.row}`.includes(w)))
  if (chosen.length === 0) {
    console.error(`mutants: none is called "${words.join(' ')}"`)
    process.exit(64)
  }
  const shops = []
  const clean = () => shops.splice(0).forEach((shop) => shop.close())
  process.on('exit', clean)
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

  const started = performance.now()
  let killed = 0
  for (const seeds of new Set(chosen.map((mutant) => mutant.seeds))) {
    const left = chosen.filter((mutant) => mutant.seeds === seeds)
    console.log(`${seeds}: ${left.length}`)
    for (let i = 0; i < Math.min(AT_ONCE, left.length); i++) shops.push(await new Workshop(left[0].tests).open())
    // In each, for this also warms its compiler and fills its cache.
    for (const sound of await Promise.all(shops.map((shop) => shop.test()))) {
      if (sound.fault || sound.killer) {
        console.error(`mutants: the tests do not pass on the contracts as they are: ${sound.fault ?? sound.killer}`)
        process.exit(1)
      }
    }
    await Promise.all(shops.map(async (shop) => {
      for (let mutant = left.shift(); mutant; mutant = left.shift()) {
        const { killer, fault } = await shop.try(mutant)
        if (killer) killed++
        const verdict = fault ? `BROKEN: ${fault}` : killer ? `killed by ${killer}` : 'SURVIVED'
        console.log(`  ${mutant.name} [${mutant.row}]\n    ${verdict}`)
      }
    }))
    clean()
  }
  console.log(`${killed} killed of ${chosen.length}; ${Math.round((performance.now() - started) / 1000)} s`)
  process.exitCode = killed === chosen.length ? 0 : 1
}

await main(process.argv.slice(2))
