import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { Incident } from '../../schemas/incident.js'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Summary } from '../../schemas/summary.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Decision } from '../diagnose/diagnose.js'
import { isUsable } from '../diagnose/sighting.js'
import type { Pack } from '../match/pack.js'
import { columnsLineIn, mayNameColumns } from '../parse/columns.js'
import { decode, guessCharset } from '../parse/decode.js'
import { type Enrichment, sitesByAddress } from '../parse/enrich.js'
import type { Format } from '../parse/format.js'
import { FORMATS } from '../parse/formats/index.js'
import { createInference } from '../parse/infer.js'
import { parseRecord, type RecordContext } from '../parse/record.js'
import { createReport } from '../report/html/report.js'
import { createFolderSink } from '../sinks/folder.js'
import type { Sink } from '../sinks/sink.js'
import { listFiles } from '../sources/files.js'
import { withBundles } from '../sources/listing.js'
import { spoolPipe } from '../sources/stdin.js'
import type { StoredDocument } from '../stream/documents.js'
import { createBooks } from './books.js'
import { decideAll } from './decide.js'
import { incidentsOf } from './incidents.js'
import { eachRecord, formatFor, type InputOptions, packFor, readInventory, readOrigins } from './inputs.js'
import type { Span } from './replace.js'
import { collectEnded, sendAll, storeInBatches } from './send.js'
import { createSorter } from './sort.js'
import { BUFFER_BYTES, spool } from './spool.js'
import { deadLetter, writeAll, writeSummary } from './write.js'

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
  try {
    return await replayIn(work, options, onProgress)
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function replayIn(work: string, options: ReplayOptions, onProgress: ReplayProgress): Promise<ReplayResult> {
  const started = performance.now()
  const pack = await packFor(options)
  const listing = await listFiles([...options.paths])
  const spooled = await Promise.all(
    listing.files.map((f) => (f.path === '-' ? spoolPipe(f, options.stdin ?? process.stdin, work) : f)),
  )
  const piped = listing.files.some((f) => f.path === '-') ? await withBundles(spooled) : { files: spooled, roots: [] }
  const files = piped.files
  const roots = [...listing.roots, ...piped.roots]
  const inventory = await readInventory(options, roots)
  const given = await readOrigins(options, roots)
  const forced = formatFor(options.format)
  const onDisk = new Set(files.map((f) => f.within?.bundle ?? f))
  const bytesTotal = [...onDisk].reduce((sum, f) => sum + f.bytes, 0) * 2
  let bytesDone = 0
  let records = 0
  const tick = (pass: Parameters<ReplayProgress>[0]['pass'], verdicts = 0, sent = 0) =>
    onProgress({ pass, bytesDone, bytesTotal, records, verdicts, sent })

  const base = {
    formats: options.formats ?? FORMATS,
    format: forced,
    shownValues: inventory?.ids ?? new Set<string>(),
    receivedAtMs: options.now,
  }
  const inference = createInference(inventory, given)
  await eachRecord(
    files,
    async (file, text) => {
      const ctx: RecordContext = {
        ...base,
        host: file.host,
        logName: file.name,
        entryFor: (o) => ({ ...given(o), zone: given(o).zone ?? 'UTC' }),
        enrichment: { inventory, siteOfAddress: new Map() },
        anonymous: true,
        isGlance: true,
      }
      const outcome = parseRecord(text, ctx)
      const columns = mayNameColumns(outcome, text) ? columnsLineIn(decode(text)) : undefined
      if (columns !== undefined) inference.observeColumns(outcome.origin, columns)
      if (outcome.kind === 'events') {
        const charset = guessCharset(text)
        for (const e of outcome.events)
          inference.observe({
            origin: outcome.origin,
            format: outcome.format,
            at: e.at,
            wall: e.wall,
            event: e.event,
            charset,
          })
      }
      if (++records % 2_000 === 0) tick('look')
    },
    (n) => (bytesDone += n),
  )
  const { entries, assumed } = inference.finish()
  records = 0

  const entryFor = (origin: string): OriginEntry => ({ ...entries.get(origin), ...given(origin) })
  const enrichment: Enrichment = { inventory, siteOfAddress: sitesByAddress([...entries.keys()].map(entryFor)) }
  const sink = options.out === undefined ? undefined : await createFolderSink(options.out)
  const sorter = spool(work, options.bufferItems)
  const dead = createSorter<{ key: string; text: string }>({
    dir: work,
    compare: (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.text < b.text ? -1 : 1),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as { key: string; text: string },
    sizeOf: (letter) => letter.text.length,
    maxItems: 50_000,
    maxBytes: BUFFER_BYTES,
  })
  try {
    const books = createBooks(files)
    const span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
    await eachRecord(
      files,
      async (file, text, line, index) => {
        const outcome = parseRecord(text, { ...base, host: file.host, logName: file.name, entryFor, enrichment })
        books.read(index, outcome.origin)
        if (outcome.kind === 'dead') {
          books.dead(index)
          await dead.add(deadLetter(outcome, file, line))
        } else {
          books.format(outcome.format)
          let used = false
          for (const [n, e] of outcome.events.entries()) {
            const signals = pack.signalsOf(e.event)
            options.observe?.signals?.(signals)
            span.from = Math.min(span.from, e.loggedAt)
            span.to = Math.max(span.to, e.loggedAt)
            books.notTimeout(e.event)
            if (!options.allEvents && !isUsable(e.event, signals)) continue
            used = used || isUsable(e.event, signals)
            await sorter.add({
              at: e.at,
              id: e.id,
              n,
              file: index,
              line,
              origin: outcome.origin,
              realm: e.event['whytimeout.realm'] ?? 'default',
              signals,
              event: e.event,
            })
          }
          if (used) books.event(index)
          else books.filtered(index)
        }
        if (++records % 2_000 === 0) tick('read')
      },
      (n) => (bytesDone += n),
    )

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

/** Incidents that were going on in the asked time. */
const overlaps =
  ({ from, to }: Pick<ReplayOptions, 'from' | 'to'>) =>
  ({ whytimeout: { incident } }: Incident): boolean =>
    (to === undefined || Date.parse(incident.first) < to) && (from === undefined || Date.parse(incident.last) >= from)
