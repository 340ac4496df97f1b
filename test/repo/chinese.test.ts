import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { fullWidth } from '../../pipeline/match/chinese.js'

const ROOT = join(import.meta.dirname, '../..')
/** What reads the logs of others holds their words, marks and all; the rules' own texts are for `rules lint`. */
const OF_LOGS =
  /^(fixtures|rules|test|bench)\/|^pipeline\/(parse\/|export\/contexts\.ts|match\/chinese\.ts)|^scripts\/text-/
/** Code of the page in one string: its words stand in pipeline/report/html/client. */
const GENERATED = ['pipeline/report/html/assets.ts']
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  .split('\n')
  .filter((f) => /\.(ts|mjs|md|ya?ml|ndjson|txt|service)$|Dockerfile$/.test(f) && existsSync(join(ROOT, f)))
  .filter((f) => !OF_LOGS.test(f) && !GENERATED.includes(f))

test('Chinese for people has the marks of Chinese', () => {
  const wrong = files.flatMap((file) => {
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n')
    return lines.flatMap((line, i) =>
      fullWidth(line) === line ? [] : [`${file}:${i + 1} is to read ${fullWidth(line)}`],
    )
  })
  expect(wrong).toEqual([])
})
test.each(['friday-afternoon', 'explain', 'top-fine', 'top-none', 'top-troubled'])(
  'so has the terminal: %s',
  (name) => {
    const text = readFileSync(join(ROOT, `test/report/golden/${name}.zh.txt`), 'utf8')
    const own = text.split('\n').filter((line) => !/^ {15}|^ {2}[\d:.]{12} /.test(line))
    expect(own.map(fullWidth)).toEqual(own)
  },
)
