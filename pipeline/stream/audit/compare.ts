import type { AuditFinding, AuditReport } from '../../../schemas/audit.js'
import type { Chain } from './chain.js'
import { finding, say } from './findings.js'
import { keptOf, type Recount, type Tally } from './recount.js'
import { type Difference, partialFinding, recountFinding } from './stored-findings.js'

/** What is stored, counted by the books: of raw partitions; messages and late letters of events partitions; messages there that are no events. */
export type Counted = { readonly raw: Recount; readonly events: Recount; readonly foreign: Recount }
/** Time of the oldest message kept, where older ones have been deleted. */
export type Since = { readonly events: number | undefined; readonly letters: number | undefined }
type Lows = ReadonlyMap<number, bigint>
type Names = { readonly events: string; readonly deadLetters: string }

/** What differs between books and topics; what is too old to be compared is said. */
export function compareStored(
  { raw, events }: Counted,
  since: Since,
  { topics, lows }: { readonly topics: Names; readonly lows: Lows },
): AuditFinding[] {
  const isAfterLow = (t: Tally) => t.range.from >= (lows.get(t.range.partition) ?? 0n)
  return [
    ...compared(raw.tallies(), {
      what: 'events',
      topic: topics.events,
      booked: (t) => t.range.events,
      stored: (t) => t.events,
      kept: (t) => keptOf(t.range, since.events),
    }),
    ...compared(raw.tallies(), {
      what: 'dead-letters',
      topic: topics.deadLetters,
      booked: (t) => t.range.dead_lettered,
      stored: (t) => t.deadLetters,
      kept: (t) => keptOf(t.range, since.letters),
    }),
    ...compared(events.tallies(), {
      what: 'read',
      topic: topics.events,
      booked: (t) => t.range.read,
      stored: (t) => t.events,
      kept: (t) => (isAfterLow(t) ? 'whole' : 'gone'),
    }),
    ...compared(events.tallies(), {
      what: 'dead-letters',
      topic: topics.deadLetters,
      booked: (t) => t.range.dead_lettered,
      stored: (t) => t.deadLetters,
      kept: (t) => keptOf(t.range, since.letters),
    }),
  ]
}

type Comparison = {
  readonly what: 'events' | 'dead-letters' | 'read'
  /** Where it is stored. */
  readonly topic: string
  readonly booked: (t: Tally) => number
  readonly stored: (t: Tally) => number
  readonly kept: (t: Tally) => 'whole' | 'edge' | 'gone'
}

function compared(tallies: readonly Tally[], { what, topic, booked, stored, kept }: Comparison): AuditFinding[] {
  const fewer = new Map<Chain, Difference>()
  const more = new Map<Chain, Difference>()
  let skipped = 0
  for (const t of tallies) {
    const by = stored(t) - booked(t)
    const state = by === 0 ? 'whole' : kept(t)
    if (state === 'gone' || (state === 'edge' && by < 0)) {
      skipped++
      continue
    }
    if (by < 0) addTo(fewer, t, -by)
    if (by > 0) addTo(more, t, by)
  }
  return [
    ...[...fewer].map(([chain, d]) => recountFinding(chain, what, true, d)),
    ...[...more].map(([chain, d]) => recountFinding(chain, what, false, d)),
    ...(skipped > 0 ? [partialFinding(topic, skipped, tallies.length)] : []),
  ]
}

function addTo(differences: Map<Chain, Difference>, { chain, range }: Tally, records: number): void {
  const known = differences.get(chain)
  differences.set(chain, {
    ranges: (known?.ranges ?? 0) + 1,
    records: (known?.records ?? 0) + records,
    first: known?.first ?? range,
  })
}

/**
 * Events deleted before they were read leave no hole in the chain of an events partition. But every offset of that topic is a message, so
 * what an entry has not read of its range was not there any more. Only where the beginning of the range is gone can that have been.
 */
export function deletedUnread({ events, foreign }: Counted, since: Since, lows: Lows): AuditFinding[] {
  const strangers = new Map(foreign.tallies().map((t) => [t.range, t.deadLetters]))
  return events.tallies().flatMap((t) => {
    const { range } = t
    const missing = Number(range.to - range.from) - range.read - (strangers.get(range) ?? 0)
    const isGone = range.from < (lows.get(range.partition) ?? 0n)
    if (missing <= 0 || !isGone || keptOf(range, since.letters) !== 'whole') return []
    return [
      finding(
        'gap-deleted',
        'fail',
        range,
        say(
          `${missing} events were deleted by retention before they were read`,
          `${missing} 个事件尚未读取就已被保留策略删除`,
        ),
        say(
          `Replay the raw logs of that time. Raise retention.ms of ${range.topic}, or see to it that the diagnose stage is never down for so long.`,
          `请重放该时段的原始日志。请调大 ${range.topic} 的 retention.ms，并避免诊断阶段长时间停止。`,
        ),
      ),
    ]
  })
}

/** How much of the books was counted again in full. */
export function recounted(raw: Recount, since: Since): AuditReport['recounted'] {
  const tallies = raw.tallies()
  const isWhole = (t: Tally) => keptOf(t.range, since.events) === 'whole' && keptOf(t.range, since.letters) === 'whole'
  return {
    ranges: tallies.filter(isWhole).length,
    of: tallies.length,
    events: tallies.reduce((sum, t) => sum + t.events, 0),
    dead_letters: tallies.reduce((sum, t) => sum + t.deadLetters, 0),
  }
}
