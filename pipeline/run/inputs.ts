import { readFile } from 'node:fs/promises'
import type { OriginEntry } from '../../schemas/origin.js'
import { WhytimeoutError } from '../errors.js'
import type { Pack } from '../match/pack.js'
import { decode } from '../parse/decode.js'
import { openEnvelope } from '../parse/envelope.js'
import type { Format } from '../parse/format.js'
import { BLOCKS, FORMATS } from '../parse/formats/index.js'
import { createFramer, FRAME_LIMITS, type Framer, type RawRecord } from '../parse/frame.js'
import { type Inventory, parseInventory } from '../parse/inventory.js'
import { logNameOf } from '../parse/log-name.js'
import { globTest, NO_ORIGINS, parseOrigins } from '../parse/origins.js'
import { parseZone } from '../parse/time.js'
import type { Listing, LogFile } from '../sources/files.js'
import { openFiles, readLines } from '../sources/lines.js'
import { recordLines } from './record-lines.js'
import { loadPack } from './rules.js'

/** What a replay or a stream is told besides its logs. */
export type InputOptions = {
  readonly inventory?: string | undefined
  readonly origins?: string | undefined
  readonly rules?: string | undefined
  /** `TZ` or `HOSTGLOB=TZ`. */
  readonly timezones?: readonly string[]
  /** `ID` for everything, `GLOB=ID` for some; several parted by commas. */
  readonly format?: string | undefined
  readonly generation?: number | undefined
  /** False switches the text classifier off. */
  readonly text?: boolean | undefined
}

export async function packFor(options: InputOptions): Promise<Pack> {
  const pack = await loadPack(options.rules, { text: options.text ?? true })
  return options.generation === undefined ? pack : { ...pack, generation: options.generation }
}

export function formatFor(id: string | undefined): Format | undefined {
  return forcedFormats(id).find((f) => f.glob === undefined)?.format
}

/** `ID` for everything, `GLOB=ID` for the hosts or origins that the glob names; several are parted by commas. */
function forcedFormats(text: string | undefined): { readonly glob: string | undefined; readonly format: Format }[] {
  return (text === undefined ? [] : text.split(',')).map((part) => {
    const at = part.lastIndexOf('=')
    const id = part.slice(at + 1)
    const format = FORMATS.find((f) => f.id === id)
    if (!format) throw new WhytimeoutError('FORMAT_UNKNOWN', `no format "${id}"`, '--format')
    return { glob: at < 0 ? undefined : part.slice(0, at), format }
  })
}

