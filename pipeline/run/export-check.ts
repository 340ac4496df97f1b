import { readFile } from 'node:fs/promises'
import { parse as parseYaml } from 'yaml'
import type { Names } from '../export/names.js'
import { lower } from '../export/pseudonyms.js'
import { createRewriter } from '../export/rewrite.js'
import { mask } from '../parse/mask.js'
import { defaultRulesDir, readRuleFiles } from './rules.js'

const MAX_REVIEW = 500

/** Texts of a rule pack's conditions: their words must be read as they are. */
export async function conditionTexts(dir: string | undefined): Promise<string[]> {
  const found: string[] = []
  const walk = (value: unknown, isInside: boolean): void => {
    if (typeof value === 'string' && isInside) found.push(value)
    else if (Array.isArray(value)) for (const v of value) walk(v, isInside)
    else if (typeof value === 'object' && value !== null)
      for (const [key, v] of Object.entries(value))
        walk(v, isInside || key === 'where' || key === 'unless' || key === 'delta')
  }
  for (const { text } of await readRuleFiles(dir ?? (await defaultRulesDir()))) {
    const { tests: _, ...rule } = (parseYaml(text) ?? {}) as Record<string, unknown>
    walk(rule, false)
  }
  return found
}

/** Originals that the export's logs still hold. */
export async function metIn(
  written: readonly { readonly path: string }[],
  names: Names,
  originals: ReadonlySet<string>,
  isWord: (word: string) => boolean,
): Promise<string[]> {
  const met = new Set<string>()
  const check = (text: string) => {
    if (originals.has(lower(text))) met.add(text)
    return text
  }
  const scan = createRewriter({
    names: { ...names, within: new Map() },
    addresses: { ip4: check, ip6: check, mac: check },
    pseudonyms: { of: check, ofHex: check },
    isWord,
    onReplaced: () => {},
  })
  for (const { path } of written) {
    const text = await readFile(path, 'utf8')
    for (const line of text.split('\n')) scan(mask(line))
  }
  return [...met].sort()
}

/** Words that stayed and may be names. */
export function toReview(left: ReadonlyMap<string, ReadonlySet<number>>, isWord: (word: string) => boolean): string[] {
  const isCode = (word: string) => /\d/.test(word) && /[A-Za-z]/.test(word)
  const rank = (word: string, logs: number) => (isCode(word) ? 0 : 1_000) + logs
  return [...left]
    .filter(([word]) => /[A-Za-z]/.test(word) && !isWord(lower(word)) && !/^(?:0x[0-9a-f]+|\d+[a-z]{1,3})$/i.test(word))
    .sort(([a, x], [b, y]) => rank(a, x.size) - rank(b, y.size) || (a < b ? -1 : 1))
    .slice(0, MAX_REVIEW)
    .map(([word]) => word)
}
