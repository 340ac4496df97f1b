import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { isIPv4, isIPv6 } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join, relative, sep } from 'node:path'
import type { OriginEntry } from '../../schemas/origin.js'
import { WhytimeoutError } from '../errors.js'
import { addressesApartFrom } from '../export/addresses.js'
import { keyed } from '../export/keyed.js'
import { nameCollector, noNames, wordTest } from '../export/names.js'
import { noticeOf } from '../export/notice.js'
import { createPseudonyms, lower } from '../export/pseudonyms.js'
import { createRewriter, type Replaced } from '../export/rewrite.js'
import { shiftTimes } from '../export/shift.js'
import { type Cells, datedBy, inventoryText, originsText } from '../export/tables.js'
import { FORMATS } from '../parse/formats/index.js'
import { parseOrigins } from '../parse/origins.js'
import { parseRecord } from '../parse/record.js'
import { listFiles } from '../sources/files.js'
import { isArchive, packFolder } from './export-archive.js'
import { conditionTexts, metIn, toReview } from './export-check.js'
import { type Choice, choose, fingerprint, isSeen, readVerdicts, windowOf } from './export-choice.js'
import { copyLines, pathOf, placeBelow, rangeFinder } from './export-lines.js'
import { eachRecord, formatFor, packFor, readInventory } from './inputs.js'
import { type ReplayOptions, type ReplayProgress, replay } from './replay.js'
import { programVersion } from './version.js'

export type ExportOptions = Pick<
  ReplayOptions,
  'paths' | 'inventory' | 'origins' | 'rules' | 'timezones' | 'format' | 'now' | 'generation'
> &
  Choice & {
    /** Folder that is made, or a file where it ends like a .tar.gz. */
    readonly out: string
    readonly key: Uint8Array
    /** How many days the times move; whole ones, so that every time of day stays. */
    readonly shiftDays?: number | undefined
  }
export type ExportResult = {
  readonly files: number
  readonly lines: number
  /** Lines that are no text: they cannot be made anonymous. */
  readonly leftOut: number
  /** How many different values of each kind were replaced, and how often. */
  readonly replaced: Readonly<Record<string, { readonly values: number; readonly times: number }>>
  readonly verdicts: number
  /** Verdicts that the export does not give again as they were. */
  readonly different: readonly string[]
  /** Replaced values that can still be met in the export, because others had to take their place. */
  readonly met: readonly string[]
  /** Words that stayed and may be names, those in the fewest logs first. */
  readonly toReview: readonly string[]
  readonly window: { readonly from: number; readonly to: number } | undefined
}

const DAY_MS = 86_400_000
/** Marks a folder as an export: only what is in its `logs/` is read. */
export const EXPORT_FILE = 'whytimeout-export.json'

/**
 * Writes an incident, a verdict or all of an input with other addresses, names and ids in place of its own, and proves by a replay that the
 * verdicts are the same.
 * @throws WhytimeoutError OUTPUT_UNWRITABLE, VERDICT_NOT_FOUND and whatever a replay throws
 */
export async function exportAnonymised(
  options: ExportOptions,
  onProgress: ReplayProgress = () => {},
): Promise<ExportResult> {
  await (isArchive(options.out) ? fileMustBeNew(options.out) : mustBeNew(options.out))
  const work = await mkdtemp(join(tmpdir(), 'whytimeout-export-'))
  const part = `${options.out}.part`
  const packed = isArchive(options.out) ? `${options.out}.packed` : undefined
  const clear = async () => {
    for (const path of [part, ...(packed === undefined ? [] : [packed])])
      await rm(path, { recursive: true, force: true })
  }
  try {
    await clear()
    await mkdir(dirname(options.out), { recursive: true })
    const result = await exportInto({ part, packed, work }, options, onProgress)
    await rm(options.out, { recursive: true, force: true })
    await rename(packed ?? part, options.out)
    return result
  } finally {
    await rm(work, { recursive: true, force: true })
    await clear()
  }
}

async function fileMustBeNew(path: string): Promise<void> {
  if (await stat(path).catch(() => undefined)) throw new WhytimeoutError('OUTPUT_UNWRITABLE', 'is there already', path)
}

async function mustBeNew(dir: string): Promise<void> {
  const there = await readdir(dir).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return []
    throw new WhytimeoutError('OUTPUT_UNWRITABLE', 'is a file, not a folder', dir, { cause: error })
  })
  if (there.length > 0) throw new WhytimeoutError('OUTPUT_UNWRITABLE', 'is not empty', dir)
}

