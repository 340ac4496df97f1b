import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { OriginEntry } from '../../schemas/origin.js'
import { WhytimeoutError } from '../errors.js'
import { createCoincidences } from '../init/coincide.js'
import { isPrivate } from '../init/private.js'
import { type DraftRow, draftRows } from '../init/rows.js'
import { createSurvey, type Survey } from '../init/survey.js'
import { FORMATS } from '../parse/formats/index.js'
import { type Assumption, createInference } from '../parse/infer.js'
import type { Inventory } from '../parse/inventory.js'
import { type Beside, look } from '../parse/look.js'
import { type Outcome, parseRecord, type RecordContext } from '../parse/record.js'
import { type LogFile, listFiles } from '../sources/files.js'
import { withBundles } from '../sources/listing.js'
import { spoolPipe } from '../sources/stdin.js'
import { eachRecord, type InputOptions, readInventory, readOrigins } from './inputs.js'
import type { ReplayProgress } from './replay.js'

export type InitOptions = InputOptions & {
  readonly paths: readonly string[]
  /** Logs that are no files on disk. */
  readonly logs: readonly LogFile[]
  /** How much of each file is looked at, in characters. */
  readonly sample: number
  /** Names for sites, by the name they are found under. */
  readonly siteNames: ReadonlyMap<string, string>
  /** Epoch ms. */
  readonly now: number
  readonly stdin?: Readable | undefined
}

/** What a look at logs found, and what follows from it for each origin. */
export type Explored = {
  readonly survey: Survey
  readonly entries: ReadonlyMap<string, OriginEntry>
  readonly assumed: readonly Assumption[]
  readonly isGiven: (origin: string, key: keyof OriginEntry) => boolean
  /** Rows for an inventory; undefined where there is one already. */
  readonly rows: readonly DraftRow[] | undefined
  /** Files of which only the begin was read. */
  readonly cut: readonly string[]
  /** The inventory that was there. */
  readonly inventory: string | undefined
  readonly origins: string | undefined
}

/**
 * Looks at logs that nobody has described yet. Three passes over the same sample: who is there and what zones their times are in; which address
 * is whose; and, with the inventory that this gives, what origins are.
 * @param rowsAsInventory  the drafted rows as an inventory
 */
