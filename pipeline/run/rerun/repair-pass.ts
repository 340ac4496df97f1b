import type { Verdict } from '../../../schemas/verdict.js'
import type { VerdictCause } from '../../../schemas/vocabulary.js'
import type { Pack } from '../../match/pack.js'
import type { TopicReader } from '../../sources/kafka-range.js'
import type { StoredDocument } from '../../stream/documents.js'
import { type KnownRow, knownAt } from '../../stream/known-rows.js'
import { type LateSpan, settledSpan } from '../../stream/late.js'
import { readKnown } from '../known-topic.js'
import { createSorter, type Sorter } from '../sort.js'
import type { Spooled } from '../spool.js'
import type { TopicNames } from '../topics.js'
import {
  bySpanThenId,
  type DecidedVerdict,
  decidedVerdicts,
  decideSpans,
  joined,
  spanEvents,
  toDecided,
  verdictOfText,
} from './decided.js'
import { type ReadProgress, readEvents, toSpooled } from './read.js'
import { eventsAfter, eventsById, MEMORY_BYTES, type Reference, referencesIn } from './references.js'
import { readStored, type StoredVerdict } from './stored.js'

/** A verdict in a few words. */
export type Brief = {
  readonly at: string
  readonly terminal?: string
  readonly site?: string
  readonly cause: VerdictCause
  readonly mechanism: string
  readonly confidence: number
}
export type Change = {
  readonly kind: 'new' | 'changed' | 'withdrawn'
  readonly id: string
  readonly index: string
  readonly realm: string
  readonly before?: Brief
  readonly after?: Brief
  /** The verdict's JSON; absent for one that is withdrawn. */
  readonly text?: string
}

export type PassOptions = {
  readonly reader: TopicReader
  readonly topics: TopicNames
  readonly pack: Pack
  readonly dir: string
  readonly bufferItems?: number | undefined
  /** How far ahead of Kafka's time a log's clock may be. */
  readonly slackMs: number
  readonly spans: readonly LateSpan[]
  readonly marginMs: number
  /** Event time from which later repairs of the realm look again, epoch ms. */
  readonly openFrom: (span: LateSpan) => number
  /** Whether a span is taken although its surroundings do not agree with what is stored: looking further is not possible. */
  readonly mustTake: (span: LateSpan) => boolean
  readonly revision: number
  readonly changes: Sorter<Change>
  /** Events to store, and the ends of those that nobody cites any more. */
  readonly events: Sorter<StoredDocument>
  readonly progress: (p: ReadProgress) => void
}
export type Passed = {
  /** Nothing was noted of these, nor of any other span of their realms. */
  readonly unsettled: readonly LateSpan[]
  /** Taken although their surroundings do not agree. */
  readonly doubtful: readonly LateSpan[]
  /** Verdicts that stand as they were. */
  readonly same: number
}

type Stored = StoredVerdict & { readonly span: number }
type Pair = { readonly left?: DecidedVerdict; readonly right?: Stored }
type Region = { readonly from: number; readonly to: number }

/** Where reading must begin for the verdicts of a span to have all their evidence. */
export const coldStart = (span: { readonly from: number }, pack: Pack, marginMs: number): number =>
  span.from - marginMs - pack.beforeMs - 2 * pack.afterMs

/**
 * Decides spans anew with all events there are now, and compares with what is stored. A span is settled when the two agree around it:
 * then what differs inside is all that the late events have changed.
 */
export async function repairPass(o: PassOptions): Promise<Passed> {
  const { dir } = o
  const decided = decidedVerdicts(dir)
  const stored = storedInSpans(dir)
  const cited = eventsById(dir, o.bufferItems)
  try {
    const known = await readKnown(o.reader, o.topics.known)
    await decide(o, known, decided, cited)
    await lookUp(o, stored)
    const stays = new Set(known.map((r) => r.event.id))
    const { regions, doubtful } = await regionsOf(o, joined(decided.sorted(), stored.sorted()))
    const refs = referencesIn(dir)
    let same = 0
    for await (const pair of joined(decided.sorted(), stored.sorted()))
      same += await compare(pair, regions.get((pair.left ?? (pair.right as Stored)).span), o, refs)
    for await (const d of eventsAfter(refs, cited, { ...o, stays })) await o.events.add(d)
    await refs.close()
    return { unsettled: o.spans.filter((_, i) => !regions.has(i)), doubtful, same }
  } finally {
    await Promise.all([decided.close(), stored.close(), cited.close()])
  }
}

async function decide(
  o: PassOptions,
  known: readonly KnownRow[],
  decided: Sorter<DecidedVerdict>,
  cited: Sorter<Spooled>,
): Promise<void> {
  const { reader, topics, pack, spans, marginMs } = o
  const readTo = (s: LateSpan): number => s.to + marginMs + pack.afterMs
  const begin = Math.min(...spans.map((s) => coldStart(s, pack, marginMs)))
  const partitions = new Set(spans.map((s) => s.events))
  const ranges = await reader.ranges([topics.events], begin - o.slackMs)
  const events = spanEvents(o.dir, o.bufferItems)
  await readEvents(
    reader,
    ranges.filter((r) => partitions.has(r.partition)),
    {
      event: async (e) => {
        for (const [i, s] of spans.entries())
          if (s.realm === e.realm && e.at >= coldStart(s, pack, marginMs) && e.at <= readTo(s))
            await events.add({ ...toSpooled(e, 0), span: i })
      },
      progress: o.progress,
    },
  )
  const knownOf = (i: number) => {
    const span = spans[i] as LateSpan
    return knownAt(known, span.realm, coldStart(span, pack, marginMs), (e) => toSpooled(e, 0))
  }
  for await (const told of decideSpans(pack, events.sorted(), knownOf, (i) => readTo(spans[i] as LateSpan) + 1)) {
    const { from, to } = spans[told.span] as LateSpan
    const verdict = toDecided(told.decision, told.span)
    if (verdict.facts.end < from - marginMs || verdict.facts.end > to + marginMs) continue
    await decided.add(verdict)
    for (const e of told.cited) await cited.add(e)
  }
  await events.close()
}

