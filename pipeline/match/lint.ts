import { z } from 'zod'
import { LogEvent } from '../../schemas/event.js'
import type { Bilingual, Where } from '../../schemas/rule.js'
import { PHASES, SUFFERERS } from '../../schemas/vocabulary.js'
import { requiredLiterals } from '../parse/required-literals.js'
import { fullWidth } from './chinese.js'
import type { CompiledMechanism, CompiledSignal, Condition, Pack } from './pack.js'

export type Finding = { readonly place: string; readonly message: string }
type Fields = Exclude<Where, readonly unknown[]>

const CHINESE = /[\u3400-\u9fff]/
/** Facts that are one of a few words; the other facts are numbers or yes and no. */
const FACT_WORDS: Readonly<Record<string, readonly string[]>> = {
  'episode.phase': PHASES,
  'episode.suffered_by': SUFFERERS,
}

/** What is wrong with conditions, signals and texts of a pack that loads. Pure. */
export function lintRules(pack: Pack): Finding[] {
  return [
    ...pack.conditions.flatMap((c) => conditionFindings(c).map((message) => ({ place: placeOf(pack, c), message }))),
    ...pack.mechanisms.flatMap((m) => mechanismFindings(m).map((message) => ({ place: fileOf(m), message }))),
    ...textFindings(pack),
  ]
}

const fileOf = (m: CompiledMechanism): string => `${m.cause}/${m.id}.yml`

/** A shared condition has no cause; one of a mechanism stands in its file. */
function placeOf(pack: Pack, c: Condition): string {
  const owner = pack.mechanisms.find((m) => c.id.startsWith(`${m.id}/`))
  return owner ? `${fileOf(owner)} ${c.id.slice(owner.id.length + 1)}` : `signals/ ${c.id}`
}

const mapsOf = (where: Where | undefined): readonly Fields[] => (where === undefined ? [] : [where].flat())
const split = (key: string): [field: string, ...modifiers: string[]] => key.split('|') as [string, ...string[]]

function conditionFindings({ source, kind }: Condition): string[] {
  const main = mapsOf(source.where ?? source.facts)
  const findings = main.flatMap((map) => [
    ...impossible(map),
    ...unknownWords(map, kind === 'facts'),
    ...Object.entries(map).flatMap(([key, value]) => (split(key).includes('re', 1) ? withoutLiteral(key, value) : [])),
  ])
  const exceptions = new Set(mapsOf(source.unless).map(canonical))
  // An exception without more conditions than the rule takes all of it away.
  const isEmptied = main.some((map) =>
    mapsOf(source.unless).some((u) =>
      Object.entries(u).every(([k, v]) => k in map && canonical(map[k]) === canonical(v)),
    ),
  )
  return isEmptied && exceptions.size > 0
    ? [...findings, 'dead: `unless` takes away all that the condition sees']
    : findings
}

/** Bounds on one field that no value meets. */
function impossible(map: Fields): string[] {
  const bounds = new Map<string, { low: number; high: number; is: unknown[] | undefined }>()
  for (const [key, value] of Object.entries(map)) {
    const [field, ...modifiers] = split(key)
    const b = bounds.get(field) ?? { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, is: undefined }
    // The bound itself counts where "or equal" is said; integers are not taken for granted.
    const n = Number(value)
    if (modifiers.includes('gte')) b.low = Math.max(b.low, n)
    if (modifiers.includes('gt')) b.low = Math.max(b.low, n + Number.EPSILON * Math.max(1, Math.abs(n)))
    if (modifiers.includes('lte')) b.high = Math.min(b.high, n)
    if (modifiers.includes('lt')) b.high = Math.min(b.high, n - Number.EPSILON * Math.max(1, Math.abs(n)))
    if (modifiers.length === 0) b.is = [value].flat()
    bounds.set(field, b)
  }
  return [...bounds].flatMap(([field, { low, high, is }]) => {
    const isOut = (v: unknown) => typeof v === 'number' && (v < low || v > high)
    return low > high || (is !== undefined && is.length > 0 && is.every(isOut))
      ? [`contradicts itself: no value of ${field} meets all its bounds`]
      : []
  })
}

/** A value that a field of a closed list never has. */
function unknownWords(map: Fields, isFacts: boolean): string[] {
  return Object.entries(map).flatMap(([key, value]) => {
    const [field, ...modifiers] = split(key)
    const known = isFacts ? FACT_WORDS[field] : wordsOf(field)
    if (!known || modifiers.length > 0) return []
    return [value]
      .flat()
      .filter((v): v is string => typeof v === 'string' && !/[*?\\]/.test(v))
      .filter((v) => !known.includes(v.toLowerCase()) && !known.includes(v))
      .map((v) => `dead: ${field} is never "${v}"`)
  })
}

function wordsOf(field: string): readonly string[] | undefined {
  let type: unknown = (LogEvent.shape as Readonly<Record<string, unknown>>)[field]
  while (type instanceof z.ZodOptional || type instanceof z.ZodArray)
    type = type instanceof z.ZodOptional ? type.unwrap() : type.element
  return type instanceof z.ZodEnum ? (type.options as string[]) : undefined
}

function withoutLiteral(key: string, value: unknown): string[] {
  return [value].flat().flatMap((pattern) => {
    let has = false
    try {
      has = requiredLiterals(new RegExp(String(pattern), 'i')).some((clause) => clause.every(isWorthALook))
    } catch {
      // RE2 knows syntax that this does not: nobody can say what must be there.
    }
    return has
      ? []
      : [`${key}: "${pattern}" has no literal part of three letters or more; every line would be searched for it`]
  })
}

