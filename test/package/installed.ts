import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** The package as `npm pack` makes it, installed in a folder where nothing else of the project is. */
export type Installed = {
  readonly home: string
  readonly bin: string
  /** Paths in the tarball. */
  readonly files: readonly string[]
  /** In that folder, unless another is named. @returns what it wrote to standard output @throws if it fails */
  readonly run: (command: string, args: readonly string[], cwd?: string) => string
  readonly remove: () => void
}

const consumer = (file: string) => ({
  name: 'consumer',
  version: '1.0.0',
  dependencies: { whytimeout: `file:${file}` },
})
/** What a user gets, in the versions that the project is locked to: the test must not hang on what the registry has today. */
function lockOf(file: string) {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean; devOptional?: boolean; devDependencies?: object }>
  }
  const { '': own, ...rest } = packages
  const { devDependencies: _, ...whytimeout } = own ?? {}
  const needed = Object.entries(rest).filter(([, p]) => !p.dev && !p.devOptional)
  return {
    ...{ name: 'consumer', version: '1.0.0', lockfileVersion: 3, requires: true },
    packages: {
      '': consumer(file),
      'node_modules/whytimeout': { ...whytimeout, resolved: `file:${file}` },
      ...Object.fromEntries(needed),
    },
  }
}

export function install(): Installed {
  const home = mkdtempSync(join(tmpdir(), 'package-'))
  const run: Installed['run'] = (command, args, cwd = home) =>
    execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  const [packed] = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', home, '--ignore-scripts'], ROOT)) as [
    { filename: string; files: { path: string }[] },
  ]
  writeFileSync(join(home, 'package.json'), JSON.stringify(consumer(packed.filename)))
  writeFileSync(join(home, 'package-lock.json'), JSON.stringify(lockOf(packed.filename)))
  run('npm', ['ci', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts'])
  return {
    ...{ home, run, files: packed.files.map((f) => f.path) },
    bin: join(home, 'node_modules/.bin/whytimeout'),
    remove: () => rmSync(home, { recursive: true, force: true }),
  }
}
