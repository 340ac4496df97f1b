import type { Starts } from '../incident/incidents.js'

/** Ranges of offsets, both ends in it, ascending. */
export type Ranges = readonly (readonly [number, number])[]

export const inRanges = (ranges: Ranges, place: number): boolean =>
  ranges.some(([from, to]) => from <= place && place <= to)

/** @param place not before any that is in */
export function withPlace(ranges: Ranges, place: number): Ranges {
  const last = ranges.at(-1)
  if (last && place <= last[1]) return ranges
  return last && place === last[1] + 1 ? [...ranges.slice(0, -1), [last[0], place]] : [...ranges, [place, place]]
}

/** What goes with a commit of the incidents group: how to have its state again. */
export type IncidentNote = {
  /** The least offset that is needed for what is not stored for good. */
  readonly from: number
  /** The watermark, epoch ms, that has been acted on: incidents that ended until then are stored. */
  readonly decided: number
  /** The watermark that may have been acted on in part: verdicts before it are late. */
  readonly promised: number
  /** Where a day of what is still going on was cut off. */
  readonly starts: Starts
  /** Messages that came late and are not worked in yet. */
  readonly late: Ranges
  /** They are being worked in, and what that gives may be stored in part: it is done again before anything else. */
  readonly isRepairing: boolean
  readonly repaired: Repaired
}
/** The last time that something late was worked in. */
export type Repaired = {
  /** Offset up to which the topic had been read. */
  readonly read: number
  /** Incidents that began before this (epoch ms) may have had more verdicts than they have now. */
  readonly until: number
}
export const NEVER: Repaired = { read: 0, until: Number.NEGATIVE_INFINITY }

/** Kafka takes 4096 bytes of metadata with a commit. Beyond these, what is open is read again from further back, or worked in at once. */
export const MAX_STARTS = 120
export const MAX_RANGES = 40

export const encodeIncidentNote = (n: IncidentNote): string =>
  JSON.stringify({
    from: n.from,
    decided: finite(n.decided),
    promised: finite(n.promised),
    starts: [...n.starts].flatMap(([hash, all]) => all.map((at) => `${hash}${at.toString(36)}`)).join(' '),
    late: n.late.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(' '),
    ...(n.isRepairing && { repairing: true }),
    repaired: [n.repaired.read, finite(n.repaired.until)],
  })

const HASH = 8
const finite = (ms: number): number | null => (Number.isFinite(ms) ? ms : null)
const timeOf = (raw: unknown): number => (typeof raw === 'number' ? raw : Number.NEGATIVE_INFINITY)
const words = (list: string): string[] => list.split(' ').filter(Boolean)

/** @returns undefined for none, or for another program's */
export function decodeIncidentNote(text: string | undefined): IncidentNote | undefined {
  try {
    const raw = JSON.parse(text ?? '') as Readonly<Record<string, unknown>>
    const { from, starts, late, repaired } = raw
    if (typeof from !== 'number' || typeof starts !== 'string' || typeof late !== 'string') return undefined
    const [read, until] = Array.isArray(repaired) ? repaired : []
    return {
      from,
      decided: timeOf(raw['decided']),
      promised: timeOf(raw['promised']),
      starts: startsOf(words(starts).map((w) => [w.slice(0, HASH), Number.parseInt(w.slice(HASH), 36)])),
      late: words(late).map((w) => {
        const [first, last] = w.split('-').map(Number) as [number, number | undefined]
        return [first, last ?? first]
      }),
      isRepairing: raw['repairing'] === true,
      repaired: { read: typeof read === 'number' ? read : 0, until: timeOf(until) },
    }
  } catch {
    return undefined
  }
}

/** Grouped by hash, ascending. */
export function startsOf(all: readonly (readonly [string, number])[]): Starts {
  const found = new Map<string, number[]>()
  for (const [hash, at] of [...all].sort((a, b) => a[1] - b[1])) {
    const own = found.get(hash) ?? []
    if (own.at(-1) !== at) own.push(at)
    found.set(hash, own)
  }
  return found
}