export async function explore(
  options: InitOptions,
  rowsAsInventory: (survey: Survey, rows: readonly DraftRow[]) => Inventory,
  onProgress: ReplayProgress = () => {},
): Promise<Explored> {
  const work = await mkdtemp(join(tmpdir(), 'whytimeout-'))
  try {
    const listing = options.paths.length === 0 ? { files: [], roots: [] } : await listFiles([...options.paths])
    const spooled = await Promise.all(
      listing.files.map((f) => (f.path === '-' ? spoolPipe(f, options.stdin ?? process.stdin, work) : f)),
    )
    const piped = listing.files.some((f) => f.path === '-') ? await withBundles(spooled) : { files: spooled, roots: [] }
    const files = [...piped.files, ...options.logs]
    const roots = [...listing.roots, ...piped.roots]
    const known = await readInventory(options, roots)
    const given = await readOrigins(options, roots)
    const reader = sampleReader(files, { ...options, inventory: known }, onProgress)

    const survey = createSurvey()
    const first = await inferring(reader, known, given, (outcome) => {
      survey.record(outcome.origin, outcome.kind === 'events' ? outcome.format : undefined)
      if (outcome.kind !== 'events') return
      const { origin, format } = outcome
      for (const { event, wall } of outcome.events) survey.event({ origin, format, event, wall })
    })
    const found = survey.finish()
    const isGiven = (origin: string, key: keyof OriginEntry) => given(origin)[key] !== undefined
    const shared = {
      survey: found,
      isGiven,
      cut: reader.cut(),
      inventory: options.inventory ?? roots.find((r) => r.inventory !== undefined)?.inventory,
      origins: options.origins ?? roots.find((r) => r.origins !== undefined)?.origins,
    }
    if (known) return { ...shared, ...first, rows: undefined }

    const entryFor = (origin: string): OriginEntry => ({ ...first.entries.get(origin), ...given(origin) })
    const coincidences = createCoincidences()
    await reader.each(entryFor, (outcome) => {
      if (outcome.kind !== 'events') return
      const host = outcome.origin.slice(0, outcome.origin.indexOf('/'))
      for (const { event, at } of outcome.events) {
        const terminal = event['whytimeout.terminal_id']
        if (terminal !== undefined && entryFor(outcome.origin).role === 'terminal' && isAttempt(event['event.action']))
          coincidences.attempt(terminal, at - (event['event.duration'] ?? 0) / 1e6, host)
        else if (terminal === undefined && isOnTheWay(entryFor(outcome.origin).role))
          for (const ip of new Set([event['source.ip'], event['whytimeout.address']]))
            if (ip !== undefined && isPrivate(ip)) coincidences.sighting(ip, at, host)
      }
    })
    const rows = draftRows(found, coincidences.finish(), first.entries).map((row) => named(row, options.siteNames))
    const last = await inferring(reader, rowsAsInventory(found, rows), given, () => {})
    return { ...shared, ...last, rows }
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

const named = (row: DraftRow, names: ReadonlyMap<string, string>): DraftRow =>
  row.site === undefined ? row : { ...row, site: names.get(row.site) ?? row.site, foundSite: row.site }

/** Gateways, servers and name servers see addresses of routers. */
const isOnTheWay = (role: OriginEntry['role']): boolean =>
  role === undefined || role === 'router' || role === 'provider' || role === 'unknown'
const isAttempt = (action: string | undefined): boolean =>
  action !== undefined && /^(?:request|connect|tls|dns|response|idle)-(?!forwarded|answer|config)/.test(action)

type Reader = {
  readonly each: (
    entryFor: RecordContext['entryFor'],
    take: (outcome: Outcome, text: string, beside: Beside) => void,
  ) => Promise<void>
  readonly cut: () => readonly string[]
}

function sampleReader(
  files: readonly LogFile[],
  {
    sample,
    now,
    inventory,
  }: { readonly sample: number; readonly now: number; readonly inventory: Inventory | undefined },
  onProgress: ReplayProgress,
): Reader {
  const bytesTotal = files.reduce((sum, f) => sum + Math.min(f.bytes, sample), 0) * 3
  const cut = new Set<string>()
  let bytesDone = 0
  let records = 0
  const each: Reader['each'] = async (entryFor, take) => {
    const read = files.map(() => 0)
    await eachRecord(
      files,
      async (file, text, _line, index, shippedAt) => {
        read[index] = (read[index] ?? 0) + text.length
        bytesDone += text.length
        const outcome = parseRecord(text, {
          ...{ formats: FORMATS, host: file.host, logName: file.name, entryFor, receivedAtMs: now },
          enrichment: { inventory, siteOfAddress: new Map() },
          shownValues: inventory?.ids ?? new Set<string>(),
          anonymous: true,
          isGlance: true,
        })
        take(outcome, text, { shippedAt, folder: file.host })
        if (++records % 2_000 === 0) onProgress({ pass: 'look', bytesDone, bytesTotal, records, verdicts: 0, sent: 0 })
      },
      () => {},
      (index) => {
        if ((read[index] ?? 0) < sample) return false
        cut.add(files[index]?.path ?? '')
        return true
      },
    )
  }
  return { each, cut: () => [...cut] }
}

async function inferring(
  reader: Reader,
  inventory: Inventory | undefined,
  given: (origin: string) => OriginEntry,
  take: (outcome: Outcome) => void,
): Promise<Pick<Explored, 'entries' | 'assumed'>> {
  const inference = createInference(inventory, given)
  await reader.each(
    (o) => ({ ...given(o), zone: given(o).zone ?? 'UTC' }),
    (outcome, text, beside) => {
      take(outcome)
      look(inference, outcome, text, beside)
    },
  )
  const { entries, assumed } = inference.finish()
  return { entries: new Map([...entries].map(([o, e]) => [o, { ...e, ...given(o) }])), assumed }
}

/**
 * Writes files whole or not at all.
 * @throws WhytimeoutError OUTPUT_EXISTS before anything is written, OUTPUT_UNWRITABLE
 */
export async function writeDrafts(dir: string, texts: ReadonlyMap<string, string>, isForced: boolean): Promise<void> {
  if (!isForced)
    for (const name of texts.keys()) {
      const isThere = await access(join(dir, name)).then(
        () => true,
        () => false,
      )
      if (isThere) throw new WhytimeoutError('OUTPUT_EXISTS', 'the file is there already', join(dir, name))
    }
  try {
    await mkdir(dir, { recursive: true })
    for (const [name, text] of texts) await writeFile(join(dir, `.${name}.part`), text)
    for (const name of texts.keys()) await rename(join(dir, `.${name}.part`), join(dir, name))
  } catch (error) {
    throw new WhytimeoutError('OUTPUT_UNWRITABLE', 'cannot be written', dir, { cause: error })
  }
}
