import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OriginsFile } from '../../schemas/origin.js'
import type { Verdict } from '../../schemas/verdict.js'
import { WhytimeoutError } from '../errors.js'
import { parseOrigins } from '../parse/origins.js'

/** An event as replay writes it: nested, masked. */
export type StoredEvent = {
  readonly '@timestamp': string
  readonly event: { readonly id: string; readonly original?: string }
  readonly host?: { readonly name?: string }
  readonly source?: { readonly ip?: string }
  readonly message?: string
  readonly whytimeout?: Readonly<Record<string, unknown>>
}
export type StoredVerdict = {
  readonly verdict: Verdict
  /** The events it cites, in order of time. */
  readonly events: readonly StoredEvent[]
  /** `file:line` by event id. */
  readonly places: ReadonlyMap<string, string>
}

/**
 * A verdict in a folder that replay wrote, with what it cites.
 * @param id  its id or the first letters of it
 * @throws WhytimeoutError VERDICT_NOT_FOUND
 */
export async function readVerdict(dir: string, id: string): Promise<StoredVerdict> {
  const found = (await readNdjson<Verdict>(join(dir, 'verdicts.ndjson'))).filter((v) => v.event.id.startsWith(id))
  const [verdict, ...others] = found
  if (!verdict || others.length > 0)
    throw new WhytimeoutError(
      'VERDICT_NOT_FOUND',
      verdict
        ? `"${id}" fits ${found.length} verdicts, for instance ${found
            .slice(0, 3)
            .map((v) => v.event.id)
            .join(', ')}`
        : `no verdict "${id}"`,
      dir,
    )
  const cited = new Set(verdict.whytimeout.evidence.event_id)
  const events = (await readNdjson<StoredEvent>(join(dir, 'events.ndjson'))).filter((e) => cited.has(e.event.id))
  const places = await readNdjson<{ event_id: string; file: string; line: number }>(join(dir, 'places.ndjson'))
  return { verdict, events, places: new Map(places.map((p) => [p.event_id, `${p.file}:${p.line}`])) }
}

/** What the replay used of its origins, by name. */
export async function readUsedOrigins(dir: string): Promise<OriginsFile> {
  const path = join(dir, 'origins.yml')
  return Object.fromEntries(parseOrigins(await text(path), path).entries)
}

/** The documents of one file of a replay's results. @throws WhytimeoutError VERDICT_NOT_FOUND */
export async function readNdjson<T>(path: string): Promise<T[]> {
  return (await text(path))
    .split('\n')
    .filter((l) => l !== '')
    .map((l) => JSON.parse(l) as T)
}

const text = (path: string): Promise<string> =>
  readFile(path, 'utf8').catch((error: unknown) => {
    throw new WhytimeoutError('VERDICT_NOT_FOUND', 'no replay results here', path, { cause: error })
  })
