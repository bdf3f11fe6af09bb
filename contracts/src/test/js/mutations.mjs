import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { HOME } from '../../../bin/forge.mjs'
import { mutate, seeds } from '../../../bin/mutations.mjs'

test('each mutant applies to the contracts as they are', async () => {
  const all = await seeds()
  assert.ok(all.length > 200)
  const broken = all
    .map((mutant) => [mutant.name, mutate(mutant, readFileSync(join(HOME, 'src/main/solidity', mutant.file), 'utf8')).fault])
    .filter(([, fault]) => fault)
  assert.deepEqual(broken, [])
})
