// Takes from forge's output what a deployment needs, and nothing that names a place on this machine.
// Usage: node artifacts.mjs OUT TARGET
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const [out, target] = process.argv.slice(2)

for (const name of ['TestUSD', 'AccessManager', 'Escrow', 'Stake', 'Court']) {
  const { abi, bytecode, deployedBytecode } = JSON.parse(readFileSync(join(out, `${name}.sol`, `${name}.json`), 'utf8'))
  const hex = deployedBytecode.object.slice(2)
  if (/[^0-9a-f]/.test(bytecode.object.slice(2) + hex)) throw new Error(`${name} is not linked`)
  // Immutables are zero in the compiler's output and filled in by the constructor: where, tells this list.
  const immutables = Object.values(deployedBytecode.immutableReferences ?? {})
    .flat()
    .sort((a, b) => a.start - b.start)
    .map(({ start, length }) => `${start}:${length}`)
  writeFileSync(
    join(target, `${name}.properties`),
    `creation=${bytecode.object}\nruntime=0x${hex}\nimmutables=${immutables.join(',')}\n`,
  )
  writeFileSync(join(target, `${name}.abi.json`), JSON.stringify(abi) + '\n')
}
