import { PHASES, VERDICT_CAUSES } from '../../../../schemas/vocabulary.js'
import {
  type Facts,
  type HeatRow,
  type IncidentItem,
  type Model,
  NAMED_FIELDS,
  type NamedField,
  perField,
  type VerdictItem,
} from '../model.js'
import type { Filter } from './fragment.js'

/** Verdicts as columns of numbers: what filters pass over, quickly. */
export type Rows = {
  readonly count: number
  /** Seconds since the axis begins. */
  readonly at: Uint32Array
  readonly cause: Uint8Array
  readonly phase: Uint8Array
  readonly confidence: Uint8Array
  readonly names: Readonly<Record<NamedField, readonly string[]>>
  readonly named: Readonly<Record<NamedField, Uint16Array>>
}

const bytesOf = (base64: string): Uint8Array => Uint8Array.from(atob(base64), (c) => c.charCodeAt(0))

export function decodeFacts({ rows, names, columns }: Facts): Rows {
  const wide = (text: string): Uint16Array => {
    const view = new DataView(bytesOf(text).buffer)
    return Uint16Array.from({ length: rows }, (_, i) => view.getUint16(i * 2, true))
  }
  const times = new DataView(bytesOf(columns.at).buffer)
  return {
    count: rows,
    at: Uint32Array.from({ length: rows }, (_, i) => times.getUint32(i * 4, true)),
    cause: bytesOf(columns.cause),
    phase: bytesOf(columns.phase),
    confidence: bytesOf(columns.confidence),
    names,
    named: perField((f) => wide(columns[f])),
  }
}

/** The same of listed verdicts, of which more is known. */
export function rowsOf(verdicts: readonly VerdictItem[], from: number): Rows {
  const names = perField((f) => ['', ...new Set(verdicts.flatMap((v) => v[f] ?? []))])
  const places = perField((f) => new Map(names[f].map((name, i) => [name, i] as const)))
  return {
    count: verdicts.length,
    at: Uint32Array.from(verdicts, (v) => Math.floor((v.end - from) / 1_000)),
    cause: Uint8Array.from(verdicts, (v) => v.cause),
    phase: Uint8Array.from(verdicts, (v) => v.phase),
    confidence: Uint8Array.from(verdicts, (v) => Math.round(v.confidence * 100)),
    names,
    named: perField((f) => Uint16Array.from(verdicts, (v) => places[f].get(v[f] ?? '') ?? 0)),
  }
}

/** Which rows pass everything but the text. */
export function passing(rows: Rows, filter: Filter, from: number): Uint32Array {
  const cause = filter.cause === undefined ? -1 : VERDICT_CAUSES.indexOf(filter.cause)
  const phase = filter.phase === undefined ? -1 : PHASES.indexOf(filter.phase)
  const least = filter.confidence ?? 0
  const [low, high] = (filter.span ?? [0, Number.POSITIVE_INFINITY]).map((ms) => (ms - from) / 1_000) as [
    number,
    number,
  ]
  const wished = NAMED_FIELDS.flatMap((f) => {
    const name = filter[f]
    if (name === undefined) return []
    // A part of a name narrows too, once the whole name of none is meant.
    const exact = rows.names[f].indexOf(name)
    const part = name.toLowerCase()
    const hits = new Set(
      exact > 0 ? [exact] : rows.names[f].flatMap((x, i) => (i > 0 && x.toLowerCase().includes(part) ? [i] : [])),
    )
    return [{ column: rows.named[f], hits }]
  })
  const found = new Uint32Array(rows.count)
  let n = 0
  for (let i = 0; i < rows.count; i++) {
    if (cause >= 0 && rows.cause[i] !== cause) continue
    if (phase >= 0 && rows.phase[i] !== phase) continue
    if ((rows.confidence[i] as number) < least) continue
    const at = rows.at[i] as number
    if (at < low || at >= high) continue
    if (wished.some(({ column, hits }) => !hits.has(column[i] as number))) continue
    found[n++] = i
  }
  return found.subarray(0, n)
}

