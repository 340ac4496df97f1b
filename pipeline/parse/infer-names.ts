import type { ParsedFields } from '../../schemas/event.js'
import { escaped } from './escaped.js'
import type { Trace } from './infer.js'
import { pushTo } from './push-to.js'

/**
 * What logs call their trace numbers, in words that no list has (`Beleg 35696`, `"ref":"008149"`, `folio=…`): the word before numbers that another
 * host's log has at the same times.
 */

/** A number with the word before it, of a line that has no trace number under a usual name. */
export type NumberTrace = Omit<Trace, 'stan'> & { readonly name: string; readonly value: string }

/** A number that counts transactions has leading zeros or five digits at least, and perhaps letters before it: `000535`, `01-000535`, `K77025`. */
const NUMBER = '(?:\\d{1,4}-|[A-Z]{1,3}-?)?(?:0\\d{3,11}|\\d{5,12})'
const BEFORE = '["\']?[ \\t]{0,2}(?:[=:#]|[Nn][ro]\\.?)?[ \\t]{0,2}["\'\\[#]?'
/** A terminal's id before its number: `trace=61000301/001201`. */
const TERMINAL = '(?:[\\w-]{3,20}/)?'
const NAMED = new RegExp(
  `(?<![\\p{L}\\d_])(\\p{L}[\\p{L}\\d_.]{1,23})${BEFORE}${TERMINAL}(${NUMBER})(?![\\d\\p{L}_]|[-.,:/%]\\d)`,
  'gu',
)
/** What is counted, measured or numbered otherwise. */
const OTHERS =
  /(?:^|[_.-]|src|dst|source|dest|client|server|local|remote|peer|listen)port$|^(?:pid|ppid|tid|thread|worker|line|len|length|size|bytes?|ms|us|sec|secs|seconds|time|ts|took|took_ms|elapsed|duration|code|status|errno|err|amount|amt|betrag|sum|summe|total|importe|valor|monto|montant|price|eur|usd|version|ver|build|year|ttl|mtu|window|win|ack|seq|sport|dport|spt|dpt|mid|merchant|tid|terminal|term|card|pan|uid|gid|inode|fd|mem|rss|heap|v)$/i
