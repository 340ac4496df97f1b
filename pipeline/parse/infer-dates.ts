import type { PortTrace, Trace } from './infer.js'
import type { OriginNotes } from './infer-notes.js'
import type { WallTime } from './time.js'

/** Earliest and latest time as if UTC, epoch ms. */
type Range = readonly [number, number]
/** Of dates like `02/11/2026`: the same times read with the month first and with the day first. */
export type DatesInEitherOrder = { readonly monthFirst: Range; readonly dayFirst: Range }

const DAY_MS = 86_400_000

const joined = (a: Range, b: Range): Range => [Math.min(a[0], b[0]), Math.max(a[1], b[1])]
export const joinedDates = (
  a: DatesInEitherOrder | undefined,
  b: DatesInEitherOrder | undefined,
): DatesInEitherOrder | undefined =>
  a && b ? { monthFirst: joined(a.monthFirst, b.monthFirst), dayFirst: joined(a.dayFirst, b.dayFirst) } : (a ?? b)

/** Day and month of a time as if UTC change places. Its own inverse; a day that is no month stays. */
function swapped(at: number): number {
  const d = new Date(at)
  const [month, day] = [d.getUTCMonth() + 1, d.getUTCDate()]
  return day > 12 ? at : d.setUTCMonth(day - 1, month)
}

/** @returns whether the order of its date is open: then it is noted in both */
export function noteDate(n: OriginNotes, wall: WallTime, at: number): boolean {
  const { order, year, month, day } = wall
  if (order === 'day' || order === 'month') n.order ??= order
  if (order !== 'either' || year === undefined || month === undefined || day === undefined || month === day)
    return false
  const clock = at % DAY_MS
  const inOrder = (m: number, d: number): Range => [Date.UTC(year, m - 1, d) + clock, Date.UTC(year, m - 1, d) + clock]
  n.either = joinedDates(n.either, { monthFirst: inOrder(month, day), dayFirst: inOrder(day, month) })
  return true
}

/** Days between two ranges; less than one is none, since zones differ. */
const daysApart = (a: Range, b: Range): number => Math.floor(Math.max(0, a[0] - b[1], b[0] - a[1]) / DAY_MS)

/**
 * Settles the order of dates, in the notes and traces of the first pass: as other dates of the same log have it, else by which the log lies
 * nearer to the others; else the month comes first.
 * @returns the logs that have the day first, and why
 */
export function settleDates(
  list: readonly OriginNotes[],
  traces: readonly (Trace | PortTrace)[],
  given: (origin: string) => boolean | undefined,
): { origin: string; why: string }[] {
  const sure = list.flatMap((n) => [n.zoned, n.local]).filter((r) => r !== undefined)
  const others = sure.length === 0 ? undefined : sure.reduce<Range>((a, b) => joined(a, b), sure[0] as Range)
  const found: { origin: string; why: string }[] = []
  for (const n of list) {
    const { either } = n
    if (!either) continue
    const isNearer = others !== undefined && daysApart(either.dayFirst, others) < daysApart(either.monthFirst, others)
    const isDayFirst = given(n.origin) ?? (n.order === undefined ? isNearer : n.order === 'day')
    const range = isDayFirst ? either.dayFirst : either.monthFirst
    const kind = n.isEitherZoned ? 'zoned' : 'local'
    n[kind] = [...joined(n[kind] ?? range, range)]
    for (const t of traces) if (t.origin === n.origin) place(t, range)
    if (isDayFirst)
      found.push({
        origin: n.origin,
        why: n.order === 'day' ? 'dates of its own that can be nothing else' : 'the dates of the other logs',
      })
  }
  return found
}

/** Gives a trace another time: what it began moves with it. */
export function moveTrace(t: Trace | PortTrace, at: number): void {
  Object.assign(t, { ...('start' in t && { start: at - (t.at - t.start) }), at })
}

/** A trace was read in one of the orders: the one that lies in the range. */
function place(t: Trace | PortTrace, [from, to]: Range): void {
  if (t.at >= from && t.at <= to) return
  const at = swapped(t.at)
  if (at < from || at > to) return
  moveTrace(t, at)
}

/** The newest time with a date of its own; times without a year lie at most a day after it, in the latest year that allows it. */
export const newestDated = (list: readonly OriginNotes[]): number | undefined => {
  const ends = list.flatMap((n) => [n.zoned?.[1], n.local?.[1]]).filter((t) => t !== undefined)
  return ends.length === 0 ? undefined : Math.max(...ends)
}

export function settleYears(list: readonly OriginNotes[], traces: readonly (Trace | PortTrace)[]): void {
  const newest = newestDated(list)
  if (newest === undefined) return
  for (const n of list) {
    if (!n.yearless) continue
    const back = yearsBack(n.yearless[1], newest + DAY_MS)
    if (back === 0) continue
    n.yearless = [years(n.yearless[0], back), years(n.yearless[1], back)]
    for (const t of traces) if (t.origin === n.origin) moveTrace(t, years(t.at, back))
  }
}

/** Bare times of day lie on the day that brings their end nearest to that of the dated logs; nothing is known of those that go round the clock. */
export function settleDays(list: readonly OriginNotes[], traces: readonly (Trace | PortTrace)[]): void {
  const ends = list.flatMap((n) => [n.zoned?.[1], n.local?.[1], n.yearless?.[1]]).filter((t) => t !== undefined)
  if (ends.length === 0) return
  const newest = Math.max(...ends)
  for (const n of list) {
    if (!n.clock || n.zoned || n.local || n.yearless || n.clock[1] - n.clock[0] > DAY_MS / 2) continue
    const midnight = Math.round((newest - n.clock[1]) / DAY_MS) * DAY_MS
    n.local = [midnight + n.clock[0], midnight + n.clock[1]]
    for (const t of traces) if (t.origin === n.origin) moveTrace(t, midnight + (t.at % DAY_MS))
  }
}

function yearsBack(at: number, latest: number): number {
  let back = 0
  while (back < 30 && years(at, back) > latest) back++
  return back
}
function years(at: number, back: number): number {
  const d = new Date(at)
  return d.setUTCFullYear(d.getUTCFullYear() - back)
}
