import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
const FOLDER = 'docs/pictures'
const pictures = readdirSync(join(ROOT, FOLDER))
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

test.each(pictures)('%s is a small PNG that the README shows, with words for those who do not see it', (name) => {
  const bytes = readFileSync(join(ROOT, FOLDER, name))
  expect(bytes.subarray(1, 4).toString()).toBe('PNG')
  expect(bytes.length).toBeLessThan(300 * 1024)
  expect(readme).toMatch(new RegExp(`!\\[[^\\]]{6,}\\]\\(${FOLDER}/${name}\\)`))
})

test('and the README shows no other', () =>
  expect([...readme.matchAll(/!\[[^\]]*\]\(([^)]+)\)/g)].map((m) => m[1]).sort()).toEqual(
    pictures.map((p) => `${FOLDER}/${p}`).sort(),
  ))
