import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Incident } from '../../schemas/incident.js'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Summary } from '../../schemas/summary.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Decision } from '../diagnose/diagnose.js'
import { evidenceOf } from '../match/evidence.js'
import type { Pack } from '../match/pack.js'
import type { Format } from '../parse/format.js'
import { FORMATS } from '../parse/formats/index.js'
import { createInference } from '../parse/infer.js'
import { createReport } from '../report/html/report.js'
import { createFolderSink } from '../sinks/folder.js'
import type { Sink } from '../sinks/sink.js'
import { type LogFile, listFiles } from '../sources/files.js'
import { withBundles } from '../sources/listing.js'
import { spoolPipe } from '../sources/stdin.js'
import type { StoredDocument } from '../stream/documents.js'
import { createBooks } from './books.js'
import { decideAll } from './decide.js'
import { incidentsOf } from './incidents.js'
import { formatFor, type InputOptions, packFor, readInventory, readOrigins } from './inputs.js'
import { jobsFor, startThreads, type Threads } from './jobs/threads.js'
import { deadSorter, lookAt, type PassProgress, type Reading, readAll } from './passes.js'
import type { Span } from './replace.js'
import { collectEnded, sendAll, storeInBatches } from './send.js'
import { spool } from './spool.js'
import { assumedOf, markUntimed } from './untimed.js'
import { writeAll, writeSummary } from './write.js'

export type ReplayOptions = InputOptions & {
  readonly paths: readonly string[]
  /** Folder for the results; undefined writes nothing. */
  readonly out?: string | undefined
  /** Writes no report.html. */
  readonly noReport?: boolean | undefined
  /** Where the documents go once the folder is written. */
  readonly store?: Sink | undefined
  /** What the store has of older generations that this replay does not find again, to be taken away. */
  readonly leftovers?: ((span: Span) => AsyncIterable<StoredDocument>) | undefined
  readonly format?: string | undefined
  /** Epoch ms; only verdicts whose anchor lies in [from, to) are given. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly allEvents?: boolean | undefined
  /** Now, epoch ms: bounds implausible times; nothing else depends on it. */
  readonly now: number
  /** What `-` reads; default the process's own. */
  readonly stdin?: Readable | undefined
  /** Told of the signals of every event, and of every decision whose verdict is given. */
  readonly observe?: { readonly signals?: (ids: readonly string[]) => void; readonly decision?: (d: Decision) => void }
  /** Formats that are known; default all. To measure what is lost without one. */
  readonly formats?: readonly Format[]
  /** Threads that read; default one a core, one for small inputs. The results are the same. */
  readonly jobs?: number | undefined
  /** Bounds of the sort buffer, for tests. */
  readonly bufferItems?: number
}
export type ReplayProgress = (p: {
  pass: 'look' | 'read' | 'diagnose' | 'store'
  bytesDone: number
  bytesTotal: number
  records: number
  verdicts: number
  /** Documents stored. */
  sent: number
}) => void
export type ReplayResult = {
  readonly summary: Summary
  /** At most `MAX_VERDICTS_KEPT`; the rest is in verdicts.ndjson only. */
  readonly verdicts: readonly Verdict[]
  readonly verdictCount: number
  readonly incidentCount: number
  readonly pack: Pack
  readonly out: string | undefined
  /** `file:line` of cited events, as far as kept. */
  readonly places: ReadonlyMap<string, string>
}

/**
 * Reads logs, says why each timeout happened, writes the results. Two passes over the input: the first finds out what the lines
 * do not say about their origins, the second reads. Events go through an external sort, so memory does not grow with the input.
 */
export async function replay(options: ReplayOptions, onProgress: ReplayProgress = () => {}): Promise<ReplayResult> {
  const work = await mkdtemp(join(tmpdir(), 'whytimeout-'))
  const opened: Threads[] = []
  try {
    return await replayIn(work, options, onProgress, (threads) => opened.push(threads))
  } finally {
    await Promise.all(opened.map((threads) => threads.close()))
    await rm(work, { recursive: true, force: true })
  }
}

