import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OriginEntry } from '../../../schemas/origin.js'
import { createReport } from '../../report/html/report.js'
import { createFolderSink } from '../../sinks/folder.js'
import type { Sink } from '../../sinks/sink.js'
import { keptSince } from '../../sources/kafka-range.js'
import { knownAt } from '../../stream/known-rows.js'
import type { ParserOptions } from '../../stream/parser.js'
import { createBooks } from '../books.js'
import { decideAll } from '../decide.js'
import { incidentsOf } from '../incidents.js'
import { readKnown } from '../known-topic.js'
import { deadSorter } from '../passes.js'
import type { ReplayResult } from '../replay.js'
import { spool } from '../spool.js'
import type { StreamInputs } from '../stream-inputs.js'
import { writeAll, writeSummary } from '../write.js'
import { decidedVerdicts, toDecided } from './decided.js'
import { streamClocks } from './letters.js'
import { type Plan, prepare } from './outcome.js'
import { toSpooled } from './read.js'
import { eventsById } from './references.js'
import type { RepairOptions } from './repair.js'
import { readStored, type StoredVerdicts } from './stored.js'
import { checkRange, type Note, rangeOf, type TimeRange } from './time-range.js'
import { fileOf, missingOrigins, type Partition, readInto, type Work } from './topic-input.js'

export type TopicReplayOptions = Pick<RepairOptions, 'reader' | 'topics' | 'slackMs' | 'bufferItems' | 'progress'> & {
  /** Raw logs, or the stream's events as they are. */
  readonly input: { readonly kind: 'raw'; readonly topics: readonly string[] | RegExp } | { readonly kind: 'events' }
  readonly inputs: StreamInputs
  readonly messages: ParserOptions['messages']
  /** How far clocks of origins are known to be behind (least, <= 0) and ahead (most, >= 0), ms. */
  readonly skew: { readonly least: number; readonly most: number }
  /** Only verdicts whose anchor lies in [from, to), epoch ms. */
  readonly from: number | undefined
  readonly to: number | undefined
  readonly out: string | undefined
  readonly noReport?: boolean | undefined
  readonly allEvents: boolean
  /** Whether the stream's own topics are there. */
  readonly hasStream: boolean
  readonly now: number
  readonly store?: {
    /** The verdicts topic is the last. */
    readonly sinks: readonly Sink[]
    readonly replace: boolean
    /** Asked before anything is stored. */
    readonly confirm: (plan: Plan) => Promise<boolean>
  }
}
export type TopicReplayResult = ReplayResult & {
  readonly notes: readonly Note[]
  /** Absent where nothing was to be stored; `documents` where it was confirmed. */
  readonly stored?: { readonly plan: Plan; readonly documents?: number }
}

/**
 * Replays what topics hold of a time: it decides as the stream and a replay of files do, and ends. Reading begins `before` and some more
 * earlier, so that every attempt of the range has its evidence and is cut from its neighbours as it was live.
 */
