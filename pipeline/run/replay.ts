import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Summary } from '../../schemas/summary.js'
import type { Verdict } from '../../schemas/verdict.js'
import { createDiagnosis } from '../diagnose/diagnose.js'
import { isUsable } from '../diagnose/sighting.js'
import { WhytimeoutError } from '../errors.js'
import type { Pack } from '../match/pack.js'
import { decode, guessCharset } from '../parse/decode.js'
import { type Enrichment, sitesByAddress } from '../parse/enrich.js'
import type { Format } from '../parse/format.js'
import { FORMATS } from '../parse/formats/index.js'
import { createFramer } from '../parse/frame.js'
import { createInference } from '../parse/infer.js'
import { type Inventory, parseInventory } from '../parse/inventory.js'
import { formatOrigins, globTest, NO_ORIGINS, parseOrigins } from '../parse/origins.js'
import { type Outcome, parseRecord, type RecordContext } from '../parse/record.js'
import { parseZone } from '../parse/time.js'
import { createFolderSink, type FolderSink } from '../sinks/folder.js'
import { type Listing, type LogFile, listFiles, readLines } from '../sources/files.js'
import { count, createBooks, createTally, type ReplayBooks, type Tally } from './books.js'
import { nest } from './nest.js'
import { loadPack } from './rules.js'
import { createSorter, type Sorter } from './sort.js'

export type ReplayOptions = {
  readonly paths: readonly string[]
  /** Folder for the results; undefined writes nothing. */
  readonly out?: string | undefined
  readonly inventory?: string | undefined
  readonly origins?: string | undefined
  readonly rules?: string | undefined
  readonly format?: string | undefined
  /** `TZ` or `HOSTGLOB=TZ`. */
  readonly timezones?: readonly string[]
  /** Epoch ms; only verdicts whose anchor lies in [from, to) are given. */
  readonly from?: number | undefined
  readonly to?: number | undefined
  readonly generation?: number | undefined
  readonly allEvents?: boolean | undefined
  /** Now, epoch ms: bounds implausible times; nothing else depends on it. */
  readonly now: number
  /** Bounds of the sort buffer, for tests. */
  readonly bufferItems?: number
}
export type ReplayProgress = (p: {
  pass: 'look' | 'read' | 'diagnose'
  bytesDone: number
  bytesTotal: number
  records: number
  verdicts: number
}) => void
export type ReplayResult = {
  readonly summary: Summary
  /** At most `MAX_VERDICTS_KEPT`; the rest is in verdicts.ndjson only. */
  readonly verdicts: readonly Verdict[]
  readonly verdictCount: number
  readonly pack: Pack
  readonly out: string | undefined
  /** `file:line` of cited events, as far as kept. */
  readonly places: ReadonlyMap<string, string>
}

const MAX_VERDICTS_KEPT = 20_000
const MAX_PLACES_KEPT = 200_000
const BUFFER_ITEMS = 100_000
const BUFFER_BYTES = 96 * 1024 * 1024

/** One event on its way through the sort. */
type Spooled = {
  at: number
  id: string
  n: number
  file: number
  line: number
  origin: string
  realm: string
  signals: readonly string[]
  event: Parameters<typeof nest>[0]
}

const bySpoolOrder = (a: Spooled, b: Spooled): number =>
  a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0) || a.file - b.file || a.line - b.line || a.n - b.n

/**
 * Reads logs, says why each timeout happened, writes the results. Two passes over the input: the first finds out what the lines
 * do not say about their origins, the second reads. Events go through an external sort, so memory does not grow with the input.
 */
