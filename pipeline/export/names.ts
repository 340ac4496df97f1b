import { isIP } from 'node:net'
import type { EventField, LogEvent } from '../../schemas/event.js'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Inventory } from '../parse/inventory.js'
import { lower } from './pseudonyms.js'
import { isWellKnown, TOP_LEVEL } from './well-known.js'

/** Fields of an event whose value is somebody's own name for something. */
const NAMED: readonly EventField[] = [
  'host.name',
  'observer.name',
  'device.id',
  'whytimeout.terminal_id',
  'whytimeout.merchant_id',
  'whytimeout.site_id',
  'whytimeout.gateway',
  'whytimeout.stan',
  'whytimeout.request_id',
]
const DOMAINS: readonly EventField[] = [
  'destination.domain',
  'url.domain',
  'dns.question.name',
  'host.name',
  'observer.name',
]
/** Names that only the log itself uses, and that may be ordinary words elsewhere. */
const OWN: readonly EventField[] = [
  'service.target.name',
  'haproxy.frontend_name',
  'haproxy.backend_name',
  'haproxy.server_name',
]

/** Every name that the input gives away, in lower case. */
export type Names = {
  /** Replaced wherever they stand. */
  readonly everywhere: Set<string>
  /** Replaced in one log, by its number among the files: short or ordinary words. */
  readonly within: Map<number, Set<string>>
  /** Names with dots. */
  readonly domains: Set<string>
}

export const noNames = (): Names => ({ everywhere: new Set(), within: new Map(), domains: new Set() })

/** @param isWord  words that mean something to the rules, in lower case */
export function nameCollector(names: Names, isWord: (word: string) => boolean) {
  const put = (value: string | undefined, file?: number): void => {
    const name = lower((value ?? '').trim()).replace(/\.$/, '')
    if (name === '' || isIP(name) !== 0 || !/[\p{L}\p{N}]/u.test(name) || isWord(name)) return
    if (/^[\w-]{1,63}(?:\.[\w-]{1,63})+$/.test(name) && /[a-z]/.test(name)) domain(name)
    else if (isDistinct(name)) names.everywhere.add(name)
    else if (file !== undefined && /^[a-z]/.test(name)) {
      const own = names.within.get(file) ?? new Set()
      names.within.set(file, own.add(name))
    }
  }
  const domain = (name: string): void => {
    names.domains.add(name)
    const labels = name.split('.')
    // An owner's own word is met in programs' and certificates' names too.
    for (const [i, label] of labels.entries())
      if (
        !(i === labels.length - 1 && TOP_LEVEL.has(label)) &&
        !isWord(label) &&
        !/^_/.test(label) &&
        isDistinct(label)
      )
        names.everywhere.add(label)
  }
  return {
    put,
    event: (event: Readonly<LogEvent>, file: number): void => {
      for (const field of NAMED) put(event[field] as string | undefined, file)
      for (const field of DOMAINS) {
        const name = event[field] as string | undefined
        if (name?.includes('.')) put(name)
      }
      for (const field of OWN) {
        const value = event[field] as string | undefined
        if (value === undefined) continue
        for (const part of value.split(/[/~\s]+/)) {
          const name = lower(part)
          if (name === '' || isWord(name) || !/^[a-z]/.test(name)) continue
          names.within.set(file, (names.within.get(file) ?? new Set()).add(name))
        }
      }
    },
    inventory: ({ rows }: Inventory): void => {
      for (const r of rows) for (const v of [r.terminal_id, r.site, r.isp, r.merchant, r.gateway, r.realm]) put(v)
    },
    origins: (entries: ReadonlyMap<string, OriginEntry>): void => {
      for (const [origin, e] of entries) {
        put(origin.slice(0, origin.indexOf('/')))
        for (const v of [e.terminal, e.site, e.isp, e.realm]) put(v)
      }
    },
  }
}

/** Whether a name is met by chance nowhere else: an ordinary number or a short word may be. */
const isDistinct = (name: string): boolean =>
  /[^\x20-\x7e]/.test(name) ||
  (/[a-z]/.test(name) ? /\d/.test(name) || /[^a-z]/.test(name) || name.length > 3 : /^(?:\d{8,}|0\d{5,})$/.test(name))

/** Words of a rule pack's conditions, and the well-known ones. */
export function wordTest(conditions: readonly string[]): (word: string) => boolean {
  const words = new Set(conditions.flatMap((text) => lower(text).match(/[a-z]{2,}/g) ?? []))
  return (word) => isWellKnown(word) || words.has(word)
}
