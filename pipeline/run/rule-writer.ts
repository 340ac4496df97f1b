import { access, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isMap, isScalar, parseDocument, stringify } from 'yaml'
import type { RuleTest } from '../../schemas/rule.js'
import { CAUSES, type Cause } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { fullWidth } from '../match/chinese.js'
import { closest } from '../match/closest.js'
import { bilingualsOf } from '../match/lint.js'
import type { Pack } from '../match/pack.js'
import { mechanismScaffold, signalScaffold } from '../report/rule-scaffold.js'
import { loadPack } from './rules.js'

const KEBAB = /^[a-z0-9]+(-[a-z0-9]+)*$/

/**
 * Writes a mechanism (`<cause>/<id>`) or a shared signal (`signals/<id>`, with the mechanism that uses it) to start from.
 * @returns the files written or changed, by path
 * @throws WhytimeoutError USAGE, OUTPUT_UNWRITABLE
 */
export async function newRule(dir: string, name: string, usedBy: string | undefined): Promise<string[]> {
  const [folder = '', id = '', ...rest] = name.replace(/\.yml$/, '').split('/')
  const isSignal = folder === 'signals'
  if (!isSignal && !(CAUSES as readonly string[]).includes(folder)) {
    const near = closest(folder, [...CAUSES, 'signals'])
    throw new WhytimeoutError(
      'USAGE',
      `no cause "${folder}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      'whytimeout rules new',
    )
  }
  if (rest.length > 0 || !KEBAB.test(id))
    throw new WhytimeoutError(
      'USAGE',
      `"${name}" is no <cause>/<kebab-case> or signals/<kebab-case>`,
      'whytimeout rules new',
    )
  const pack = await loadPack(dir)
  if (pack.mechanisms.some((m) => m.id === id) || pack.conditions.some((c) => c.id === id))
    throw new WhytimeoutError('USAGE', `"${id}" exists already`, 'whytimeout rules new')
  const path = join(dir, folder, `${id}.yml`)
  if (
    await access(path).then(
      () => true,
      () => false,
    )
  )
    throw new WhytimeoutError('USAGE', 'the file exists already', path)
  if (!isSignal) {
    await write(path, mechanismScaffold(folder as Cause, id))
    return [path, ...(await writeDigest(dir))]
  }
  if (usedBy === undefined)
    throw new WhytimeoutError(
      'USAGE',
      'say which mechanism uses it: --for <mechanism>; a signal that nobody uses does nothing',
      'whytimeout rules new',
    )
  const user = fileOf(pack, dir, usedBy)
  const text = await readFile(user, 'utf8')
  const at = text.search(/^signals:[ \t]*(#.*)?$/m)
  if (at < 0) throw new WhytimeoutError('RULE_INVALID', '"signals:" does not stand alone on a line', user)
  const end = text.indexOf('\n', at) + 1
  await write(path, signalScaffold(id))
  await write(user, `${text.slice(0, end)}  ${id}: { use: ${id}, bits: 1 }\n${text.slice(end)}`)
  return [path, user, ...(await writeDigest(dir))]
}

/**
 * Writes a test behind the last one of a mechanism. The rest of the file stays as it is, to the byte.
 * @returns the file
 * @throws WhytimeoutError USAGE, RULE_INVALID, OUTPUT_UNWRITABLE
 */
export async function addTest(pack: Pack, dir: string, mechanism: string, test: RuleTest): Promise<string> {
  const path = fileOf(pack, dir, mechanism)
  const text = await readFile(path, 'utf8')
  const item = stringify([test], { lineWidth: 0 })
    .split('\n')
    .map((l) => (l === '' ? l : `  ${l}`))
    .join('\n')
  const doc = parseDocument(text)
  const pair = isMap(doc.contents)
    ? doc.contents.items.find((i) => isScalar(i.key) && i.key.value === 'tests')
    : undefined
  if (!pair) {
    await write(path, `${text.trimEnd()}\ntests:\n${item}`)
    return path
  }
  const range = (pair.value as { range?: [number, number, number]; flow?: boolean } | null) ?? {}
  if (range.flow || range.range === undefined)
    throw new WhytimeoutError('RULE_INVALID', '"tests:" is no list with a line for each "-"', path)
  const end = range.range[1]
  const head = text.slice(0, end).trimEnd()
  await write(path, `${head}\n${item}${text.slice(end).replace(/^\s*\n?/, '')}`)
  return path
}

/** Half-width marks in the Chinese of rules become full-width, where a text stands whole on a line. @returns the files that were changed */
export async function writeMarks(dir: string): Promise<string[]> {
  const texts = bilingualsOf(await loadPack(dir)).map(({ text }) => text.zh)
  const wrong = [...new Set(texts)].filter((zh) => fullWidth(zh) !== zh)
  if (wrong.length === 0) return []
  const names = (await readdir(dir, { recursive: true })).filter((name) => name.endsWith('.yml')).sort()
  const changed: string[] = []
  for (const path of names.map((name) => join(dir, name))) {
    const text = await readFile(path, 'utf8')
    const better = wrong.reduce((all, zh) => all.replaceAll(zh, () => fullWidth(zh)), text)
    if (better === text) continue
    await write(path, better)
    changed.push(path)
  }
  return changed
}

/** Writes the digest that the rules have now into pack.yml and raises the generation, where it differs. @returns the file if it was changed */
export async function writeDigest(dir: string): Promise<string[]> {
  const { rulesDigest: digest, statedDigest, generation } = await loadPack(dir)
  if (digest === statedDigest) return []
  const path = join(dir, 'pack.yml')
  const text = await readFile(path, 'utf8')
  await write(
    path,
    text
      .replace(/^generation:.*$/m, `generation: ${generation + 1}`)
      .replace(/^digest:.*$/m, `digest: ${/^\d+(e\d+)?$/.test(digest) ? `"${digest}"` : digest}`),
  )
  return [path]
}

function fileOf(pack: Pack, dir: string, mechanism: string): string {
  const found = pack.mechanisms.find((m) => m.id === mechanism)
  if (found) return join(dir, found.cause, `${found.id}.yml`)
  const near = closest(
    mechanism,
    pack.mechanisms.map((m) => m.id),
  )
  throw new WhytimeoutError(
    'USAGE',
    `no mechanism "${mechanism}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
  )
}

async function write(path: string, text: string): Promise<void> {
  await writeFile(path, text).catch((error: NodeJS.ErrnoException) => {
    throw new WhytimeoutError('OUTPUT_UNWRITABLE', error.code ?? 'cannot be written', path, { cause: error })
  })
}