export async function replay(options: ReplayOptions, onProgress: ReplayProgress = () => {}): Promise<ReplayResult> {
  const started = performance.now()
  const pack = await packFor(options)
  const listing = await listFiles([...options.paths])
  const files = listing.files
  const inventory = await readInventory(options, listing.roots)
  const given = await readOrigins(options, listing.roots)
  const forced = formatFor(options.format)
  const bytesTotal = files.reduce((sum, f) => sum + f.bytes, 0) * 2
  let bytesDone = 0
  let records = 0
  const tick = (pass: 'look' | 'read' | 'diagnose', verdicts = 0) =>
    onProgress({ pass, bytesDone, bytesTotal, records, verdicts })

  const base = {
    formats: FORMATS,
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
      }
      const outcome = parseRecord(text, ctx)
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
  const work = await mkdtemp(join(tmpdir(), 'whytimeout-'))
  const sink = options.out === undefined ? undefined : await createFolderSink(options.out)
  const sorter = createSorter<Spooled>({
    dir: work,
    compare: bySpoolOrder,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Spooled,
    maxItems: options.bufferItems ?? BUFFER_ITEMS,
    maxBytes: BUFFER_BYTES,
  })
  const dead = createSorter<{ key: string; text: string }>({
    dir: work,
    compare: (a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.text < b.text ? -1 : 1),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as { key: string; text: string },
    maxItems: 50_000,
    maxBytes: BUFFER_BYTES,
  })
  try {
    const books = createBooks(files)
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

    const result = await decideAll({ options, pack, sorter, books, tick }, work)
    const places = await writeAll({ options, sink, sorter, dead, files, result, entries, entryFor })
    const summary: Summary = books.summary({
      verdicts: result.tally,
      assumed,
      digest: pack.digest,
      durationSecs: Math.round(performance.now() - started) / 1000,
    })
    if (sink) {
      const out = sink.file('summary.json')
      await out.write(JSON.stringify(summary, null, 2))
      await sink.commit()
    }
    return { summary, verdicts: result.kept, verdictCount: result.tally.count, pack, out: options.out, places }
  } catch (error) {
    await sink?.abort()
    throw error
  } finally {
    await sorter.close()
    await dead.close()
    await rm(work, { recursive: true, force: true })
  }
}

async function packFor(options: ReplayOptions): Promise<Pack> {
  const pack = await loadPack(options.rules)
  return options.generation === undefined ? pack : { ...pack, generation: options.generation }
}

function formatFor(id: string | undefined): Format | undefined {
  if (id === undefined) return undefined
  const format = FORMATS.find((f) => f.id === id)
  if (!format) throw new WhytimeoutError('FORMAT_UNKNOWN', `no format "${id}"`, '--format')
  return format
}

async function readText(path: string): Promise<string> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new WhytimeoutError(
      error.code === 'ENOENT' ? 'INPUT_NOT_FOUND' : 'INPUT_UNREADABLE',
      error.code === 'ENOENT' ? 'no such file' : 'cannot be read',
      path,
      { cause: error },
    )
  })
  return decode(bytes.toString('latin1'))
}

async function readInventory(options: ReplayOptions, roots: Listing['roots']): Promise<Inventory | undefined> {
  const path = options.inventory ?? roots.find((r) => r.inventory !== undefined)?.inventory
  return path === undefined ? undefined : parseInventory(await readText(path), path)
}

/** What is given about origins: the file, and `--timezone` over it. */
async function readOrigins(options: ReplayOptions, roots: Listing['roots']): Promise<(origin: string) => OriginEntry> {
  const path = options.origins ?? roots.find((r) => r.origins !== undefined)?.origins
  const file = path === undefined ? NO_ORIGINS : parseOrigins(await readText(path), path)
  const zones = (options.timezones ?? []).map((text) => {
    const at = text.indexOf('=')
    const [glob, zone] = at < 0 ? ['*', text] : [text.slice(0, at), text.slice(at + 1)]
    if (!parseZone(zone)) throw new WhytimeoutError('TIMEZONE_UNKNOWN', `no time zone "${zone}"`, '--timezone')
    return { test: globTest(glob), zone }
  })
  return (origin) => {
    const host = origin.slice(0, origin.indexOf('/'))
    const zone = zones.findLast((z) => z.test(host) || z.test(origin))?.zone
    const entry = file.entryFor(origin)
    return zone === undefined ? entry : { ...entry, zone }
  }
}

/** Every record of every file, in order. Files of one log are framed as one. */
async function eachRecord(
  files: readonly LogFile[],
  take: (file: LogFile, text: string, line: number, index: number) => Promise<void>,
  onBytes: (n: number) => void,
): Promise<void> {
  const blocks = FORMATS.flatMap((f) => (f.block ? [f.block] : []))
  for (const [index, file] of files.entries()) {
    const framer = createFramer(blocks)
    try {
      for await (const lines of readLines(file, onBytes)) {
        for (const { text, number } of lines)
          for (const record of framer.push(text, number)) await take(file, record.text, record.line, index)
      }
    } finally {
      for (const record of framer.flush()) await take(file, record.text, record.line, index)
    }
  }
}

function deadLetter(
  outcome: Extract<Outcome, { kind: 'dead' }>,
  file: LogFile,
  line: number,
): { key: string; text: string } {
  const { origin, code, detail, original } = outcome
  const key = `${origin}\u0000${file.path}\u0000${String(line).padStart(12, '0')}`
  return {
    key,
    text: JSON.stringify({
      event: { kind: 'pipeline_error', original },
      error: { code, message: detail },
      whytimeout: { origin },
      log: { file: { path: file.path, line } },
    }),
  }
}