export async function replayTopics(o: TopicReplayOptions): Promise<TopicReplayResult> {
  const dir = await mkdtemp(join(tmpdir(), 'whytimeout-'))
  const files: Partition[] = []
  const work: Work = {
    dir,
    files,
    books: createBooks(files),
    sorter: spool(dir, o.bufferItems),
    dead: deadSorter(dir),
    origins: new Set(),
  }
  try {
    return await replayIn(o, work)
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function replayIn(o: TopicReplayOptions, work: Work): Promise<TopicReplayResult> {
  const started = performance.now()
  const { pack } = o.inputs
  const clocks = o.hasStream ? await streamClocks(o.reader, o.topics.clocks, o.topics.events) : new Map()
  const read = o.input.kind === 'events' ? [o.topics.events] : o.input.topics
  const names = [...new Set((await o.reader.ranges(read, undefined)).map((r) => r.topic))]
  const range = rangeOf({ ...o, pack, clocks, kept: await keptSince(o.reader, names) })
  const isOther = checkRange(o, clocks)
  await readInto(o, work, range, isOther)
  const missing = o.hasStream && o.input.kind === 'raw' ? await missingOrigins(o, work, range) : []
  const rows = o.hasStream ? await readKnown(o.reader, o.topics.known) : []
  const decided = decidedVerdicts(work.dir)
  const outside = decidedVerdicts(work.dir)
  const around = eventsById(work.dir, o.bufferItems)
  const result = await decideAll(
    {
      from: range.from,
      to: range.to,
      bufferItems: o.bufferItems,
      pack,
      sorter: work.sorter,
      books: work.books,
      tick: () => {},
      knownOf: (realm) => knownAt(rows, realm, range.readFrom, (e) => toSpooled(e, fileOf(work, e.raw))),
      ...(o.store && {
        onDecision: (d) => decided.add(toDecided(d)),
        onOutside: async (d, cited) => {
          await outside.add(toDecided(d))
          for (const e of cited) await around.add(e)
        },
      }),
    },
    work.dir,
  )
  const notes: Note[] = [...range.notes]
  if (isOther) notes.push({ kind: 'other-rules' })
  if (missing.length > 0) notes.push({ kind: 'origins-missing', origins: missing })
  const sink = o.out === undefined ? undefined : await createFolderSink(o.out)
  try {
    let stored: TopicReplayResult['stored']
    if (o.store) {
      for await (const e of result.cited.sorted()) await around.add(e)
      const known = await storedAround(o, work, range)
      stored = await storeOutcome(o, {
        work,
        range,
        decided,
        outside,
        events: around,
        stored: known,
        health: result.health,
        stays: new Set(rows.map((r) => r.event.id)),
      })
    }
    const entries = new Map<string, OriginEntry>([...work.origins].map((x) => [x, o.inputs.record.entryFor(x)]))
    const entryFor = (x: string): OriginEntry => entries.get(x) ?? {}
    const { sorter, dead, files } = work
    // Of the verdicts given; those at the edges may have begun before the range, or gone on after it.
    const incidents = await incidentsOf(pack, result.notes, work.dir, () => true)
    const report = sink && !o.noReport ? createReport(pack) : undefined
    const writing = { report, allEvents: o.allEvents, sink, sorter, dead, files, result, incidents, entries, entryFor }
    const { places, incidentCount } = await writeAll(writing)
    const durationSecs = Math.round(performance.now() - started) / 1000
    const summary = work.books.summary({
      verdicts: result.tally,
      assumed: [],
      evidence: new Map(),
      digest: pack.digest,
      durationSecs,
    })
    if (sink) await writeSummary(sink, summary, report)
    const { kept: verdicts } = result
    const told = { summary, verdicts, verdictCount: result.tally.count, incidentCount, pack, out: o.out, places, notes }
    return { ...told, ...(stored && { stored }) }
  } catch (error) {
    await sink?.abort()
    throw error
  }
}

/** Stored verdicts of the range, and around it as far as they may cite the same events. */
function storedAround(o: TopicReplayOptions, work: Work, range: TimeRange): Promise<StoredVerdicts> {
  const { pack } = o.inputs
  const near = pack.beforeMs + 3 * pack.afterMs + o.skew.most - o.skew.least
  return readStored({
    reader: o.reader,
    topic: o.topics.verdicts,
    since: range.from - near - o.slackMs,
    wants: ({ at }) => at >= range.from - near && at < range.to + near,
    dir: work.dir,
  })
}

async function storeOutcome(
  o: TopicReplayOptions,
  given: { work: Work; range: TimeRange } & Pick<
    Parameters<typeof prepare>[0],
    'decided' | 'outside' | 'events' | 'stored' | 'health' | 'stays'
  >,
): Promise<TopicReplayResult['stored']> {
  if (!o.store) return undefined
  const { range, work, ...found } = given
  const prepared = await prepare({
    ...found,
    pack: o.inputs.pack,
    dir: work.dir,
    from: range.from,
    to: range.to,
    replace: o.store.replace,
    decidedUntil: range.decided,
  })
  const { plan } = prepared
  if (!(await o.store.confirm(plan))) return { plan }
  return { plan, documents: await prepared.store(o.store.sinks) }
}