async function replayIn(
  work: string,
  options: ReplayOptions,
  onProgress: ReplayProgress,
  onThreads: (threads: Threads) => void,
): Promise<ReplayResult> {
  const started = performance.now()
  const pack = await packFor(options)
  const listing = await listFiles([...options.paths])
  const spooled = await Promise.all(
    listing.files.map((f) => (f.path === '-' ? spoolPipe(f, options.stdin ?? process.stdin, work) : f)),
  )
  const piped = listing.files.some((f) => f.path === '-') ? await withBundles(spooled) : { files: spooled, roots: [] }
  const roots = [...listing.roots, ...piped.roots]
  const inventory = await readInventory(options, roots)
  const given = await readOrigins(options, roots)
  const reading: Reading = {
    formats: options.formats ?? FORMATS,
    format: formatFor(options.format),
    inventory,
    given,
    receivedAtMs: options.now,
  }
  const files = await markUntimed(piped.files, reading)
  const onDisk = new Set(files.map((f) => f.within?.bundle ?? f))
  const bytesTotal = [...onDisk].reduce((sum, f) => sum + f.bytes, 0) * 2
  let bytesDone = 0
  let records = 0
  const tick = (pass: Parameters<ReplayProgress>[0]['pass'], verdicts = 0, sent = 0) =>
    onProgress({ pass, bytesDone, bytesTotal, records, verdicts, sent })

  const progress = (pass: 'look' | 'read'): PassProgress => ({
    bytes: (n) => {
      bytesDone += n
    },
    records: (n) => {
      records += n
      tick(pass)
    },
  })
  const numbered = files.map((file, index) => ({ file, index }))
  const jobs = canShare(options, files) ? jobsFor(options.jobs, files) : 1
  const threads =
    jobs > 1
      ? await startThreads(jobs, {
          inputs: inputsOf(options),
          roots,
          files,
          allEvents: options.allEvents === true,
          receivedAtMs: options.now,
          dir: work,
          bufferItems: options.bufferItems,
        })
      : undefined
  if (threads) onThreads(threads)
  const inference = createInference(inventory, given)
  if (threads) await threads.look(inference, progress('look'))
  else await lookAt(numbered, reading, inference, progress('look'))
  const { entries, assumed: inferred } = inference.finish()
  const assumed = [...inferred, ...assumedOf(files)]
  records = 0

  const entryFor = (origin: string): OriginEntry => ({ ...entries.get(origin), ...given(origin) })
  const sink = options.out === undefined ? undefined : await createFolderSink(options.out)
  const sorter = spool(work, options.bufferItems)
  const dead = deadSorter(work)
  try {
    const books = createBooks(files)
    const span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
    const taken = { sorter, dead, books, span }
    if (threads) await threads.read(entries, taken, progress('read')).finally(threads.close)
    else {
      const rules = { pack, entries, allEvents: options.allEvents === true, onSignals: options.observe?.signals }
      await readAll(numbered, reading, rules, taken, progress('read'))
    }

    const { from, to, bufferItems, store, observe } = options
    const ended = store && collectEnded(work)
    const onDecision = (d: Decision) => {
      observe?.decision?.(d)
      return ended?.take(d)
    }
    const result = await decideAll(
      { from, to, bufferItems, pack, sorter, books, tick, onDecision, isWholeOutside: true },
      work,
    )
    const incidents = await incidentsOf(pack, result.notes, work, overlaps(options))
    await result.notes.close()
    const report = sink && !options.noReport ? createReport(pack) : undefined
    const { places, incidentCount } = await writeAll({
      report,
      allEvents: options.allEvents === true,
      sink,
      sorter,
      dead,
      files,
      result,
      incidents,
      entries,
      entryFor,
    })
    const summary: Summary = books.summary({
      verdicts: result.tally,
      assumed,
      evidence: result.tally.count === 0 ? evidenceOf(pack, books.counts().signs) : new Map(),
      digest: pack.digest,
      durationSecs: Math.round(performance.now() - started) / 1000,
    })
    if (sink) await writeSummary(sink, summary, report)
    if (store && ended)
      await sendAll({
        sink: store,
        result,
        incidents,
        ended: ended.sorter,
        dead,
        events: options.allEvents ? sorter : result.cited,
        generation: pack.generation,
        onProgress: (sent) => tick('store', result.tally.count, sent),
      })
    if (store && options.leftovers && span.from <= span.to) {
      const origins = new Set(summary.files.flatMap((f) => f.origins))
      const old = options.leftovers({ ...span, generation: pack.generation, origins })
      await storeInBatches(store, old, () => {})
    }
    await incidents.close()
    return {
      summary,
      verdicts: result.kept,
      verdictCount: result.tally.count,
      incidentCount,
      pack,
      out: options.out,
      places,
    }
  } catch (error) {
    await sink?.abort()
    throw error
  } finally {
    await sorter.close()
    await dead.close()
  }
}

/** Threads read what has a path and rules from files; what is watched or read in another way stays here. */
const canShare = (options: ReplayOptions, files: readonly LogFile[]): boolean =>
  options.observe?.signals === undefined &&
  options.formats === undefined &&
  files.every((f) => (f.within?.bundle ?? f).open === undefined)

const inputsOf = ({ inventory, origins, rules, timezones, format, generation, text }: InputOptions): InputOptions => ({
  inventory,
  origins,
  rules,
  ...(timezones && { timezones }),
  format,
  generation,
  text,
})

/** Incidents that were going on in the asked time. */
const overlaps =
  ({ from, to }: Pick<ReplayOptions, 'from' | 'to'>) =>
  ({ whytimeout: { incident } }: Incident): boolean =>
    (to === undefined || Date.parse(incident.first) < to) && (from === undefined || Date.parse(incident.last) >= from)