type Deciding = {
  options: ReplayOptions
  pack: Pack
  sorter: Sorter<Spooled>
  books: ReplayBooks
  tick: (pass: 'diagnose', verdicts: number) => void
}
type Decided = { kept: Verdict[]; all: Sorter<Verdict>; tally: Tally; cited: Set<string> }

/** Runs the sorted events through one diagnosis per realm. */
async function decideAll({ options, pack, sorter, books, tick }: Deciding, dir: string): Promise<Decided> {
  const all = createSorter<Verdict>({
    dir,
    compare: byTime,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Verdict,
    maxItems: 20_000,
    maxBytes: BUFFER_BYTES,
  })
  const realms = new Map<string, ReturnType<typeof createDiagnosis>>()
  const tally = createTally()
  const cited = new Set<string>()
  const kept: Verdict[] = []
  const take = async (decisions: readonly { verdict: Verdict; cited: readonly string[] }[]) => {
    for (const { verdict, cited: ids } of decisions) {
      const at = Date.parse(verdict['@timestamp'])
      if ((options.from !== undefined && at < options.from) || (options.to !== undefined && at >= options.to)) continue
      count(tally, verdict)
      for (const id of ids) cited.add(id)
      if (kept.length < MAX_VERDICTS_KEPT) kept.push(verdict)
      await all.add(verdict)
      if (tally.count % 100 === 0) tick('diagnose', tally.count)
    }
  }
  let previous: Spooled | undefined
  for await (const e of sorter.sorted()) {
    if (previous && previous.id === e.id && previous.at === e.at) {
      if (e.n === 0) books.duplicate(e.file)
      continue
    }
    previous = e
    const diagnosis = realms.get(e.realm) ?? createDiagnosis(pack, e.realm)
    realms.set(e.realm, diagnosis)
    await take(diagnosis.step({ at: e.at, id: e.id, origin: e.origin, event: e.event, signals: e.signals }))
  }
  for (const [, diagnosis] of [...realms].sort(([a], [b]) => (a < b ? -1 : 1))) await take(diagnosis.end())
  kept.sort(byTime)
  return { kept, all, tally, cited }
}

const byTime = (a: Verdict, b: Verdict): number =>
  a['@timestamp'] < b['@timestamp']
    ? -1
    : a['@timestamp'] > b['@timestamp']
      ? 1
      : a.event.id < b.event.id
        ? -1
        : a.event.id > b.event.id
          ? 1
          : 0

type Writing = {
  options: ReplayOptions
  sink: FolderSink | undefined
  sorter: Sorter<Spooled>
  dead: Sorter<{ key: string; text: string }>
  files: readonly LogFile[]
  result: Decided
  entries: ReadonlyMap<string, OriginEntry>
  entryFor: (origin: string) => OriginEntry
}

/** Verdicts, the events they cite (or all), where those stand, dead letters, and what was assumed of origins. */
async function writeAll({
  options,
  sink,
  sorter,
  dead,
  files,
  result,
  entries,
  entryFor,
}: Writing): Promise<Map<string, string>> {
  const places = new Map<string, string>()
  const out = sink && {
    verdicts: sink.file('verdicts.ndjson'),
    events: sink.file('events.ndjson'),
    places: sink.file('places.ndjson'),
    dead: sink.file('dead-letters.ndjson'),
    origins: sink.file('origins.yml'),
  }
  for await (const verdict of result.all.sorted()) await out?.verdicts.write(JSON.stringify(verdict))
  await result.all.close()
  let last = ''
  for await (const e of sorter.sorted()) {
    if (e.id === last) continue
    last = e.id
    const isCited = result.cited.has(e.id)
    if (!isCited && !options.allEvents) continue
    const path = files[e.file]?.path ?? '-'
    if (isCited && places.size < MAX_PLACES_KEPT) places.set(e.id, `${path}:${e.line}`)
    if (!out) continue
    await out.events.write(JSON.stringify(nest({ ...e.event, 'whytimeout.signal.id': [...e.signals] })))
    await out.places.write(JSON.stringify({ event_id: e.id, file: path, line: e.line }))
  }
  for await (const letter of dead.sorted()) await out?.dead.write(letter.text)
  await out?.origins.write(formatOrigins(new Map([...entries.keys()].map((o) => [o, entryFor(o)]))).trimEnd())
  return places
}
