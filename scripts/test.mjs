#!/usr/bin/env node
// Every suite, one after the other; a failing one does not stop the rest. Ends with one line: N passed, N failed.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const only = process.argv.slice(2)
const update = only.includes('-u')
const temporary = mkdtempSync(join(tmpdir(), 'whytimeout-test-'))
/** Run on one version of Node.js only: what they show does not hang on it, and they take minutes. */
const LONG = [
  'test/package/**',
  'test/docs/**',
  'test/quality/**',
  'test/run/{export,incidents,jobs,memory}.test.ts',
  'test/cli/{backtest,rules}.test.ts',
  'test/parse/{corpora,gate}.test.ts',
  'test/parse/formats/properties.test.ts',
  'test/stream/{lab,law-1,repair,repair-chains,topic-replay}.test.ts',
]
const PYSIGMA = '2.0.1'
/** What is told once more at the end, since of a long log often only the end is kept; of each failure so many lines. */
const MOST_TOLD = 20
const LINES_EACH = 12
let passed = 0
let failed = 0
const failures = []
const suites = []

/** Runs a program; its output is shown as it comes. */
const run = (command, args) => spawnSync(command, args, { stdio: 'inherit', env: process.env }).status === 0

const suite = (name, step) => {
  if (only.length > 0 && !update && !only.includes(name)) return
  console.log(`\n== ${name}`)
  const began = Date.now()
  const [ok, bad] = step()
  passed += ok
  failed += bad
  const line = `== ${name}: ${ok} passed, ${bad} failed (${((Date.now() - began) / 1000).toFixed(1)} s)`
  suites.push(line)
  console.log(line)
}
const check = (ok) => (ok ? [1, 0] : [0, 1])
const bin = (name) => join('node_modules', '.bin', name)

suite('build', () => check(run('npm', ['run', '--silent', 'build'])))
suite('typecheck', () => check(run('npm', ['run', '--silent', 'typecheck'])))
suite('lint', () => check(run(bin('biome'), ['check', ...(update ? ['--write'] : []), '.'])))
suite('rules', () => {
  const lint = check(run(process.execPath, ['dist/pipeline/cli/main.js', 'rules', 'lint']))
  const tests = spawnSync(process.execPath, ['dist/pipeline/cli/main.js', 'rules', 'test', '--json'], {
    encoding: 'utf8',
  })
  const last = /\{"passed":(\d+),"failed":(\d+)\}/.exec(tests.stdout)
  if (tests.status !== 0) console.log(tests.stdout, tests.stderr)
  return last ? [lint[0] + Number(last[1]), lint[1] + Number(last[2])] : [lint[0], lint[1] + 1]
})
suite('sigma', () => {
  const rules = join(temporary, 'sigma')
  const exported = spawnSync(process.execPath, ['dist/pipeline/cli/main.js', 'rules', 'export', '--sigma', rules])
  const python = pythonWithSigma()
  if (exported.status !== 0) return [0, 1]
  if (python !== undefined) return check(run(python, ['scripts/check-sigma.py', rules]))
  console.log('no python3 with venv and pip here: nobody has read the Sigma rules')
  return [0, process.env.CI ? 1 : 0]
})
suite('vitest', () => vitest(process.execPath, ['--project', 'unit']))
suite('browser', () => vitest(process.execPath, ['--project', 'browser']))
suite('integration', () => vitest(process.execPath, ['--project', 'integration']))
for (const version of (process.env.EXTRA_NODES ?? '').split(':').filter(Boolean)) {
  suite(`vitest on ${version}`, () =>
    vitest(version, ['--project', 'unit', ...LONG.flatMap((path) => ['--exclude', path])]))
}

/** A Python that has pySigma, made once below .cache/. */
function pythonWithSigma() {
  const home = join('.cache', `pysigma-${PYSIGMA}`)
  const python = join(home, 'bin', 'python')
  const isReady = () => spawnSync(python, ['-c', 'import sigma.rule']).status === 0
  if (isReady()) return python
  if (spawnSync('python3', ['-m', 'venv', '--clear', home]).status !== 0) return undefined
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', `pysigma==${PYSIGMA}`])
  return isReady() ? python : undefined
}

/** Vitest's own counts; a crash without a report counts as one failure. */
function vitest(node, more) {
  const report = join(temporary, `vitest-${passed}-${failed}.json`)
  const status = run(node, [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...(update ? ['-u'] : []),
    ...more,
  ])
  if (!existsSync(report)) return [0, 1]
  const { numPassedTests, numFailedTests, numPendingTests, numFailedTestSuites, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  )
  failures.push(...testResults.flatMap(failuresOf))
  const broken = numFailedTests === 0 && (numFailedTestSuites > 0 || !status) ? 1 : 0
  return [numPassedTests, numFailedTests + broken + (process.env.CI ? numPendingTests : 0)]
}

/** What failed in a file of tests, by vitest's own report. */
function failuresOf({ name, status, message, assertionResults }) {
  const tests = assertionResults.filter((t) => t.status === 'failed')
  const told = tests.map((t) => [t.fullName, ...t.failureMessages])
  if (status === 'failed' && tests.length === 0) told.push(['could not be run', message])
  return told.map((parts) => `${relative(process.cwd(), name)}: ${parts.join('\n')}`)
}

rmSync(temporary, { recursive: true, force: true })
for (const failure of failures.slice(0, MOST_TOLD)) {
  const lines = failure.split('\n').filter((line) => !line.includes('node_modules'))
  console.log(`\n== failed: ${lines.slice(0, LINES_EACH).join('\n')}`)
}
if (failures.length > MOST_TOLD) console.log(`\n== and ${failures.length - MOST_TOLD} more`)
console.log(`\n${suites.join('\n')}`)
console.log(`\n${passed} passed, ${failed} failed`)
process.exitCode = failed > 0 ? 1 : 0
