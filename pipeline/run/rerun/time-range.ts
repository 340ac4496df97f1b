import { WhytimeoutError } from '../../errors.js'
import type { Pack } from '../../match/pack.js'
import type { StreamClock } from './letters.js'
import type { TopicReplayOptions } from './topic-replay.js'

/** What an operator should know of a rerun. */
export type Note =
  /** Origins that the stream saw at that time and that the replayed logs lack. */
  | { readonly kind: 'origins-missing'; readonly origins: readonly string[] }
  /** Logs from before this (epoch ms) are deleted: verdicts until `to` lack evidence, or are left out where they would be stored. */
  | { readonly kind: 'logs-deleted'; readonly before: number; readonly to: number }
  /** Verdicts after this (epoch ms) are left to the stream, which has not decided them. */
  | { readonly kind: 'left-to-stream'; readonly from: number }
  /** The events were made by other rules: signals are looked for again, but what those rules dropped is not there. */
  | { readonly kind: 'other-rules' }

export type TimeRange = {
  /** [from, to) of the verdicts' anchors by the log, epoch ms; infinite where not bounded. */
  readonly from: number
  readonly to: number
  /** The same, clock errors taken out. */
  readonly fromAt: number
  readonly toAt: number
  /** Event time that is needed to decide them. */
  readonly readFrom: number
  readonly readTo: number
  /** Kafka time to read from; undefined: from the beginning. */
  readonly since: number | undefined
  /** The stream has decided everything before this. */
  readonly decided: number
  readonly notes: readonly Note[]
}

/**
 * How much earlier than its first verdict a reading from nothing begins: `before` for the evidence, and four times `after` for the cut
 * between attempts. Which attempt a symptom belongs to hangs on those open within `after` before it, and so on backwards until nothing of
 * the same attempt came for `after`; where that goes on for longer than this, an attempt at the edge may begin with another symptom.
 */
export const leadMs = (pack: Pack): number => pack.beforeMs + 4 * pack.afterMs

export function rangeOf(
  o: Pick<TopicReplayOptions, 'from' | 'to' | 'skew' | 'slackMs' | 'now' | 'store' | 'inputs'> & {
    readonly pack: Pack
    readonly clocks: ReadonlyMap<number, StreamClock>
    readonly kept: number | undefined
  },
): TimeRange {
  const { pack, skew } = o
  const notes: Note[] = []
  const lead = leadMs(pack)
  const decided =
    o.clocks.size > 0
      ? Math.min(...[...o.clocks.values()].map((c) => c.decided))
      : o.now - o.inputs.latenessMs - pack.afterMs
  let from = o.from ?? Number.NEGATIVE_INFINITY
  let to = o.to ?? Number.POSITIVE_INFINITY
  if (o.kept !== undefined && from - skew.most - lead < o.kept) {
    const whole = o.kept + lead + skew.most
    notes.push({ kind: 'logs-deleted', before: o.kept, to: whole })
    if (o.store) from = Math.max(from, whole)
  }
  if (o.store && to > decided + skew.least) {
    to = decided + skew.least
    notes.push({ kind: 'left-to-stream', from: to })
  }
  const fromAt = from - skew.most
  const toAt = to - skew.least
  const readFrom = fromAt - lead
  return {
    from,
    to,
    fromAt,
    toAt,
    readFrom,
    readTo: toAt + 2 * pack.afterMs,
    since: Number.isFinite(readFrom) ? readFrom - o.slackMs : undefined,
    decided,
    notes,
  }
}

/**
 * What is stored must not come from other rules under the stream's own generation.
 * @returns whether the stream's events were made by other inputs than these
 * @throws WhytimeoutError INPUTS_DIFFER
 */
export function checkRange(
  o: Pick<TopicReplayOptions, 'inputs' | 'store' | 'input' | 'topics'>,
  clocks: ReadonlyMap<number, StreamClock>,
): boolean {
  const { pack, digest } = o.inputs
  let isOther = false
  for (const c of clocks.values()) {
    if (c.digest === digest && c.generation === pack.generation) continue
    isOther = true
    if (o.store && c.generation >= pack.generation)
      throw new WhytimeoutError(
        'INPUTS_DIFFER',
        c.generation > pack.generation
          ? `the stream runs generation ${c.generation} of the rules, this is ${pack.generation}: it would not overwrite anything`
          : `the stream runs other rules, inventory, origins or lateness as generation ${c.generation}: store as ${c.generation + 1} with --generation`,
        o.topics.clocks,
      )
  }
  return isOther && o.input.kind === 'events'
}