/** What is stored of the spans, and around them as far as anybody may cite the same events. */
async function lookUp(o: PassOptions, into: Sorter<Stored>): Promise<void> {
  const around = o.marginMs + o.pack.beforeMs + 3 * o.pack.afterMs
  const spansOf = ({ realm, end }: { realm: string; end: number }): number[] =>
    o.spans.flatMap((s, i) => (s.realm === realm && end >= s.from - around && end <= s.to + around ? [i] : []))
  const found = await readStored({
    reader: o.reader,
    topic: o.topics.verdicts,
    since: Math.min(...o.spans.map((s) => s.from)) - around - o.slackMs,
    wants: (facts) => spansOf(facts).length > 0,
    dir: o.dir,
  })
  for await (const v of found.sorted()) if (v.facts) for (const span of spansOf(v.facts)) await into.add({ ...v, span })
  await found.close()
}

/** Whether the stored verdict is another than the decided one; of another generation only whether both are there. */
const differs = ({ left, right }: Pair, generation: number): boolean =>
  left === undefined || right === undefined || (right.generation === generation && left.text !== right.text)

/** The settled spans by their index, as far as what differs goes on. One unsettled span holds back all of its realm: they may cite the same. */
async function regionsOf(
  { spans, pack, marginMs, openFrom, mustTake }: PassOptions,
  pairs: AsyncGenerator<Pair>,
): Promise<{ regions: ReadonlyMap<number, Region>; doubtful: readonly LateSpan[] }> {
  const differing = spans.map((): number[] => [])
  for await (const pair of pairs) {
    if (!differs(pair, pack.generation)) continue
    const { span, facts } = pair.left ?? (pair.right as Stored)
    const end = facts?.end ?? 0
    const { from, to } = spans[span] as LateSpan
    if ((end < from && end >= from - marginMs) || (end > to && end <= to + marginMs)) differing[span]?.push(end)
  }
  const regions = new Map<number, Region>()
  const doubtful: LateSpan[] = []
  const held = new Set<string>()
  for (const [i, span] of spans.entries()) {
    const ends = (differing[i] ?? []).sort((a, b) => a - b)
    const region = settledSpan({ span, differing: ends, openFrom: openFrom(span), afterMs: pack.afterMs, marginMs })
    if (!region && mustTake(span)) doubtful.push(span)
    if (region || mustTake(span)) regions.set(i, region ?? span)
    else held.add(span.realm)
  }
  for (const [i, span] of spans.entries()) if (held.has(span.realm)) regions.delete(i)
  return { regions, doubtful: doubtful.filter((s) => !held.has(s.realm)) }
}

/** Notes what is to be written for one id. @returns 1 if it stands as it was */
async function compare(
  pair: Pair,
  region: Region | undefined,
  o: PassOptions,
  refs: Sorter<Reference>,
): Promise<number> {
  if (!region) return 0
  const { left, right } = pair
  const isWithin = (v: { facts?: { end: number } } | undefined) =>
    v?.facts !== undefined && v.facts.end >= region.from && v.facts.end <= region.to
  const refer = async (kind: Reference['kind'], v: DecidedVerdict | Stored, ids = v.facts?.cited ?? []) => {
    for (const event of ids) await refs.add({ event, kind, realm: v.realm })
  }
  if (!isWithin(left) && !isWithin(right)) {
    // Outside the span the stored verdict stands, whatever the reading from nothing made of it.
    if (right) await refer('cite', right)
    return 0
  }
  if (left && right && left.text === right.text) {
    await refer('cite', left)
    return 1
  }
  const before = right?.text === undefined ? undefined : briefOf(verdictOfText(right.text))
  const after = left && briefOf(verdictOfText(left.text))
  const { id, realm } = left ?? (right as Stored)
  await o.changes.add({
    kind: !before ? 'new' : after ? 'changed' : 'withdrawn',
    id,
    realm,
    // An index that zones have changed since is the stored one's: there the document is.
    index: (right ?? (left as DecidedVerdict)).index,
    ...(before && { before }),
    ...(left && { after: briefOf(verdictOfText(left.text)), text: left.text }),
  })
  if (right) await refer('drop', right)
  if (left) {
    await refer('cite', left)
    await refer('need', left)
  }
  return 0
}

const briefOf = (v: Verdict): Brief => ({
  at: v['@timestamp'],
  ...(v.whytimeout.terminal_id !== undefined && { terminal: v.whytimeout.terminal_id }),
  ...(v.whytimeout.site_id !== undefined && { site: v.whytimeout.site_id }),
  cause: v.whytimeout.verdict.cause,
  mechanism: v.whytimeout.verdict.mechanism,
  confidence: v.whytimeout.verdict.confidence,
})

const storedInSpans = (dir: string): Sorter<Stored> =>
  createSorter<Stored>({
    dir,
    maxItems: 20_000,
    maxBytes: MEMORY_BYTES,
    compare: bySpanThenId,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Stored,
    sizeOf: (v) => 500 + 2 * (v.text?.length ?? 0),
  })
