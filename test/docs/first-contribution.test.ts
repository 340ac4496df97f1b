import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
type Block = { readonly kind: string; readonly path: string | undefined; readonly text: string }
const blocks: readonly Block[] = [
  ...readFileSync(join(ROOT, 'docs/first-contribution.md'), 'utf8').matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm),
].map(([, kind = '', path, text = '']) => ({ kind, path, text }))

let copy: string
beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'contribution-'))
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  for (const file of files.split('\n'))
    if (file !== '' && existsSync(join(ROOT, file))) cpSync(join(ROOT, file), join(copy, file))
  // In place of `npm ci`, which would fetch the same again.
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  execFileSync('git', ['init', '-q'], { cwd: copy })
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** Puts every added line behind the line that it stands below. */
function applied(text: string, diff: string): string {
  const lines = text.split('\n')
  let at = -1
  for (const line of diff.split('\n')) {
    if (line === '@@') at = -1
    else if (line.startsWith('+')) lines.splice(++at, 0, line.slice(1))
    else if (line !== '') {
      at = lines.indexOf(line.slice(1), at + 1)
      expect(at, `"${line.slice(1)}" stands in the file`).toBeGreaterThanOrEqual(0)
    }
  }
  return lines.join('\n')
}

test('followed to the letter, it gives a format and a rule that work', () => {
  let seen = ''
  const kinds = new Set<string>()
  for (const { kind, path, text } of blocks) {
    kinds.add(path === undefined ? kind : 'file')
    if (path !== undefined) {
      const file = join(copy, path)
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(file, kind === 'diff' ? applied(readFileSync(file, 'utf8'), text) : text)
    } else if (kind === 'sh') {
      const script = text.replace(/^npm ci$/m, '')
      const ran = spawnSync('bash', ['-ec', script], { cwd: copy, encoding: 'utf8' })
      expect(ran.status, `${script}\n${ran.stdout}\n${ran.stderr}`).toBe(0)
      seen = ran.stdout.replace(/\s+/g, ' ')
    } else for (const line of text.trim().split('\n')) expect(seen).toContain(line.trim().replace(/\s+/g, ' '))
  }
  expect([...kinds].sort()).toEqual(['file', 'sh', 'text'])
}, 400_000)
