import { readFile } from 'node:fs/promises'
import type { OriginEntry } from '../../schemas/origin.js'
import { WhytimeoutError } from '../errors.js'
import type { Pack } from '../match/pack.js'
import { decode } from '../parse/decode.js'
import type { Format } from '../parse/format.js'
import { FORMATS } from '../parse/formats/index.js'
import { createFramer } from '../parse/frame.js'
import { type Inventory, parseInventory } from '../parse/inventory.js'
import { globTest, NO_ORIGINS, parseOrigins } from '../parse/origins.js'
import { parseZone } from '../parse/time.js'
import { type Listing, type LogFile, readLines } from '../sources/files.js'
import { loadPack } from './rules.js'

/** What a replay or a stream is told besides its logs. */
export type InputOptions = {
  readonly inventory?: string | undefined
  readonly origins?: string | undefined
  readonly rules?: string | undefined
  /** `TZ` or `HOSTGLOB=TZ`. */
  readonly timezones?: readonly string[]
  readonly generation?: number | undefined
}

export async function packFor(options: InputOptions): Promise<Pack> {
  const pack = await loadPack(options.rules)
  return options.generation === undefined ? pack : { ...pack, generation: options.generation }
}

export function formatFor(id: string | undefined): Format | undefined {
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

export async function readInventory(options: InputOptions, roots: Listing['roots']): Promise<Inventory | undefined> {
  const path = options.inventory ?? roots.find((r) => r.inventory !== undefined)?.inventory
  return path === undefined ? undefined : parseInventory(await readText(path), path)
}

/** What is given about origins: the file, and `--timezone` over it. */
export async function readOrigins(
  options: InputOptions,
  roots: Listing['roots'],
): Promise<(origin: string) => OriginEntry> {
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
export async function eachRecord(
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
