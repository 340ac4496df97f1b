#!/usr/bin/env node
// npm run bench -- NAME [ARGS]: compiles the benches and runs one. Without a name it lists them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'

const ROOT = join(import.meta.dirname, '..')
const OUT = join(ROOT, 'node_modules/.cache/bench')
const BENCHES = readdirSync(join(ROOT, 'bench'))
  .filter((f) => f.endsWith('.ts'))
  .map((f) => f.replace('.ts', ''))

const [name, ...args] = process.argv.slice(2)
if (name === undefined || !BENCHES.includes(name)) {
  console.error(`npm run bench -- NAME [ARGS]; benches: ${BENCHES.join(', ')} (each says at its top what it measures)`)
  process.exit(2)
}
const tsc = join(ROOT, 'node_modules/.bin/tsc')
if (spawnSync(tsc, ['-p', join(ROOT, 'tsconfig.bench.json')], { stdio: 'inherit' }).status !== 0) process.exit(1)
// What compiled code looks for beside itself.
for (const path of ['.cache', 'test/services/pom.xml']) {
  const link = join(OUT, path)
  if (existsSync(link) || !existsSync(join(ROOT, path))) continue
  mkdirSync(dirname(link), { recursive: true })
  symlinkSync(join(ROOT, path), link)
}
const child = spawnSync(process.execPath, ['--expose-gc', join(OUT, 'bench', `${name}.js`), ...args], {
  stdio: 'inherit',
  cwd: ROOT,
})
process.exit(child.status ?? 1)
