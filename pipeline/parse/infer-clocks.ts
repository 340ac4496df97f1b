import type { OriginNotes } from './infer-notes.js'

/** Programs of one machine may each tell the time in a zone of their own; so much apart, no zone is meant. */
const SHORT_MS = 4 * 3_600_000
const QUARTER_MS = 15 * 60_000
/** Logs that tell of the same time begin and end this near to one another. */
const ENDS_MS = 2 * 60_000

type Range = readonly [number, number]

/**
 * Logs of one host that tell of the same time in two zones (`dnsmasq` in UTC beside a `messages` in local time): begin and end are the same number of
 * quarters of an hour apart. Whose clock is another's is then looked for by itself.
 * @param isJoined  logs whose requests tell their zone anyway
 * @returns the same notes; what differs from the host's first log under a name of its own
 */
export function apartByClock(
  list: readonly OriginNotes[],
  isJoined: (origin: string) => boolean,
): readonly OriginNotes[] {
  const firsts = new Map<string, Range>()
  return list.map((n) => {
    const own = n.zoned === undefined ? unzoned(n) : undefined
    if (!own || own[1] - own[0] > SHORT_MS) return n
    const first = firsts.get(n.host)
    if (!first) firsts.set(n.host, own)
    return first && !isJoined(n.origin) && isShifted(own, first) ? { ...n, host: `${n.host} ${n.origin}` } : n
  })
}

function unzoned({ local, yearless }: OriginNotes): Range | undefined {
  if (!local || !yearless) return local ?? yearless
  return [Math.min(local[0], yearless[0]), Math.max(local[1], yearless[1])]
}

/** A log of some minutes is no proof of a zone that differs by part of an hour; and of less than one, of none. */
const LEAST_MS = 60_000
const LONG_MS = 10 * 60_000

/** Whether both tell of the same time in two zones; not where one goes on where the other ends. */
function isShifted(a: Range, b: Range): boolean {
  const unit = a[1] - a[0] >= LONG_MS ? QUARTER_MS : 4 * QUARTER_MS
  const shift = Math.round((a[0] - b[0]) / unit) * unit
  if (shift === 0 || Math.abs(shift) > 14 * 3_600_000 || a[1] - a[0] < LEAST_MS) return false
  if (Math.abs(a[0] - b[1]) <= ENDS_MS || Math.abs(b[0] - a[1]) <= ENDS_MS) return false
  return Math.abs(a[0] - b[0] - shift) <= ENDS_MS && Math.abs(a[1] - b[1] - shift) <= ENDS_MS
}

export const ONLY_ZONE = 'the only zone that any line of the input states'

/** Where lines of other days state one zone besides UTC and no other (a mail of the shop's provider), in ms. */
export function onlyOffset(list: readonly OriginNotes[]): number | undefined {
  const [only, ...others] = new Set(list.flatMap((n) => [...n.stated.keys()]).filter((ms) => ms !== 0))
  return others.length === 0 ? only : undefined
}

/** `+05:30` of ms. */
export function offsetName(shiftMs: number): string {
  const minutes = Math.abs(Math.round(shiftMs / 60_000))
  const pad = (n: number) => String(n).padStart(2, '0')
  return `${shiftMs < 0 ? '-' : '+'}${pad(Math.floor(minutes / 60))}:${pad(minutes % 60)}`
}
