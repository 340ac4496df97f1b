import type { Condition } from '../match/pack.js'
import { grownIn } from './growth.js'
import { Known } from './known.js'
import type { Observation } from './observation.js'
import { type Sighting, type SightingKind, sightingOf } from './sighting.js'
import { Timeline, Timelines } from './timeline.js'

type Addresses = Map<string, Timelines<{ readonly at: number }>>

/**
 * What a realm remembers: the events and sightings of the last `before + after`, indexed by what verdicts ask for.
 * Events must come in (time, id) order, each id once. Nothing derived from older events is kept but what is `known`, so that a
 * restart that reads `before + after` again ends in the same state.
 */
export class Window {
  readonly #signals = new Timelines<Observation>()
  readonly #snapshots = new Timelines<Observation>()
  /** What a host's own system said, by host. */
  readonly #systems = new Timelines<Observation>()
  readonly #kinds = new Timelines<Sighting>()
  readonly #terminals = new Map<SightingKind, Timelines<Sighting>>()
  readonly #sites = new Map<SightingKind, Timelines<Sighting>>()
  readonly #hosts = new Map<SightingKind, Timelines<Sighting>>()
  readonly #gateways = new Map<SightingKind, Timelines<Sighting>>()
  readonly #upstreams = new Timelines<Sighting>()
  readonly #roles = new Timelines<Sighting>()
  readonly #roleSites = new Timelines<Sighting>()
  readonly #served = new Timelines<Sighting>()
  readonly #whos = new Timelines<Sighting>()
  readonly #stans = new Timelines<Sighting>()
  readonly #answers = new Timelines<Sighting>()
  /** By name, then address: as answered, and as dialled. */
  readonly #answered: Addresses = new Map()
  readonly #dialled: Addresses = new Map()
  readonly #nameServers = new Timeline<Sighting>()
  /** Ids begin with their time by the log: in the order of time, where no clock is off. */
  #isInOrder = true
  /** What sources said of themselves before the window. */
  readonly known: Known

  constructor(known: Known = new Known()) {
    this.known = known
  }

