import { isMap, isScalar, LineCounter, parseDocument, stringify } from 'yaml'
import { OriginEntry } from '../../schemas/origin.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'
import { parseZone } from './time.js'

/** What the lines of origins do not say, by origin. */
export type Origins = {
  readonly entryFor: (origin: string) => OriginEntry
  readonly entries: ReadonlyMap<string, OriginEntry>
}

export const NO_ORIGINS: Origins = { entryFor: () => NONE, entries: new Map() }
const NONE: OriginEntry = {}

/**
 * Reads `origins.yml`: keys are origins (`host/name`), with `*` and `?` as wildcards. An exact key wins over a glob, a longer glob over a
 * shorter one, key by key.
 * @throws WhytimeoutError ORIGINS_BAD_ENTRY with file:line
 */
export function parseOrigins(text: string, place: string): Origins {
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, schema: 'core' })
  const at = (node: unknown): string => {
    const offset = (node as { range?: [number, number, number] } | undefined)?.range?.[0]
    return offset === undefined ? place : `${place}:${lines.linePos(offset).line}`
  }
  const broken = doc.errors[0]
  if (broken)
    throw new WhytimeoutError(
      'ORIGINS_BAD_ENTRY',
      broken.message.split('\n')[0] ?? 'not YAML',
      `${place}:${broken.linePos?.[0].line ?? 1}`,
    )
  if (doc.contents === null) return NO_ORIGINS
  if (!isMap(doc.contents))
    throw new WhytimeoutError('ORIGINS_BAD_ENTRY', 'the file must be a map of origins', at(doc.contents))
  const entries = new Map<string, OriginEntry>()
  for (const pair of doc.contents.items) {
    const origin = String(isScalar(pair.key) ? pair.key.value : pair.key)
    const raw = isMap(pair.value)
      ? (pair.value.toJSON() as Record<string, unknown>)
      : pair.value === null
        ? {}
        : undefined
    if (raw === undefined)
      throw new WhytimeoutError('ORIGINS_BAD_ENTRY', `the entry of "${origin}" must be a map`, at(pair.key))
    const read = OriginEntry.safeParse(raw)
    if (!read.success) {
      const issue = read.error.issues[0]
      const key = issue?.code === 'unrecognized_keys' ? issue.keys[0] : String(issue?.path[0] ?? '')
      const node = isMap(pair.value) ? pair.value.items.find((i) => String(i.key) === key)?.key : pair.key
      const hint = issue?.code === 'unrecognized_keys' ? suggestion(key ?? '') : (issue?.message ?? '')
      throw new WhytimeoutError(
        'ORIGINS_BAD_ENTRY',
        issue?.code === 'unrecognized_keys' ? `no key "${key}"${hint}` : `${key}: ${hint}`,
        at(node),
      )
    }
    if (read.data.zone !== undefined && !parseZone(read.data.zone)) {
      throw new WhytimeoutError('ORIGINS_BAD_ENTRY', `no time zone "${read.data.zone}"`, at(pair.key))
    }
    entries.set(origin, read.data)
  }
  return { entries, entryFor: lookup(entries) }
}

const suggestion = (key: string): string => {
  const near = closest(key, Object.keys(OriginEntry.shape))
  return near === undefined ? `; known: ${Object.keys(OriginEntry.shape).join(', ')}` : `; did you mean "${near}"?`
}

function lookup(entries: ReadonlyMap<string, OriginEntry>): (origin: string) => OriginEntry {
  const globs = [...entries]
    .filter(([key]) => /[*?]/.test(key))
    .sort((a, b) => a[0].length - b[0].length)
    .map(([key, entry]) => ({ test: globTest(key), entry }))
  const known = new Map<string, OriginEntry>()
  return (origin) => {
    let found = known.get(origin)
    if (!found) {
      found = Object.assign(
        {},
        ...globs.filter((g) => g.test(origin)).map((g) => g.entry),
        entries.get(origin),
      ) as OriginEntry
      known.set(origin, found)
    }
    return found
  }
}

/** `*` is any run of characters, `?` one. Linear: the pattern has no nested repetition. */
export function globTest(glob: string): (text: string) => boolean {
  const parts = glob.split(/\*+/)
  if (parts.length === 1) return (text) => matchesPart(text, 0, glob) && text.length === glob.length
  return (text) => {
    const [first = '', ...rest] = parts
    const last = rest.pop() ?? ''
    if (!matchesPart(text, 0, first)) return false
    let at = first.length
    for (const part of rest) {
      while (at + part.length <= text.length && !matchesPart(text, at, part)) at++
      if (at + part.length > text.length) return false
      at += part.length
    }
    return text.length - last.length >= at && matchesPart(text, text.length - last.length, last)
  }
}

function matchesPart(text: string, at: number, part: string): boolean {
  if (at < 0 || at + part.length > text.length) return false
  for (let i = 0; i < part.length; i++) if (part[i] !== '?' && part[i] !== text[at + i]) return false
  return true
}

/** `origins.yml` text, sorted, as replay writes what it used. */
export const formatOrigins = (entries: ReadonlyMap<string, OriginEntry>): string =>
  stringify(
    Object.fromEntries([...entries].filter(([, e]) => Object.keys(e).length > 0).sort(([a], [b]) => (a < b ? -1 : 1))),
    { sortMapEntries: true, aliasDuplicateObjects: false },
  )