async function exportInto(
  { part, packed, work }: { readonly part: string; readonly packed: string | undefined; readonly work: string },
  options: ExportOptions,
  onProgress: ReplayProgress,
): Promise<ExportResult> {
  const first = join(work, 'first')
  await replay({ ...options, out: first, store: undefined }, onProgress)
  const pack = await packFor(options)
  const isWord = wordTest(await conditionTexts(options.rules))
  const { chosen, isWhole } = await choose(first, options)
  const window = isWhole ? undefined : windowOf(chosen, options, pack)
  const used = parseOrigins(await readFile(join(first, 'origins.yml'), 'utf8'), 'origins.yml')

  const listing = await listFiles([...options.paths])
  const inventory = await readInventory(options, listing.roots)
  const shown = inventory?.ids ?? new Set<string>()
  const names = noNames()
  const collect = nameCollector(names, isWord)
  if (inventory) collect.inventory(inventory)
  collect.origins(used.entries)
  const taken = new Set<string>()
  const seen4 = new Set<string>()
  const note = (text: string) => {
    seen4.add(text)
    return text
  }
  const take = (text: string) => {
    taken.add(lower(text))
    return text
  }
  const look = createRewriter({
    names: noNames(),
    addresses: { ip4: note, ip6: (t) => t, mac: (t) => t },
    pseudonyms: { of: take, ofHex: take },
    isWord,
    onReplaced: () => {},
    onNamed: (value) => collect.put(value),
  })
  const ranges = rangeFinder()
  const logs = new Set<string>()
  const span = { from: Number.POSITIVE_INFINITY, to: Number.NEGATIVE_INFINITY }
  const base = {
    formats: FORMATS,
    format: formatFor(options.format),
    shownValues: shown,
    receivedAtMs: options.now,
    entryFor: used.entryFor,
    enrichment: { inventory: undefined, siteOfAddress: new Map<string, string>() },
    anonymous: true,
    isGlance: true,
  }
  await eachRecord(
    listing.files,
    async (file, text, line, index) => {
      const outcome = parseRecord(text, { ...base, host: file.host, logName: file.name })
      const log = `${file.host ?? ''}/${file.name}`
      if (outcome.kind === 'dead') {
        ranges.see(index, log, line, isWhole ? true : undefined)
        return
      }
      const isKept = window === undefined || outcome.events.some((e) => isSeen(e, window))
      ranges.see(index, log, line, isKept)
      if (isKept) logs.add(outcome.origin)
      for (const { at } of isKept ? outcome.events : []) {
        span.from = Math.min(span.from, at)
        span.to = Math.max(span.to, at)
      }
      for (const { event } of outcome.events) collect.event(event, index)
      if (isKept) for (const { event } of outcome.events.slice(0, 1)) look(event['event.original'] ?? '', index)
    },
    () => {},
  )

  for (const set of [names.everywhere, ...names.within.values()]) for (const name of set) taken.add(name)
  for (const row of inventory?.rows ?? []) for (const ip of [row.ip, row.wan_ip]) if (ip && isIPv4(ip)) seen4.add(ip)
  const ask = keyed(options.key)
  const addresses = addressesApartFrom(ask, seen4)
  const pseudonyms = createPseudonyms(ask, taken, isWord)
  // In order, so that who comes first does not depend on the order of the input.
  for (const name of [...taken].sort()) pseudonyms.of(name)
  const counts = new Map<Replaced, Map<string, number>>()
  const left = new Map<string, Set<number>>()
  const onReplaced = (kind: Replaced, original: string) => {
    const values = counts.get(kind) ?? new Map<string, number>()
    counts.set(kind, values.set(lower(original), (values.get(lower(original)) ?? 0) + 1))
  }
  let at = 0
  const onLeft = (word: string) => {
    if (left.size < 200_000) left.set(word, (left.get(word) ?? new Set()).add(at))
  }
  const rewrite = createRewriter({ names, addresses, pseudonyms, isWord, onReplaced, onLeft })
  const shift = { days: options.shiftDays ?? 0, ...span }
  const ip = (text: string) => (isIPv6(text) ? addresses.ip6(text) : isIPv4(text) ? addresses.ip4(text) : text)
  const name = (text: string): string => {
    if (text === '' || isWord(lower(text))) return text
    if (isIPv4(text) || isIPv6(text)) return ip(text)
    const other = rewrite(text)
    return other === text ? pseudonyms.of(text) : other
  }
  const cells: Cells = { ip, mac: addresses.mac, name, time: (ms) => ms + shift.days * DAY_MS }

  let lines = 0
  let leftOut = 0
  const found = ranges.found()
  const placed = new Set<string>()
  const written: { readonly path: string; readonly index: number }[] = []
  for (const [index, file] of listing.files.entries()) {
    const range = found.get(index)
    if (!range) continue
    at = index
    const parts = placeBelow(file, listing.roots)
    const to = unique(
      parts.map((p, i) => (i === parts.length - 1 ? rewrite(p) : i === parts.length - 2 ? name(p) : rewrite(p))),
      placed,
    )
    const path = pathOf(join(part, 'logs'), to)
    const done = await copyLines({
      file,
      range,
      to: path,
      entryFor: used.entryFor,
      shown,
      now: options.now,
      rewrite: (text) => shiftTimes(rewrite(text, index), shift),
    })
    lines += done.written
    leftOut += done.leftOut
    written.push({ path, index })
  }
  await mkdir(join(part, 'logs'), { recursive: true })
  if (inventory) await writeFile(join(part, 'inventory.csv'), inventoryText(inventory, cells))
  const originOf = (origin: string): string => {
    const slash = origin.indexOf('/')
    const host = origin.slice(0, slash)
    return `${host === 'unknown' ? host : name(host)}/${rewrite(origin.slice(slash + 1))}`
  }
  const entries = new Map(
    [...new Set([...used.entries.keys(), ...logs])].map((origin): [string, OriginEntry] => [
      origin,
      {
        ...used.entryFor(origin),
        ...(options.format !== undefined && { format: options.format }),
        ...(shift.days !== 0 && datedBy(used.entryFor(origin), span)),
      },
    ]),
  )
  await writeFile(join(part, 'origins.yml'), originsText(entries, originOf, cells))
  const replaced = Object.fromEntries(
    [...counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([kind, values]) => [
        kind,
        { values: values.size, times: [...values.values()].reduce((sum, n) => sum + n, 0) },
      ]),
  )
  const stated = {
    version: programVersion(),
    rules: { generation: pack.generation, digest: pack.digest },
    files: written.length,
    lines,
    replaced,
  }
  await writeFile(join(part, 'README.md'), noticeOf({ files: written.length, lines, leftOut, replaced }))
  await writeFile(join(part, EXPORT_FILE), `${JSON.stringify(stated, null, 2)}\n`)

  if (packed !== undefined) {
    const logs = (await listFiles([part])).files.map((f) => relative(part, f.path).split(sep).join('/'))
    const tables = inventory ? ['inventory.csv', 'origins.yml'] : ['origins.yml']
    const files = ['README.md', EXPORT_FILE, ...tables, ...logs]
    await packFolder({ dir: part, files }, { path: options.out, part: packed }, options.now)
  }
  const again = join(work, 'again')
  await replay(
    { paths: [packed ?? part], rules: options.rules, generation: options.generation, now: options.now, out: again },
    onProgress,
  )
  const fingerprints = new Map<string, number>()
  for (const v of await readVerdicts(again)) {
    const print = fingerprint(v)
    fingerprints.set(print, (fingerprints.get(print) ?? 0) + 1)
  }
  const different: string[] = []
  for (const v of chosen) {
    const print = fingerprint(v, shift.days * DAY_MS)
    const n = fingerprints.get(print) ?? 0
    if (n === 0) different.push(v.event.id)
    fingerprints.set(print, n - 1)
  }
  const originals = new Set([...counts].flatMap(([kind, values]) => (kind === 'secret' ? [] : [...values.keys()])))
  const met = await metIn(written, names, originals, isWord)
  return {
    files: written.length,
    lines,
    leftOut,
    replaced,
    verdicts: chosen.length,
    different,
    met,
    toReview: toReview(left, isWord),
    window,
  }
}

/** Two logs whose places become the same get numbers. */
function unique(parts: readonly string[], taken: Set<string>): readonly string[] {
  for (let n = 1; ; n++) {
    const name = parts.at(-1) as string
    const made = n === 1 ? parts : [...parts.slice(0, -1), name.replace(/(\.[^.]*)?$/, `-${n}$1`)]
    const key = made.join('/')
    if (taken.has(key)) continue
    taken.add(key)
    return made
  }
}