  /** @returns what it says about traffic */
  add(o: Observation): Sighting | undefined {
    if (this.#isInOrder) this.#isInOrder = o.id[TIME_DIGITS] === '-' && o.id.startsWith(o.at.toString(36))
    for (const id of o.signals) this.#signals.add(id, o)
    if (o.event['whytimeout.counters']) this.#snapshots.add(o.origin, o)
    const host = o.event['host.name']
    if (host !== undefined && o.event['event.category']?.includes('host')) this.#systems.add(host, o)
    const s = sightingOf(o)
    if (!s) return undefined
    this.#kinds.add(s.kind, s)
    if (s.terminal) linesOf(this.#terminals, s.kind).add(s.terminal, s)
    linesOf(this.#sites, s.kind).add(s.site ?? NO_SITE, s)
    if (s.host !== undefined) linesOf(this.#hosts, s.kind).add(s.host, s)
    if (s.kind === 'session' && s.upstream !== undefined) this.#upstreams.add(s.upstream, s)
    if (s.role === 'gateway' && s.gateway !== undefined) linesOf(this.#gateways, s.kind).add(s.gateway, s)
    this.#roles.add(s.role, s)
    this.#roleSites.add(roleSite(s.role, s.site), s)
    if (s.outcome === 'ok') this.#served.add(s.kind, s)
    const who = s.terminal ?? s.host
    if (s.kind === 'exchange' && who !== undefined) this.#whos.add(who, s)
    if (s.kind === 'message' && s.stan !== undefined) this.#stans.add(s.stan, s)
    if (s.kind === 'dns') {
      if (s.role === 'dns') this.#nameServers.add(s)
      if (s.name !== undefined && s.answers.length > 0) {
        this.#answers.add(s.name, s)
        for (const ip of s.answers) linesOf(this.#answered, s.name).add(ip, s)
      }
    }
    if (s.kind === 'exchange' && s.domain !== undefined && s.ip !== undefined)
      linesOf(this.#dialled, s.domain).add(s.ip, s)
    return s
  }

  forget(before: number): void {
    for (const lines of [this.#signals, this.#snapshots, this.#systems, this.#kinds, this.#roles, this.#roleSites])
      lines.forget(before)
    for (const lines of [this.#served, this.#whos, this.#stans, this.#answers, this.#upstreams]) lines.forget(before)
    for (const byKind of [this.#terminals, this.#sites, this.#hosts, this.#gateways])
      for (const lines of byKind.values()) lines.forget(before)
    for (const addresses of [this.#answered, this.#dialled])
      for (const [name, lines] of addresses) {
        lines.forget(before)
        if (lines.keys().next().done) addresses.delete(name)
      }
    this.#nameServers.forget(before)
  }

  /** Events that carry a signal. */
  carrying(signal: string): Timeline<Observation> {
    return this.#signals.of(signal) ?? NO_EVENTS
  }

  /** What the system of a host said: its kernel, its counters. */
  ofSystem(host: string): Timeline<Observation> {
    return this.#systems.of(host) ?? NO_EVENTS
  }

  all(kind: SightingKind): Timeline<Sighting> {
    return this.#kinds.of(kind) ?? NO_SIGHTINGS
  }

  ofTerminal(kind: SightingKind, terminal: string): Timeline<Sighting> {
    return this.#terminals.get(kind)?.of(terminal) ?? NO_SIGHTINGS
  }

  /** At a site; where the site is not known, those whose site is not known. */
  ofSite(kind: SightingKind, site: string | undefined): Timeline<Sighting> {
    return this.#sites.get(kind)?.of(site ?? NO_SITE) ?? NO_SIGHTINGS
  }

  ofHost(kind: SightingKind, host: string): Timeline<Sighting> {
    return this.#hosts.get(kind)?.of(host) ?? NO_SIGHTINGS
  }

  /** What a gateway saw, by the name that the terminals' inventory has for it: that need not be its host's. */
  ofGateway(kind: SightingKind, gateway: string): Timeline<Sighting> {
    return this.#gateways.get(kind)?.of(gateway) ?? NO_SIGHTINGS
  }

  /** What gateways pass on to, by the names that they have for it. */
  upstreams(): Iterable<string> {
    return this.#upstreams.keys()
  }

  ofRole(role: string): Timeline<Sighting> {
    return this.#roles.of(role) ?? NO_SIGHTINGS
  }

  /** Of a role at a site; where the site is not known, of those whose site is not known. */
  ofRoleAt(role: string, site: string | undefined): Timeline<Sighting> {
    return this.#roleSites.of(roleSite(role, site)) ?? NO_SIGHTINGS
  }

  /** Those that ended well. */
  served(kind: SightingKind): Timeline<Sighting> {
    return this.#served.of(kind) ?? NO_SIGHTINGS
  }

  /** Exchanges of a terminal, or of a host where lines name none. */
  exchangesOf(who: string): Timeline<Sighting> {
    return this.#whos.of(who) ?? NO_SIGHTINGS
  }

  /** Messages of one transaction at a server. */
  messagesOf(stan: string): Timeline<Sighting> {
    return this.#stans.of(stan) ?? NO_SIGHTINGS
  }

  /** Answers of resolvers that gave addresses for a name. */
  answersFor(name: string): Timeline<Sighting> {
    return this.#answers.of(name) ?? NO_SIGHTINGS
  }

  /** What name servers themselves logged. */
  nameServers(): Timeline<Sighting> {
    return this.#nameServers
  }

  /** Addresses that a name was answered with in a range. */
  addressesAnswered(name: string, from: number, to: number): readonly string[] {
    return addressesIn(this.#answered.get(name), from, to)
  }

  /** Addresses that a name was dialled at in a range. */
  addressesDialled(name: string, from: number, to: number): readonly string[] {
    return addressesIn(this.#dialled.get(name), from, to)
  }

  /** Of what is wanted in a range, enough to hold so many of its lowest ids: where ids are in the order of time, its beginning. */
  earliest(
    line: Timeline<Sighting>,
    [from, to]: readonly [number, number],
    count: number,
    isWanted: (s: Sighting) => boolean = () => true,
  ): readonly Sighting[] {
    const isEnough = (found: readonly Sighting[]) =>
      found.length >= count && new Set(found.map((s) => s.id)).size >= count
    return line.collect(from, to, isWanted, this.#isInOrder ? isEnough : undefined)
  }

  /** The same of a list in order of time. */
  lowest(list: readonly Sighting[], count: number): readonly Sighting[] {
    if (!this.#isInOrder) return list
    const ids = new Set<string>()
    for (const [i, s] of list.entries()) {
      if (ids.size >= count && s.at > (list[i - 1] as Sighting).at) return list.slice(0, i)
      ids.add(s.id)
    }
    return list
  }

  /**
   * Snapshots in [from, to] in which a counter meets the condition; those of `seen` say what is usual, where the condition asks.
   * @param isMine  whether a snapshot belongs to who asks
   * @param port    that was dialled
   */
  grown(
    condition: Condition,
    [from, to]: readonly [number, number],
    seen: readonly [number, number],
    isMine: (o: Observation) => boolean,
    port: number | undefined,
  ): readonly Observation[] {
    const found: Observation[] = []
    for (const origin of this.#snapshots.keys()) {
      const line = this.#snapshots.of(origin)
      const inside = line?.collect(from, to, isMine) ?? []
      if (inside.length === 0) continue
      const outside = () => line?.collect(...seen, (o) => (o.at < from || o.at > to) && isMine(o)) ?? []
      found.push(...grownIn(condition, inside, outside, port))
    }
    return found.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }
}

function linesOf<K, T extends { readonly at: number }>(by: Map<K, Timelines<T>>, key: K): Timelines<T> {
  const known = by.get(key)
  if (known) return known
  const made = new Timelines<T>()
  by.set(key, made)
  return made
}
/** Of a time from 1972 to 2059 in base 36. */
const TIME_DIGITS = 8
function addressesIn(lines: Timelines<{ readonly at: number }> | undefined, from: number, to: number): string[] {
  return [...(lines?.keys() ?? [])].filter((ip) => lines?.of(ip)?.any(from, to))
}
const NO_SITE = '\u0000'
const roleSite = (role: string, site: string = NO_SITE): string => `${role}\u0000${site}`

const NO_SIGHTINGS = new Timeline<Sighting>()
const NO_EVENTS = new Timeline<Observation>()