const MOST_IN_LINE = 4
/** Characters. */
const MOST_READ = 2_000
/** With nothing but a mark before it: `>> 0200 #070210`. */
const MARKED = new RegExp(`(?<![\\p{L}\\d_&#])#(${NUMBER})(?![\\d\\p{L}_]|[-.,:/%]\\d)`, 'gu')
/** Of a form that little else has, wherever it stands: `031-06889`, `B02354`. */
const FORMED = /(?<![\p{L}\d_.:/#=-])(?:\d{2,4}-|[A-Z]{1,3}-?)\d{4,12}(?![\p{L}\d_-]|[.,:/%]\d)/gu
/** Cheaper to look for. */
const MAY_BE_FORMED = /(?:[A-Z]-?|\d-)\d{4}/
const FORM = '~'
/** A digit stands for any, and so does a letter: `~999-99999`, `~A99999`. */
const formOf = (value: string): string => FORM + value.replace(/\d/g, '9').replace(/[A-Z]/g, 'A')

/** The numbers of a line, each with the word before it, or what else it is known by. */
export function numbersIn(text: string): readonly { readonly name: string; readonly value: string }[] {
  const line = text.slice(0, MOST_READ)
  const found: { name: string; value: string }[] = []
  for (const [, name = '', value = ''] of line.matchAll(NAMED)) {
    if (OTHERS.test(name)) continue
    found.push({ name, value })
    if (found.length === MOST_IN_LINE) return found
  }
  return [...found, ...wordlessIn(line).slice(0, MOST_IN_LINE)]
}

/** A place between bars, a form, or the mark. */
const WORDLESS = /^(?:[|;\t~]|#$)/
/** Those known by another thing than a word. */
function wordlessIn(line: string): { name: string; value: string }[] {
  return [
    ...(line.includes('#') ? [...line.matchAll(MARKED)] : []).map(([, value = '']) => ({ name: '#', value })),
    ...bareFields(line).flatMap(([name, value]) => (WHOLE.test(value) ? [{ name, value }] : [])),
    ...(MAY_BE_FORMED.test(line) ? [...line.matchAll(FORMED)] : []).map(([value]) => ({ name: formOf(value), value })),
  ]
}

/** What stands between bars, semicolons or tabs without a name is named by its place, counted from the end: `|3`. */
const BARS = ['|', ';', '\t'] as const
const FEWEST_FIELDS = 4
const MOST_FIELDS = 48
const WHOLE = new RegExp(`^${NUMBER}$`)

function bareFields(line: string): readonly (readonly [name: string, value: string])[] {
  for (const bar of BARS) {
    if (!line.includes(bar)) continue
    const fields = line.split(bar, MOST_FIELDS)
    if (fields.length >= FEWEST_FIELDS)
      return fields.map((field, at) => [`${bar}${fields.length - at}`, field.trim()] as const)
  }
  return []
}

const ENOUGH = 4
/** Lines of two hosts about one transaction lie this near to the usual distance between their clocks. */
const NEAR_MS = 15_000
const STEADY_SHARE = 0.8
/** So great a share of a log's numbers of that name, or they are in common by chance. */
const SHARE = 0.2
/** A number that stands in more logs than this is that of a day, a shop or a version. */
const MOST_LOGS = 64

type Said = { readonly origin: string; readonly host: string; readonly name: string; readonly at: number }

/**
 * @param numbers  of logs without trace numbers
 * @param traces  of those that name theirs
 * @returns for each log the word before its trace numbers
 */
export function traceNames(numbers: readonly NumberTrace[], traces: readonly Trace[]): ReadonlyMap<string, string> {
  const byValue = new Map<string, Said[]>()
  const values = new Map<string, Set<string>>()
  for (const { value, origin, host, name, at } of numbers) {
    pushTo(byValue, value, { origin, host, name, at })
    const key = keyOf(origin, name)
    values.set(key, (values.get(key) ?? new Set<string>()).add(value))
  }
  for (const { stan, origin, host, at } of traces)
    if (stan !== undefined) pushTo(byValue, stan, { origin, host, name: '', at })
  const named = new Set(traces.flatMap((t) => (t.stan === undefined ? [] : [t.origin])))

  const gaps = new Map<string, Map<string, number[]>>()
  for (const list of byValue.values()) {
    const first = new Map<string, Said>()
    for (const s of list) {
      const key = keyOf(s.origin, s.name)
      const known = first.get(key)
      if (!known || s.at < known.at) first.set(key, s)
    }
    if (first.size > MOST_LOGS) continue
    for (const [key, own] of first) {
      if (own.name === '') continue
      for (const other of first.values()) {
        if (other.host === own.host) continue
        const with_ = gaps.get(key) ?? new Map<string, number[]>()
        gaps.set(key, with_)
        const partner = keyOf(other.host, other.name)
        pushTo(with_, partner, own.at - other.at)
      }
    }
  }
  const best = new Map<string, Candidate>()
  for (const [key, partners] of gaps) {
    const [origin = '', name = ''] = key.split(SEP)
    if (named.has(origin)) continue
    // A server's numbers are those of many terminals.
    const single = [...partners.values()].filter((g) => g.length === 1).flat()
    const many = [...partners.values()].filter((g) => g.length > 1)
    const shared = [single, ...many].map(steady).reduce((a, b) => a + b, 0)
    const of = values.get(key)?.size ?? 0
    if (shared < ENOUGH || shared < of * SHARE) continue
    const known = best.get(origin)
    if (!known || isBetter({ name, shared, of }, known)) best.set(origin, { name, shared, of })
  }
  return new Map([...best].map(([origin, { name }]) => [origin, name]))
}

type Candidate = { readonly name: string; readonly shared: number; readonly of: number }
/** Codes of approval are in common too, but only sales that went well have one. */
const ALIKE = 0.9
const isBetter = (a: Candidate, b: Candidate): boolean => {
  if (Math.min(a.shared, b.shared) < Math.max(a.shared, b.shared) * ALIKE) return a.shared > b.shared
  if (a.of !== b.of) return a.of > b.of
  // A form is found where the word is missing.
  const [isForm, isOtherForm] = [a.name.startsWith(FORM), b.name.startsWith(FORM)]
  return isForm === isOtherForm ? a.name < b.name : isForm
}

const SEP = '\u0000'
const keyOf = (a: string, b: string): string => `${a}${SEP}${b}`

/** How many lie about the middle one, if nearly all do. */
function steady(gaps: readonly number[]): number {
  const middle = [...gaps].sort((a, b) => a - b)[gaps.length >> 1] ?? 0
  const near = gaps.filter((g) => Math.abs(g - middle) <= NEAR_MS).length
  return near >= gaps.length * STEADY_SHARE ? near : 0
}

/** The numbers of learned names, as traces like any other. */
export const namedTraces = (numbers: readonly NumberTrace[], names: ReadonlyMap<string, string>): readonly Trace[] =>
  numbers.flatMap(({ name, value, ...trace }) => (names.get(trace.origin) === name ? [{ ...trace, stan: value }] : []))

const patterns = new Map<string, RegExp>()
/** Adds the trace number of a line whose log has it behind a word of its own. */
export function addTraceNumber(fields: ParsedFields, text: string, name: string | undefined): void {
  if (name === undefined || fields['whytimeout.stan'] !== undefined) return
  const line = text.slice(0, MOST_READ)
  const value = WORDLESS.test(name)
    ? wordlessIn(line).find((number) => number.name === name)?.value
    : valueBehind(line, name)
  if (value !== undefined) fields['whytimeout.stan'] = value
}

function valueBehind(line: string, word: string): string | undefined {
  if (!line.includes(word)) return undefined
  const pattern =
    patterns.get(word) ??
    new RegExp(`(?<![\\p{L}\\d_])${escaped(word)}${BEFORE}${TERMINAL}(${NUMBER})(?![\\d\\p{L}_]|[-.,:/%]\\d)`, 'u')
  patterns.set(word, pattern)
  return pattern.exec(line)?.[1]
}
