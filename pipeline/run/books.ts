import type { LogEvent } from '../../schemas/event.js'
import type { Books, Summary } from '../../schemas/summary.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Action, Phase, VerdictCause } from '../../schemas/vocabulary.js'
import type { Assumption } from '../parse/infer.js'
import type { LogFile } from '../sources/files.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

export type Counts = {
  readonly books: readonly Books[]
  readonly origins: readonly ReadonlySet<string>[]
  /** By file, records by the format that read them. */
  readonly formats: readonly ReadonlyMap<string, number>[]
  readonly others: ReadonlyMap<Action, number>
  readonly unread: ReadonlyMap<string, number>
  /** Events by the ids of the rules' conditions that hold. */
  readonly signs: ReadonlyMap<string, number>
}
const raise = <K>(map: Map<K, number>, key: K, n = 1): Map<K, number> => map.set(key, (map.get(key) ?? 0) + n)

/** What became of every record, in all and by file; files may be added to the list meanwhile. `read = events + filtered + duplicates + dead_lettered`, always. */
export function createBooks(files: readonly LogFile[]) {
  const fresh = (): Mutable<Books> => ({ read: 0, events: 0, filtered: 0, duplicates: 0, dead_lettered: 0 })
  const books = files.map(fresh)
  const origins = files.map(() => new Set<string>())
  const formats = files.map(() => new Map<string, number>())
  const others = new Map<Action, number>()
  const unread = new Map<string, number>()
  const signs = new Map<string, number>()
  const at = (file: number): Mutable<Books> => {
    books[file] ??= fresh()
    return books[file]
  }
  const formatsOf = (file: number): Map<string, number> => {
    formats[file] ??= new Map()
    return formats[file]
  }
  return {
    read: (file: number, origin?: string) => {
      at(file).read++
      if (origin === undefined) return
      origins[file] ??= new Set()
      origins[file].add(origin)
    },
    event: (file: number) => at(file).events++,
    filtered: (file: number) => at(file).filtered++,
    dead: (file: number, code: string) => {
      at(file).dead_lettered++
      raise(unread, code)
    },
    /** A record counted as an event turned out to be a repeat. */
    duplicate: (file: number) => {
      at(file).events--
      at(file).duplicates++
    },
    format: (file: number, id: string) => raise(formatsOf(file), id),
    signals: (ids: readonly string[]) => {
      for (const id of ids) raise(signs, id)
    },
    /** All that was counted, as plain data: for books elsewhere that add it to their own. */
    counts: (): Counts => ({ books, origins, formats, others, unread, signs }),
    add: (counts: Counts) => {
      for (const [file, part] of counts.books.entries())
        for (const key of Object.keys(part) as (keyof Books)[]) at(file)[key] += part[key]
      for (const [file, found] of counts.origins.entries())
        origins[file] = new Set([...(origins[file] ?? []), ...found])
      for (const [file, found] of counts.formats.entries()) for (const [id, n] of found) raise(formatsOf(file), id, n)
      for (const [action, n] of counts.others) raise(others, action, n)
      for (const [code, n] of counts.unread) raise(unread, code, n)
      for (const [id, n] of counts.signs) raise(signs, id, n)
    },
    /** Failed attempts that ran into no limit: counted, never diagnosed. */
    notTimeout: (event: Readonly<LogEvent>) => {
      const action = event['event.action']
      if (action !== undefined && event['event.outcome'] === 'failure' && NOT_TIMEOUTS.has(action))
        raise(others, action)
    },
    summary: ({
      verdicts,
      assumed,
      evidence,
      digest,
      durationSecs,
    }: {
      verdicts: Tally
      assumed: readonly Assumption[]
      /** Lines by the mechanism that they speak for most. */
      evidence: ReadonlyMap<string, number>
      digest: string
      durationSecs: number
    }): Summary => {
      const total = books.reduce(
        (sum, b) => ({
          read: sum.read + b.read,
          events: sum.events + b.events,
          filtered: sum.filtered + b.filtered,
          duplicates: sum.duplicates + b.duplicates,
          dead_lettered: sum.dead_lettered + b.dead_lettered,
        }),
        { read: 0, events: 0, filtered: 0, duplicates: 0, dead_lettered: 0 },
      )
      const looked = total.read - total.filtered
      const byFormat = new Map<string, number>()
      for (const found of formats) for (const [id, n] of found ?? []) raise(byFormat, id, n)
      return {
        books: total,
        files: files.map((f, i) => ({
          path: f.path,
          bytes: f.bytes,
          origins: [...(origins[i] ?? [])].sort(),
          books: at(i),
          formats: sorted(formatsOf(i)),
          generic_share: genericShare(formatsOf(i)),
        })),
        formats: sorted(byFormat),
        generic_share: genericShare(byFormat),
        timeouts: verdicts.count,
        by_cause: sorted(verdicts.causes),
        by_phase: sorted(verdicts.phases),
        by_site: sorted(verdicts.sites),
        not_timeouts: sorted(others),
        unread: sorted(unread),
        evidence: sorted(evidence),
        assumed: [...assumed],
        unparsed_share: looked === 0 ? 0 : Math.round((total.dead_lettered / looked) * 1e6) / 1e6,
        first: verdicts.first ?? null,
        last: verdicts.last ?? null,
        duration_secs: durationSecs,
        rules_digest: digest,
      }
    },
  }
}
export type ReplayBooks = ReturnType<typeof createBooks>

/** Formats that know no layout: what they read, no reader of its own software did. */
const GENERIC = ['access-log', 'application', 'fallback']
function genericShare(formats: ReadonlyMap<string, number>): number {
  const all = [...formats.values()].reduce((sum, n) => sum + n, 0)
  const generic = GENERIC.reduce((sum, id) => sum + (formats.get(id) ?? 0), 0)
  return all === 0 ? 0 : Math.round((generic / all) * 1e6) / 1e6
}

const NOT_TIMEOUTS: ReadonlySet<Action> = new Set<Action>([
  'connection-refused',
  'connection-reset',
  'connection-closed',
  'host-unreachable',
  'network-unreachable',
  'tls-failed',
  'dns-failed',
  'request-failed',
  'request-cancelled',
  'read-idle',
  'no-server-available',
])

const sorted = <K extends string>(map: ReadonlyMap<K, number>): Record<K, number> =>
  Object.fromEntries([...map].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))) as Record<K, number>

/** Counts over all verdicts, kept while they stream by. */
export type Tally = {
  count: number
  readonly causes: Map<VerdictCause, number>
  readonly phases: Map<Phase, number>
  readonly sites: Map<string, number>
  first: string | undefined
  last: string | undefined
}
export const createTally = (): Tally => ({
  count: 0,
  causes: new Map(),
  phases: new Map(),
  sites: new Map(),
  first: undefined,
  last: undefined,
})

export function count(tally: Tally, v: Verdict): void {
  tally.count++
  raise(tally.causes, v.whytimeout.verdict.cause)
  raise(tally.phases, v.whytimeout.episode.phase)
  raise(tally.sites, v.whytimeout.site_id ?? 'unknown')
  const at = v.event.start
  if (tally.first === undefined || at < tally.first) tally.first = at
  if (tally.last === undefined || at > tally.last) tally.last = at
}
