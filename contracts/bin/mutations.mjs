// The ways in which the contracts are broken on purpose.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { HOME } from './forge.mjs'

const SEEDS = join(HOME, 'src/test/mutants')

/** All mutants: what is written about each, with the file it breaks and the tests that are to notice. */
export async function seeds() {
  const all = []
  for (const name of readdirSync(SEEDS).sort()) {
    const { file, tests, mutants } = await import(join(SEEDS, name))
    all.push(...mutants.map((mutant) => ({ seeds: name, file, tests, ...mutant })))
  }
  for (const { name } of all) {
    if (all.filter((m) => m.name === name).length > 1) throw new Error(`two mutants are called "${name}"`)
  }
  return all
}

/** The file's text with the mutation, or what is wrong with the mutation. */
export function mutate({ file, find, replace }, text) {
  const times = text.split(find).length - 1
  if (times !== 1) return { fault: `does not apply: its text occurs ${times} times in ${file}` }
  const mutated = text.replace(find, () => replace)
  return mutated === text ? { fault: 'changes nothing' } : { mutated }
}
