// How the commands of this folder run forge: with results as data, and with a plain word where there is no Foundry.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const HOME = fileURLToPath(new URL('..', import.meta.url))
export const FORGE = join(HOME, 'node_modules/.bin/forge')

export function requireForge(command) {
  if (existsSync(FORGE)) return
  console.error(
    `${command}: there is no Foundry for this machine in node_modules. Run contracts/bin/npm-ci; if that did not bring ` +
      'it, it is an optional package per platform: see contracts/package.json.',
  )
  process.exit(69)
}

/** Runs the tests that `filter` selects; the answer has one entry per test, with its logs. Ends the program if nothing compiled. */
export function forgeTest(...filter) {
  const { stdout, stderr, error } = spawnSync(FORGE, ['test', '--json', '-vv', ...filter], {
    cwd: HOME, encoding: 'utf8', maxBuffer: 1 << 30,
  })
  if (error) throw error
  let suites
  try {
    suites = JSON.parse(stdout)
  } catch {
    console.error(`forge test did not get as far as the tests:\n${stdout}${stderr}`)
    process.exit(1)
  }
  return Object.entries(suites).flatMap(([suite, { test_results: results }]) =>
    Object.entries(results).map(([name, result]) => ({ suite: suite.split(':').at(-1), name, ...result })),
  )
}

export const failed = ({ status }) => status === 'Failure'

export function explain({ suite, name, reason, counterexample }) {
  const sequence = counterexample?.Sequence
  const calls = (Array.isArray(sequence?.[1]) ? sequence[1] : Array.isArray(sequence) ? sequence : [])
    .map((call) => `\n    ${call.contract_name ?? call.addr}.${call.func_name ?? call.calldata}(${call.args ?? ''})`)
  const single = counterexample?.Single
  const args = single ? `\n    with (${single.args ?? single.calldata})` : ''
  return `${suite}.${name}: ${reason ?? 'failed'}${args}${calls.join('')}`
}
