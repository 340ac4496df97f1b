import type { LogEvent } from '../../schemas/event.js'
import type { WallTime } from '../parse/time.js'
import { isPrivate } from './private.js'
import { ranked, type Votes, vote } from './votes.js'

/** What a terminal's lines, and lines about it, say of it. */
export type TerminalFound = {
  readonly id: string
  /** Addresses that it comes from, by the host whose log says so. */
  readonly sources: Map<string, Votes>
  readonly macs: Votes
  readonly merchants: Votes
  /** Hosts whose logs name it. */
  readonly hosts: Votes
}
/** An address of a network behind a router, as that router's lines show it. */
export type NeighbourFound = { readonly ip: string; readonly macs: Votes; readonly hosts: Votes }
export type OriginFound = {
  readonly origin: string
  readonly host: string
  readonly formats: Votes
  records: number
  unread: number
  /** Its times name no zone. */
  isZoneless: boolean
  /** Its times have no year, or no date. */
  isYearless: boolean
}
export type Survey = {
  readonly records: number
  readonly unread: number
  /** Records by format, the most frequent first. */
  readonly formats: readonly [string, number][]
  /** By name. */
  readonly origins: readonly OriginFound[]
  /** By id. */
  readonly terminals: readonly TerminalFound[]
  readonly neighbours: readonly NeighbourFound[]
  /** `host:port` that attempts went to, with how many lines say so, the most frequent first. */
  readonly endpoints: readonly [string, number][]
  /** Terminals past the limit, which are not listed. */
  readonly terminalsLeftOut: number
}
export type SeenEvent = {
  readonly origin: string
  readonly format: string
  readonly wall: WallTime
  readonly event: LogEvent
}

const MAX_HOSTS = 16
const MAX_TERMINALS = 50_000
const MAX_NEIGHBOURS = 50_000
const MAX_ENDPOINTS = 10_000
/** What an id or a name looks like. Others are left out: the draft is opened in spreadsheets, and a hidden card number is no id. */
const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._:-]{0,63}$/u

const named = (text: string | undefined): string | undefined =>
  text !== undefined && NAME.test(text) ? text : undefined

/** Collects what records show of a network that nobody has described yet. Facts only: what follows from them is the drafts' matter. */
export function createSurvey() {
  let records = 0
  let unread = 0
  let terminalsLeftOut = 0
  const formats: Votes = new Map()
  const origins = new Map<string, OriginFound>()
  const terminals = new Map<string, TerminalFound>()
  const leftOut = new Set<string>()
  const neighbours = new Map<string, NeighbourFound>()
  const endpoints: Votes = new Map()

  const originOf = (origin: string): OriginFound => {
    const known = origins.get(origin)
    if (known) return known
    const fresh: OriginFound = {
      ...{ origin, host: origin.slice(0, origin.indexOf('/')), formats: new Map() },
      ...{ records: 0, unread: 0, isZoneless: false, isYearless: false },
    }
    origins.set(origin, fresh)
    return fresh
  }
  const terminalOf = (id: string): TerminalFound | undefined => {
    const known = terminals.get(id)
    if (known) return known
    if (terminals.size >= MAX_TERMINALS) {
      if (leftOut.size < MAX_TERMINALS && !leftOut.has(id)) terminalsLeftOut = leftOut.add(id).size
      return undefined
    }
    const fresh: TerminalFound = {
      ...{ id, sources: new Map(), macs: new Map(), merchants: new Map(), hosts: new Map() },
    }
    terminals.set(id, fresh)
    return fresh
  }
  const neighbour = (ip: string, mac: string | undefined, host: string): void => {
    if (!neighbours.has(ip) && neighbours.size >= MAX_NEIGHBOURS) return
    const n = neighbours.get(ip) ?? { ip, macs: new Map(), hosts: new Map() }
    neighbours.set(ip, n)
    vote(n.macs, mac)
    vote(n.hosts, host)
  }
  const terminal = (id: string, event: LogEvent, host: string): void => {
    const t = terminalOf(id)
    if (!t) return
    vote(t.hosts, host)
    const seen = t.sources.get(host) ?? new Map()
    if (seen.size > 0 || t.sources.size < MAX_HOSTS) t.sources.set(host, seen)
    vote(seen, event['source.ip'] ?? event['host.ip'])
    vote(t.macs, event['source.mac'] ?? event['host.mac'])
    vote(t.merchants, named(event['whytimeout.merchant_id']))
  }

  return {
    event: ({ origin, format, wall, event }: SeenEvent): void => {
      const o = originOf(origin)
      vote(o.formats, format)
      if (wall.epochMs === undefined) {
        if (wall.offsetMin === undefined) o.isZoneless = true
        if (wall.year === undefined) o.isYearless = true
      }
      const id = named(event['whytimeout.terminal_id'])
      if (id !== undefined) terminal(id, event, o.host)
      else
        for (const ip of new Set([event['source.ip'], event['whytimeout.address']]))
          if (ip !== undefined && isPrivate(ip)) neighbour(ip, event['source.mac'], o.host)
      const called = named(event['destination.domain']) ?? event['destination.ip']
      const port = event['destination.port']
      if (called !== undefined && port !== undefined && isOwnAttempt(event)) {
        const endpoint = called.includes(':') ? `[${called}]:${port}` : `${called}:${port}`
        if (endpoints.has(endpoint) || endpoints.size < MAX_ENDPOINTS)
          endpoints.set(endpoint, (endpoints.get(endpoint) ?? 0) + 1)
      }
    },
    record: (origin: string, format: string | undefined): void => {
      records++
      const o = originOf(origin)
      o.records++
      if (format === undefined) {
        unread++
        o.unread++
      } else formats.set(format, (formats.get(format) ?? 0) + 1)
    },
    finish: (): Survey => ({
      records,
      unread,
      formats: ranked(formats),
      origins: [...origins.values()].sort((a, b) => (a.origin < b.origin ? -1 : 1)),
      terminals: [...terminals.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
      neighbours: [...neighbours.values()].sort((a, b) => (a.ip < b.ip ? -1 : 1)),
      endpoints: ranked(endpoints),
      terminalsLeftOut,
    }),
  }
}

/** A line of a terminal's own attempt, or of one that says whose it is: boxes on the way see every connection. */
const isOwnAttempt = (event: LogEvent): boolean =>
  event['whytimeout.terminal_id'] !== undefined || event['whytimeout.suffered_by'] === 'terminal'