export type Counted = Pick<Model, 'overTime' | 'heat'> & {
  readonly timeouts: number
  readonly causes: readonly number[]
}

/** Counts of some rows, as the model has them of all. */
export function countRows(rows: Rows, chosen: Uint32Array, time: Model['time'], heatRows: number): Counted {
  const causes = VERDICT_CAUSES.map(() => 0)
  const overTime = VERDICT_CAUSES.map(() => new Array<number>(time.count).fill(0))
  for (const i of chosen) {
    const cause = rows.cause[i] as number
    const step = stepOf(rows, i, time)
    causes[cause] = (causes[cause] as number) + 1
    const row = overTime[cause] as number[]
    row[step] = (row[step] as number) + 1
  }
  return { timeouts: chosen.length, causes, overTime, heat: heatOf(rows, chosen, 'site', time, heatRows) }
}

const stepOf = (rows: Rows, i: number, { stepMs, count }: Model['time']): number =>
  Math.min(count - 1, Math.floor(((rows.at[i] as number) * 1_000) / stepMs))

/** The names with most rows, each with its rows over time; the last stands for all others. */
export function heatOf(
  rows: Rows,
  chosen: Uint32Array,
  field: NamedField,
  time: Model['time'],
  heatRows: number,
): HeatRow[] {
  const cells = new Map<number, Map<number, number>>()
  const total = new Map<number, number>()
  for (const i of chosen) {
    const name = rows.named[field][i] as number
    const own = cells.get(name) ?? new Map<number, number>()
    cells.set(name, own)
    const slot = stepOf(rows, i, time) * VERDICT_CAUSES.length + (rows.cause[i] as number)
    own.set(slot, (own.get(slot) ?? 0) + 1)
    total.set(name, (total.get(name) ?? 0) + 1)
  }
  const nameOf = (place: number): string => rows.names[field][place] ?? ''
  const ranked = [...total].sort(([a, x], [b, y]) => y - x || (nameOf(a) < nameOf(b) ? -1 : 1))
  const isAll = ranked.length <= heatRows
  const single = isAll ? ranked : ranked.slice(0, heatRows - 1)
  const rest = new Map<number, number>()
  for (const [place] of ranked.slice(single.length))
    for (const [slot, n] of cells.get(place) ?? []) rest.set(slot, (rest.get(slot) ?? 0) + n)
  const heat: HeatRow[] = single.map(([place, timeouts]) => ({
    name: nameOf(place),
    timeouts,
    cells: flat(cells.get(place) ?? new Map()),
  }))
  if (!isAll) heat.push({ timeouts: [...rest.values()].reduce((a, b) => a + b, 0), cells: flat(rest) })
  return heat
}

/** Ids of the incidents that some of the rows fall into: the same cause, in its time, and in its reach as far as rows know it. */
export function hitBy(
  incidents: readonly IncidentItem[],
  rows: Rows,
  chosen: Uint32Array,
  from: number,
): ReadonlySet<string> {
  const byCause = VERDICT_CAUSES.map((_, cause) =>
    incidents
      .filter((i) => i.cause === cause)
      .map((i) => ({
        id: i.id,
        low: Math.floor((i.first - from) / 1_000),
        high: Math.ceil((i.last - from) / 1_000),
        column: i.scope === 'fleet' || i.scope === 'endpoint' ? undefined : rows.named[i.scope],
        name: i.scope === 'fleet' || i.scope === 'endpoint' ? -1 : rows.names[i.scope].indexOf(i.scopeId),
      })),
  )
  const found = new Set<string>()
  for (const row of chosen) {
    const at = rows.at[row] as number
    for (const i of byCause[rows.cause[row] as number] ?? []) {
      if (at < i.low || at > i.high || (i.column && i.column[row] !== i.name)) continue
      found.add(i.id)
    }
  }
  return found
}

const flat = (own: ReadonlyMap<number, number>): number[] =>
  [...own]
    .sort(([a], [b]) => a - b)
    .flatMap(([slot, n]) => [Math.floor(slot / VERDICT_CAUSES.length), slot % VERDICT_CAUSES.length, n])
