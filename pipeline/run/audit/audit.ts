import type { AuditReport } from '../../../schemas/audit.js'
import { keptSince, type OffsetRange, type TopicReader } from '../../sources/kafka-range.js'
import type { Chain, Position } from '../../stream/audit/chain.js'
import { chainFindings } from '../../stream/audit/chain-findings.js'
import { compareStored, deletedUnread, recounted } from '../../stream/audit/compare.js'
import { lateCommand } from '../../stream/audit/findings.js'
import { createRecount } from '../../stream/audit/recount.js'
import { unreadableFinding, verdictFindings } from '../../stream/audit/stored-findings.js'
import { createVerdictCheck } from '../../stream/audit/verdicts.js'
import { createLateLedger, type LateSpan, spansOf } from '../../stream/late.js'
import { clockKey } from '../../stream/messages.js'
import type { RawEnd } from '../../stream/watermark.js'
import type { TopicNames } from '../topics.js'
import { chainsOf, decidedOf, sumOf, toAuditChain } from './chains.js'
import { readBooks, readDeadLetters, readEvents, readVerdicts } from './readings.js'

export type AuditOptions = {
  readonly reader: TopicReader
  /** Where a group stands, by `topic/partition`. */
  readonly positions: (group: string) => Promise<ReadonlyMap<string, Position>>
  /** Ends of the raw topics of the configuration, and of the named ones as far as they are there. */
  readonly endsOf: (named: readonly string[]) => Promise<readonly RawEnd[]>
  readonly topics: TopicNames
  /** Prefix of the groups. */
  readonly group: string
  readonly pack: { readonly beforeMs: number; readonly afterMs: number; readonly generation: number }
  /** Path of the configuration file, for the commands that are given as advice. */
  readonly config: string
  readonly now: () => number
  readonly onProgress?: (done: { readonly topic: string; readonly messages: number; readonly of: number }) => void
  /** Messages of a topic held in one reading; more are read in several. */
  readonly perReading?: number
}

/** About 300 bytes each at the most, in all topics together. */
const PER_READING = 500_000

/**
 * Walks the books of every partition against Kafka's offsets and the groups' commits, and counts again what is stored. The stream may run
 * meanwhile: groups are looked at before the books are read, and what they commit later is left out.
 */
export async function audit(o: AuditOptions): Promise<AuditReport> {
  const { reader, topics } = o
  const groupOf = (topic: string): string =>
    `${o.group}-${topic === topics.events ? 'diagnose' : topic === topics.verdicts ? 'incidents' : 'parse'}`
  const groups = [`${o.group}-parse`, `${o.group}-diagnose`, `${o.group}-incidents`]
  const look = async () => new Map(await Promise.all(groups.map(async (g) => [g, await o.positions(g)] as const)))

  const before = await look()
  const books = await readBooks(reader, topics.books)
  // Verdicts before the events that they cite, and all of it after the commits that vouch for it.
  const verdictRanges = await reader.ranges([topics.verdicts], undefined)
  const eventRanges = await reader.ranges([topics.events], undefined)
  const letterRanges = await reader.ranges([topics.deadLetters], undefined)
  const after = await look()
  const named = new Set([...books.entries.map((e) => e.topic), topics.events])
  const ends = new Map((await o.endsOf([...named])).map((e) => [clockKey(e.topic, e.partition), e]))
  const chains = chainsOf({ books: books.entries, ends, before, after, groupOf, nowMs: o.now() })

  const since = {
    events: await keptSince(reader, [topics.events]),
    verdicts: await keptSince(reader, [topics.verdicts]),
    letters: await keptSince(reader, [topics.deadLetters]),
  }
  const raw = chains.filter((c) => !Object.values(topics).includes(c.topic))
  const decided = chains.filter((c) => c.topic === topics.events)
  const counts = { raw: createRecount(raw), events: createRecount(decided), foreign: createRecount(decided) }
  const check = createVerdictCheck({
    ...o.pack,
    decided: decidedOf(eventRanges, before.get(`${o.group}-diagnose`)),
    eventsSince: since.events,
    verdictsSince: since.verdicts,
  })
  const ledger = createLateLedger()
  const all = [verdictRanges, eventRanges, letterRanges].map(messagesIn)
  const readings = Math.max(1, Math.ceil(Math.max(...all) / (o.perReading ?? PER_READING)))
  let done = 0
  const progress = (topic: string) => (messages: number) => {
    done += messages
    o.onProgress?.({ topic, messages: done, of: readings * all.reduce((sum, n) => sum + n, 0) })
  }
  for (let reading = 0; reading < readings; reading++) {
    for (const r of [...Object.values(counts), check]) r.begin(reading, readings)
    const to = { ...counts, check, ...(reading === 0 && { ledger }) }
    await readDeadLetters(reader, letterRanges, to, progress(topics.deadLetters))
    await readVerdicts(reader, verdictRanges, check, progress(topics.verdicts))
    await readEvents(reader, eventRanges, to, progress(topics.events))
    for (const r of [...Object.values(counts), check]) r.end()
  }

  const verdicts = check.result()
  const lows = new Map(eventRanges.map((r) => [r.partition, r.low]))
  const place = (chain: Chain) => ({ chain, group: groupOf(chain.topic), isRaw: raw.includes(chain), config: o.config })
  const findings = [
    ...books.unreadable.map((m) => unreadableFinding(topics.books, m.partition, m.offset)),
    ...chains.flatMap((c) => chainFindings(place(c), counts.raw.wasRead)),
    ...deletedUnread(counts, since, lows),
    ...compareStored(counts, since, { topics, lows }),
    ...verdictFindings(verdicts, topics, o.config),
  ]
  const { symptoms, final, superseded, cited, byIndex } = verdicts
  const late = spansOf(ledger.pending(), o.pack, 0).map(lateWork)
  return {
    ok: findings.every((f) => f.state !== 'fail'),
    chains: chains.map(toAuditChain),
    totals: { raw: sumOf(raw), events: sumOf(decided) },
    recounted: recounted(counts.raw, since),
    verdicts: { symptoms, final, superseded, late: verdicts.late, cited, by_index: { ...byIndex } },
    late,
    late_command: late.length > 0 ? lateCommand(topics.events, o.config) : null,
    findings,
  }
}

const messagesIn = (ranges: readonly OffsetRange[]): number => ranges.reduce((sum, r) => sum + Number(r.to - r.from), 0)

const lateWork = ({ realm, from, to, letters }: LateSpan): AuditReport['late'][number] => ({
  realm,
  from: new Date(from).toISOString(),
  to: new Date(to).toISOString(),
  letters,
})
