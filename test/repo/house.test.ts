import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize, relative } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadPack } from '../../pipeline/run/rules.js'
import { generatedFiles } from '../../scripts/generated.js'

const ROOT = join(import.meta.dirname, '../..')
const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((f) => f !== '' && existsSync(join(ROOT, f)))
const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')
const sources = tracked.filter((f) => /^(pipeline|schemas)\/.*\.ts$/.test(f))

/** Folders by what they may import; arrows point one way. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  schemas: [],
  'pipeline/errors.ts': ['schemas'],
  'pipeline/export': ['schemas', 'pipeline/parse'],
  'pipeline/parse': ['schemas', 'pipeline/errors.ts', 'pipeline/match/closest.ts'],
  'pipeline/match': ['schemas', 'pipeline/errors.ts', 'pipeline/parse'],
  'pipeline/diagnose': ['schemas', 'pipeline/errors.ts', 'pipeline/parse', 'pipeline/match'],
  'pipeline/report': ['schemas', 'pipeline/errors.ts', 'pipeline/match', 'pipeline/diagnose', 'pipeline/health'],
  'pipeline/health': ['schemas', 'pipeline/diagnose'],
  'pipeline/incident': ['schemas', 'pipeline/match', 'pipeline/report/words.ts', 'pipeline/stream/heap.ts'],
  'pipeline/stream': [
    'schemas',
    'pipeline/errors.ts',
    'pipeline/parse',
    'pipeline/match',
    'pipeline/diagnose',
    'pipeline/health',
    'pipeline/incident',
  ],
  'pipeline/init': ['schemas', 'pipeline/parse', 'pipeline/report/width.ts', 'pipeline/report/assumed-words.ts'],
  'pipeline/sources': [
    'schemas',
    'pipeline/errors.ts',
    'pipeline/parse/log-name.ts',
    'pipeline/parse/decode.ts',
    'pipeline/stream/raw-message.ts',
  ],
  'pipeline/sinks': ['schemas', 'pipeline/errors.ts', 'pipeline/stream/documents.ts', 'pipeline/stream/alert-state.ts'],
  'pipeline/run': ['schemas', 'pipeline/'],
  'pipeline/cli': ['schemas', 'pipeline/'],
}
const PURE = [
  'schemas',
  'pipeline/export',
  'pipeline/parse',
  'pipeline/match',
  'pipeline/diagnose',
  'pipeline/health',
  'pipeline/incident',
  'pipeline/report',
  'pipeline/stream',
  'pipeline/init',
]
/** Pure in themselves: a hash, and what an address is. */
const PURE_BUILTINS = ['node:crypto', 'node:net']
const PURE_PACKAGES = ['zod', 'yaml', 're2js', 'stream-json/core/parser.js', 'stream-chain/defs.js']

const partOf = (file: string): string =>
  file === 'pipeline/errors.ts' ? file : file.startsWith('schemas/') ? 'schemas' : file.split('/').slice(0, 2).join('/')
const importsOf = (file: string): string[] =>
  [...read(file).matchAll(/(?:from|import\()\s*'([\w@./:-]+)'/g)].map((m) => m[1] as string)

describe('arrows point one way', () => {
  test.each(sources)('%s', (file) => {
    const part = partOf(file)
    const allowed = MAY_IMPORT[part]
    expect(allowed, `${part} is no known part; add it to MAY_IMPORT`).toBeDefined()
    for (const target of importsOf(file)) {
      if (target.startsWith('.')) {
        const path = relative(ROOT, normalize(join(ROOT, dirname(file), target))).replace(/\.js$/, '.ts')
        const isOwn = partOf(path) === part
        const isCommand = part !== 'pipeline/cli' && path.startsWith('pipeline/cli')
        expect(isOwn || (!isCommand && allowed?.some((a) => path.startsWith(a))), `${file} imports ${path}`).toBe(true)
      } else if (PURE.includes(part)) {
        expect([...PURE_BUILTINS, ...PURE_PACKAGES], `${file} is pure`).toContain(target)
      }
    }
    if (PURE.includes(part))
      expect(read(file), `${file} reads a clock, the environment or chance`).not.toMatch(
        /Date\.now\(|new Date\(\)|\bprocess\.(?!name|pid|command)\w|Math\.random|performance\.now/,
      )
  })
})

describe('the tree stays readable', () => {
  test('no file over 420 lines', () => {
    const long = [...sources, ...tracked.filter((f) => /^(test|scripts)\/.*\.(ts|mjs)$/.test(f))]
      .map((f) => [f, read(f).split('\n').length] as const)
      .filter(([, n]) => n > 420)
    expect(long).toEqual([])
  })
  test('no folder that hides what a thing is', () =>
    expect(tracked.filter((f) => /(^|\/)(utils?|helpers?|common|misc)\//.test(f))).toEqual([]))
  test('every format has fixtures, every fixture folder a format and a README', async () => {
    const { FORMATS } = await import('../../pipeline/parse/formats/index.js')
    const folders = readdirSync(join(ROOT, 'fixtures/formats')).sort()
    expect(folders).toEqual(FORMATS.map((f) => f.id).sort())
    for (const f of folders) expect(existsSync(join(ROOT, 'fixtures/formats', f, 'README.md')), f).toBe(true)
  })
  test('no TODO without an issue', () =>
    expect(sources.filter((f) => /TODO(?!\(#\d+\))|FIXME|XXX/.test(read(f)))).toEqual([]))
})

describe('the project stands alone', () => {
  const text = tracked.filter((f) => /\.(ts|mjs|js|py|json|ya?ml|md|sh)$|^\.ci\//.test(f) && f !== 'package-lock.json')
  test('only tests and benches know of data beside the project', () =>
    expect(text.filter((f) => !/^(test|bench)\//.test(f) && /\.\.\/shared\b/.test(read(f)))).toEqual([]))
  test('no path of a machine', () =>
    expect(
      text.filter((f) => f !== 'test/repo/house.test.ts' && /\/(?:work|home|root|Users)\/\w/.test(read(f))),
    ).toEqual([]))
  test('every dependency is pinned', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'))
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies }))
      expect(version, name).toMatch(/^\d+\.\d+\.\d+$/)
  })
  test('no dependency runs a script at install', () => {
    const lock = JSON.parse(read('package-lock.json')) as { packages: Record<string, { hasInstallScript?: boolean }> }
    const scripted = Object.entries(lock.packages).filter(([, p]) => p.hasInstallScript)
    // fsevents is for macOS only and optional; .npmrc has ignore-scripts for all.
    expect(scripted.map(([name]) => name).filter((n) => !n.endsWith('/fsevents'))).toEqual([])
    expect(read('.npmrc')).toContain('ignore-scripts=true')
  })
})

describe('generated files are up to date (npm run generate)', async () => {
  const files = generatedFiles(await loadPack())
  const isGenerated = (f: string): boolean => /^(schemas\/generated|docs\/causes)\//.test(f)
  test.each([...files.keys()])('%s', (path) => expect(read(path)).toBe(files.get(path)))
  test('and nothing else lies beside them', () =>
    expect(tracked.filter(isGenerated).sort()).toEqual([...files.keys()].filter(isGenerated).sort()))
})