/** Letters enough to be rare: three, or two of Chinese. */
const isWorthALook = (literal: string): boolean => literal.length >= (CHINESE.test(literal) ? 2 : 3)

function mechanismFindings(m: CompiledMechanism): string[] {
  const { signals } = m
  return [
    ...(signals.some((s) => s.bits > 0) ? [] : ['dead: no signal speaks for it, so it can never win']),
    ...signals.filter((s) => s.bits === 0).map((s) => `dead: ${s.name} weighs nothing`),
    ...signals.flatMap((s) => wrongPhase(s, m)),
    ...pairsOf(signals).flatMap(([a, b]) => [...shadows(a, b), ...contradicts(a, b)]),
  ]
}

/** A signal of a phase in which the mechanism does not act. */
function wrongPhase(s: CompiledSignal, m: CompiledMechanism): string[] {
  const maps = mapsOf(s.condition.source.facts)
  const phases = maps.map((map) => map['episode.phase']).filter((p) => p !== undefined)
  if (maps.length === 0 || phases.length < maps.length) return []
  const reachable = phases.flat().some((p) => (m.phases as ReadonlySet<unknown>).has(p))
  return reachable ? [] : [`dead: ${s.name} asks for a phase (${phases.flat().join(', ')}) that is not in phases`]
}

function shadows(a: CompiledSignal, b: CompiledSignal): string[] {
  if (a.group === undefined || a.group !== b.group || !sameCondition(a, b) || a.bits * b.bits < 0) return []
  const [strong, weak] = Math.abs(a.bits) >= Math.abs(b.bits) ? [a, b] : [b, a]
  return isWider(strong, weak)
    ? [`shadowed: whenever ${weak.name} is seen, ${strong.name} of the same group weighs at least as much`]
    : []
}

function contradicts(a: CompiledSignal, b: CompiledSignal): string[] {
  if (!sameCondition(a, b) || a.bits * b.bits >= 0) return []
  return isWider(a, b) && isWider(b, a)
    ? [`contradicting: ${a.name} and ${b.name} see the same and weigh against each other`]
    : []
}

const sameCondition = (a: CompiledSignal, b: CompiledSignal): boolean =>
  a.condition.id === b.condition.id || canonical(a.condition.source) === canonical(b.condition.source)

/** Whether every event that counts for `b` counts for `a`. */
const isWider = (a: CompiledSignal, b: CompiledSignal): boolean =>
  a.bind.every((x) => x === 'realm' || b.bind.includes(x)) &&
  (a.wholeWindow || (!b.wholeWindow && a.beforeMs >= b.beforeMs && a.afterMs >= b.afterMs)) &&
  a.atLeast <= b.atLeast

export type RuleText = { readonly place: string; readonly name: string; readonly text: Bilingual }

/** Every text of the rules that people read in both languages, and where it stands. */
export function bilingualsOf(pack: Pack): RuleText[] {
  const both = (text: string | Bilingual): Bilingual | undefined => (typeof text === 'string' ? undefined : text)
  const texts: [place: string, name: string, text: Bilingual | undefined][] = [
    ...[...pack.causes.values()].flatMap((c): typeof texts => [
      [`${c.id}/cause.yml`, 'name', c.name],
      [`${c.id}/cause.yml`, 'summary', c.summary],
      [`${c.id}/cause.yml`, 'prevention', c.prevention],
    ]),
    ...Object.entries(pack.remedies).flatMap(([id, r]): typeof texts => [
      ['remedies.yml', `${id}.text`, r?.text],
      ['remedies.yml', `${id}.caution`, r?.caution],
    ]),
    ...pack.conditions.map((c): (typeof texts)[number] => [placeOf(pack, c), 'description', c.description]),
    ...pack.mechanisms.flatMap(({ source: m, cause, id }): typeof texts => [
      ...(['name', 'summary', 'next_step', 'confirm'] as const).map((key): (typeof texts)[number] => [
        `${cause}/${id}.yml`,
        key,
        m[key],
      ]),
      ...Object.entries(m.signals).map(([name, s]): (typeof texts)[number] => [
        `${cause}/${id}.yml`,
        `signals.${name}.description`,
        s.description,
      ]),
      ...(['blind_spots', 'false_positives'] as const).flatMap((key) =>
        m[key].map((text): (typeof texts)[number] => [`${cause}/${id}.yml`, key, both(text)]),
      ),
    ]),
  ]
  return texts.flatMap(([place, name, text]) => (text ? [{ place, name, text }] : []))
}

const textFindings = (pack: Pack): Finding[] =>
  bilingualsOf(pack).flatMap(({ place, name, text }) => {
    if (!CHINESE.test(text.zh)) return [{ place, message: `${name}: zh is not Chinese: "${text.zh}"` }]
    if (CHINESE.test(text.en)) return [{ place, message: `${name}: en is not English: "${text.en}"` }]
    const wide = fullWidth(text.zh)
    return wide === text.zh
      ? []
      : [{ place, message: `${name}: zh has half-width marks; write "${wide}" (or lint --write)` }]
  })

function canonical(value: unknown): string {
  return JSON.stringify(value, (_, v: unknown) =>
    typeof v === 'object' && v !== null && !Array.isArray(v)
      ? Object.fromEntries(Object.entries(v).sort(([a], [b]) => (a < b ? -1 : 1)))
      : v,
  )
}

const pairsOf = <T>(list: readonly T[]): [T, T][] =>
  list.flatMap((a, i) => list.slice(i + 1).map((b): [T, T] => [a, b]))
