/** An event that came behind the watermark, as its dead letter tells. */
export type LateLetter = {
  /** Where the letter stands in the dead-letter topic. */
  readonly partition: number
  readonly offset: bigint
  readonly realm: string
  /** Partition of the events topic that has the event. */
  readonly events: number
  /** Epoch ms. */
  readonly at: number
}

/**
 * Written into the dead-letter topic by a repair that came to its end. It settles every `LATE` letter of partition p whose offset is below
 * `read[p]` and whose event, of events partition e, is no later than `until[e]`.
 */
export type RepairNote = {
  /** Counts the repairs of these topics, from 1. */
  readonly revision: number
  readonly read: Readonly<Record<number, bigint>>
  /** Epoch ms. */
  readonly until: Readonly<Record<number, number>>
  readonly letters: number
  readonly new: number
  readonly changed: number
  readonly withdrawn: number
  /** Letters given up: what they need is no longer kept. */
  readonly gone: number
}

/** Late events of one realm and minute that wait for a repair. */
export type LateMinute = {
  readonly realm: string
  readonly events: number
  /** Its begin, epoch ms. */
  readonly at: number
  readonly letters: number
}

/** What the dead-letter topic says of late events, read in any order of partitions; memory grows with the minutes, not with the letters. */
export type LateLedger = {
  readonly letter: (letter: LateLetter) => void
  readonly note: (note: RepairNote) => void
  /** By realm, then time. */
  readonly pending: () => readonly LateMinute[]
  /** Of the last repair; 0 for none. */
  readonly revision: () => number
}

export const MINUTE_MS = 60_000

/** Whether a repair has settled a letter. */
export const isSettled = (letter: Omit<LateLetter, 'realm'>, notes: readonly RepairNote[]): boolean =>
  notes.some(
    (n) =>
      letter.offset < (n.read[letter.partition] ?? 0n) &&
      letter.at <= (n.until[letter.events] ?? Number.NEGATIVE_INFINITY),
  )

type Bucket = LateMinute & { readonly partition: number; readonly offset: bigint }

export function createLateLedger(): LateLedger {
  const buckets = new Map<string, Bucket>()
  const notes: RepairNote[] = []
  return {
    letter: ({ partition, offset, realm, events, at }) => {
      const minute = Math.floor(at / MINUTE_MS) * MINUTE_MS
      const key = `${partition} ${events} ${minute} ${realm}`
      const known = buckets.get(key)
      // The newest letter speaks for the minute: what is settled twice changes nothing.
      const newest = known && known.offset > offset ? known.offset : offset
      buckets.set(key, { partition, offset: newest, realm, events, at: minute, letters: (known?.letters ?? 0) + 1 })
    },
    note: (note) => {
      notes.push(note)
    },
    pending: () => {
      const minutes = new Map<string, LateMinute>()
      for (const b of buckets.values()) {
        if (isSettled({ ...b, at: b.at + MINUTE_MS - 1 }, notes)) continue
        const key = `${b.events} ${b.at} ${b.realm}`
        const { realm, events, at } = b
        minutes.set(key, { realm, events, at, letters: (minutes.get(key)?.letters ?? 0) + b.letters })
      }
      return [...minutes.values()].sort((a, b) => (a.realm < b.realm ? -1 : a.realm > b.realm ? 1 : a.at - b.at))
    },
    revision: () => notes.reduce((newest, n) => Math.max(newest, n.revision), 0),
  }
}

/** Verdicts of one realm that late events can have changed, by the end of their attempt (epoch ms, both ends included). */
export type LateSpan = {
  readonly realm: string
  readonly events: number
  readonly from: number
  readonly to: number
  readonly letters: number
  /** Begin of its first late minute. */
  readonly firstAt: number
}
type Windows = { readonly beforeMs: number; readonly afterMs: number }

/**
 * What late minutes can touch. An event at t is seen by verdicts whose first symptom lies in [t - after, t + before]; an attempt's symptoms,
 * and so its end, lie within `after` of the first. Spans whose reading would overlap are one.
 * @param marginMs  how far around a span is read to see that nothing beyond it has changed
 */
export function spansOf(minutes: readonly LateMinute[], pack: Windows, marginMs: number): readonly LateSpan[] {
  const spans: LateSpan[] = []
  const apart = 2 * marginMs + pack.beforeMs + 2 * pack.afterMs
  for (const m of minutes) {
    const from = m.at - pack.afterMs
    const to = m.at + MINUTE_MS + pack.beforeMs + pack.afterMs
    const last = spans.at(-1)
    if (last && last.realm === m.realm && last.events === m.events && from - last.to <= apart)
      spans[spans.length - 1] = { ...last, to: Math.max(last.to, to), letters: last.letters + m.letters }
    else spans.push({ realm: m.realm, events: m.events, from, to, letters: m.letters, firstAt: m.at })
  }
  return spans
}

/**
 * Whether a late minute can be repaired: the stream must have decided everything that the repair looks at, and everything that may still
 * cite what it reads, because its verdicts are made without the late events.
 * @param decided  no verdict of the stream with an earlier first symptom is left to come, epoch ms
 */
export const isDue = (minute: Pick<LateMinute, 'at'>, decided: number, pack: Windows, marginMs: number): boolean =>
  minute.at + MINUTE_MS + 2 * pack.beforeMs + 2 * pack.afterMs + marginMs <= decided

/** The latest begin of a minute that is due. */
export const dueUntil = (decided: number, pack: Windows, marginMs: number): number =>
  Math.floor((decided - 2 * pack.beforeMs - 2 * pack.afterMs - marginMs - MINUTE_MS) / MINUTE_MS) * MINUTE_MS

/**
 * How far what differs from the stored verdicts belongs to a span. Around it the two must agree for twice `after`: then no attempt was open
 * there that one has cut otherwise than the other, and nothing further on can differ.
 * @param o.differing  ends of attempts whose verdicts differ, sorted, epoch ms
 * @param o.openFrom   from here on later repairs look again: late events that still wait make a difference there
 * @returns the span's end, moved on over what differs; undefined if they agree nowhere within the margin
 */
export function settledSpan(o: {
  readonly span: { readonly from: number; readonly to: number }
  readonly differing: readonly number[]
  readonly openFrom: number
  readonly afterMs: number
  readonly marginMs: number
}): { readonly from: number; readonly to: number } | undefined {
  const { span, differing } = o
  const quiet = 2 * o.afterMs
  if (differing.some((at) => at < span.from && at >= span.from - quiet)) return undefined
  let to = span.to
  for (const at of differing) {
    if (at <= to) continue
    if (at > to + quiet || at >= o.openFrom) break
    to = at
  }
  return to + quiet <= span.to + o.marginMs || to + quiet >= o.openFrom ? { from: span.from, to } : undefined
}