async function readText(path: string, roots: Listing['roots']): Promise<string> {
  const inBundle = roots.map((r) => r.texts?.get(path)).find((text) => text !== undefined)
  if (inBundle !== undefined) return decode(inBundle)
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

export async function readInventory(options: InputOptions, roots: Listing['roots']): Promise<Inventory | undefined> {
  const path = options.inventory ?? roots.find((r) => r.inventory !== undefined)?.inventory
  return path === undefined ? undefined : parseInventory(await readText(path, roots), path)
}

/** What is given about origins: the file, and `--timezone` over it. */
export async function readOrigins(
  options: InputOptions,
  roots: Listing['roots'],
): Promise<(origin: string) => OriginEntry> {
  const path = options.origins ?? roots.find((r) => r.origins !== undefined)?.origins
  const file = path === undefined ? NO_ORIGINS : parseOrigins(await readText(path, roots), path)
  const zones = (options.timezones ?? []).map((text) => {
    const at = text.indexOf('=')
    const [glob, zone] = at < 0 ? ['*', text] : [text.slice(0, at), text.slice(at + 1)]
    if (!parseZone(zone)) throw new WhytimeoutError('TIMEZONE_UNKNOWN', `no time zone "${zone}"`, '--timezone')
    return { test: globTest(glob), zone }
  })
  const forced = forcedFormats(options.format).flatMap(({ glob, format }) =>
    glob === undefined ? [] : [{ test: globTest(glob), format: format.id }],
  )
  return (origin) => {
    const at = origin.indexOf('/')
    const fits = (g: { test: (text: string) => boolean }) =>
      g.test(origin) || g.test(origin.slice(0, at)) || g.test(origin.slice(at + 1))
    const zone = zones.findLast(fits)?.zone
    const format = forced.findLast(fits)?.format
    const entry = file.entryFor(origin)
    return zone === undefined && format === undefined
      ? entry
      : { ...entry, ...(zone !== undefined && { zone }), ...(format !== undefined && { format }) }
  }
}

/**
 * Every record of every file, in order. Lines that a shipper or a container engine wrapped in JSON are taken out of it and framed with those of
 * their own log, as the stream does, so that a wrapped log is read like a plain one.
 * @param take  `shippedAt`: when the envelope around the record says that it was taken in, epoch ms
 * @param isEnough  whether the rest of a file may be left unread
 */
export async function eachRecord(
  files: readonly LogFile[],
  take: (file: LogFile, text: string, line: number, index: number, shippedAt?: number) => Promise<void>,
  onBytes: (n: number) => void,
  isEnough: (index: number) => boolean = () => false,
): Promise<void> {
  for await (const { file, index, text } of openFiles(files, onBytes)) {
    const logs = openLogs(file)
    try {
      for await (const lines of recordLines(text)) {
        if (isEnough(index)) {
          if (file.within === undefined) break
          // What follows it in its bundle is reached by reading on.
          continue
        }
        for (const line of lines)
          for (const [log, record, shippedAt] of logs.push(line.text, line.number))
            await take(log, record.text, record.line, index, shippedAt)
      }
    } finally {
      for (const [log, record, shippedAt] of logs.flush()) await take(log, record.text, record.line, index, shippedAt)
    }
  }
}

type Framed = readonly [log: LogFile, record: RawRecord, shippedAt?: number | undefined]
type Wrapped = { readonly log: LogFile; readonly framer: Framer; at: number | undefined }
/** Past so many wrapped logs in one file the oldest is closed: names that never come back must not fill memory. */
const MAX_LOGS = 10_000

/** The logs that one file holds: its own lines, and those that envelopes in it name. */
function openLogs(file: LogFile) {
  const own = createFramer(BLOCKS, FRAME_LIMITS, file)
  const wrapped = new Map<string, Wrapped>()
  const asOwn = (record: RawRecord): Framed => [file, record]
  const within =
    ({ log, at }: Wrapped) =>
    (record: RawRecord): Framed => [log, record, at]

  const push = (text: string, number: number): readonly Framed[] => {
    const envelope = text.startsWith('{') && !own.isOpen() ? openEnvelope(text) : undefined
    if (!envelope) return own.push(text, number).map(asOwn)
    const host = envelope.host ?? file.host
    const name = envelope.log === undefined ? file.name : logNameOf(envelope.log)
    const key = `${host ?? ''}\u0000${name}`
    const one: Wrapped = wrapped.get(key) ?? {
      log: { ...file, host, name },
      framer: createFramer(BLOCKS),
      at: undefined,
    }
    wrapped.set(key, one)
    // A record is complete with the line after it: it came with the envelope before.
    const done = envelope.text.split('\n').flatMap((line) => one.framer.push(line, number).map(within(one)))
    one.at = envelope.at
    const [oldest] = wrapped
    if (wrapped.size <= MAX_LOGS || oldest === undefined) return done
    wrapped.delete(oldest[0])
    return [...done, ...oldest[1].framer.flush().map(within(oldest[1]))]
  }
  const flush = (): readonly Framed[] => [
    ...own.flush().map(asOwn),
    ...[...wrapped.values()].flatMap((one) => one.framer.flush().map(within(one))),
  ]
  return { push, flush }
}

/** Lines of a file as they stand, in batches: latin1, a character a byte. */
export const linesOf = (file: LogFile): ReturnType<typeof readLines> => readLines(file)
