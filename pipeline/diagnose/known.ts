import type { Observation } from './observation.js'
import type { Sighting, SightingKind } from './sighting.js'

const DAY_MS = 86_400_000
/** What was said longer ago stands no more. */
export const KEPT_MS = 14 * DAY_MS
/** A value said again and again is noted anew so often, so that it outlives what was said once. */
const RENEWED_MS = KEPT_MS / 2
/** Of one parameter: the latest so many, so that one who changes its mind all the time takes no more than others. */
const MOST_SAID = 8
/** Parameters of a realm; past that those unheard of the longest go, a tenth at a time. */
const MOST_PARAMETERS = 50_000
const LEFT_SHARE = 0.9

/** What a program says of itself when it starts, and what a host was given or set to. */
export type Parameter = 'version' | 'settings' | 'address' | 'resolver' | 'router'

/** Who spoke of what. */
export type Subject = {
  /** The terminal, or the host where its lines name none. */
  readonly who: string
  readonly parameter: Parameter
  /** Of start-up lines: several programs of one host speak of their own. Empty for what a host has only once. */
  readonly program: string
}
/** A line that gave a parameter another value, or the same again after long. */
export type Said<T extends Observation = Observation> = {
  readonly at: number
  readonly id: string
  readonly value: string
  readonly program: string
  readonly sighting: Sighting
  readonly observation: T
}
/** Told of what is remembered and forgotten. @param gone  when (event time) it made place for others, where it did */
export type KnownListener<T extends Observation> = {
  kept(subject: Subject, said: Said<T>): void
  dropped(subject: Subject, said: Said<T>, gone: number | undefined): void
}
export type KnownLimits = { readonly mostParameters?: number }

type Line<T extends Observation> = { readonly subject: Subject; said: Said<T>[] }
export type Who = { readonly terminal: string | undefined; readonly host: string | undefined }

/** As the window's lists are kept: by terminal where there is one, else by host. */
export const whoOf = ({ terminal, host }: Who): string | undefined =>
  terminal !== undefined ? `terminal/${terminal}` : host !== undefined ? `host/${host}` : undefined

/** What the terminal's own program says, else the one on its host that serves several terminals and names none. */
export const ownOrHosts = <T>({ terminal, host }: Who, said: (who: Who) => T | undefined): T | undefined =>
  said({ terminal, host }) ?? said({ terminal: undefined, host })

/** Of a start-up line: the endpoint and limits that it names. */
export const settingsText = (s: Sighting): string | undefined =>
  s.port === undefined && s.connectLimitMs === undefined && s.responseLimitMs === undefined
    ? undefined
    : [s.domain, s.ip, s.port, s.connectLimitMs, s.responseLimitMs].join(' ')

export const PARAMETERS: Readonly<
  Record<Parameter, { readonly kind: 'start' | 'lease'; readonly value: (s: Sighting) => string | undefined }>
> = {
  version: { kind: 'start', value: (s) => s.version || undefined },
  settings: { kind: 'start', value: settingsText },
  address: { kind: 'lease', value: (s) => s.address },
  resolver: { kind: 'lease', value: (s) => s.nameServerIp },
  router: { kind: 'lease', value: (s) => s.routerIp },
}
const ALL = Object.entries(PARAMETERS) as [Parameter, (typeof PARAMETERS)[Parameter]][]

/** Whose start-up line it is: the program's by name, else by the log it is in. */
export const programOf = (s: Sighting): string => (s.kind === 'start' ? (s.program ?? s.origin) : '')

export const isStatementKind = (kind: SightingKind | undefined): boolean => kind === 'start' || kind === 'lease'
export const isStatement = (s: Sighting): boolean => isStatementKind(s.kind)

/**
 * What sources said last of themselves, longer ago than the window reaches: only the lines that changed a value, so that what stood at a
 * time follows from the lines before it, however often the same was repeated. Lines come in (time, id) order; one that comes late takes its place.
 * Whoever has restored what was known before a time and adds the lines since knows the same as whoever added all.
 */
export class Known<T extends Observation = Observation> {
  /** By when they were last noted. */
  readonly #lines = new Map<string, Line<T>>()
  readonly #bySource = new Map<string, Line<T>[]>()
  readonly #observations = new Map<string, { readonly observation: T; times: number }>()
  readonly #most: number
  readonly #listener: KnownListener<T> | undefined
  #now = Number.NEGATIVE_INFINITY

  constructor({ mostParameters = MOST_PARAMETERS }: KnownLimits = {}, listener?: KnownListener<T>) {
    this.#most = mostParameters
    this.#listener = listener
  }

  /** Parameters of sources that something is known of. */
  get size(): number {
    return this.#lines.size
  }

  add(observation: T, sighting: Sighting): void {
    const who = isStatement(sighting) ? whoOf(sighting) : undefined
    if (who === undefined) return
    for (const [parameter, { kind, value }] of ALL) {
      const text = kind === sighting.kind ? value(sighting) : undefined
      if (text === undefined) continue
      const program = programOf(sighting)
      const { at, id } = observation
      this.#take({ who, parameter, program }, { at, id, value: text, program, sighting, observation })
    }
  }

  /** Takes up what was remembered before, in any order. @returns whether the line still says so */
  restore(subject: Subject, observation: T, sighting: Sighting | undefined): boolean {
    const value = sighting && PARAMETERS[subject.parameter]?.value(sighting)
    if (value === undefined || sighting === undefined) return false
    const { at, id } = observation
    const line = this.#lineOf(subject)
    const place = placeOf(line.said, { at, id })
    if (line.said[place - 1]?.id === id) return true
    line.said.splice(place, 0, { at, id, value, program: subject.program, sighting, observation })
    this.#hold(observation)
    return true
  }

  /** Ends a series of `restore`. */
  restored(): void {
    const lines = [...this.#lines].sort(([, a], [, b]) => lastAt(a) - lastAt(b))
    this.#lines.clear()
    for (const [key, line] of lines) {
      this.#lines.set(key, line)
      for (const old of line.said.splice(0, Math.max(0, line.said.length - MOST_SAID)))
        this.#drop(line.subject, old, undefined)
      this.#now = Math.max(this.#now, lastAt(line))
    }
  }

  /** What a source said of a parameter before a time, in order: the lines that changed it, the last one is what stood. */
  before(source: Who, parameter: Parameter, from: number): readonly Said<T>[] {
    const who = whoOf(source)
    const lines = who === undefined ? undefined : this.#bySource.get(sourceKey(who, parameter))
    if (!lines) return []
    const found = lines.flatMap((l) => l.said.filter((s) => s.at < from && s.at >= from - KEPT_MS))
    return lines.length === 1 ? found : found.sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  }

  /** The last of them. */
  last(source: Who, parameter: Parameter, from: number): Said<T> | undefined {
    const who = whoOf(source)
    let last: Said<T> | undefined
    for (const { said } of (who !== undefined && this.#bySource.get(sourceKey(who, parameter))) || []) {
      const own = said.findLast((s) => s.at < from)
      if (own && own.at >= from - KEPT_MS && (!last || own.at > last.at || (own.at === last.at && own.id > last.id)))
        last = own
    }
    return last
  }

  /** A line that is remembered. */
  get(id: string): T | undefined {
    return this.#observations.get(id)?.observation
  }

  #take(subject: Subject, said: Said<T>): void {
    if (said.at < this.#now - KEPT_MS) return
    const line = this.#lines.get(keyOf(subject))
    const place = line ? placeOf(line.said, said) : 0
    const before = line?.said[place - 1]
    if (before && before.value === said.value && said.at - before.at < RENEWED_MS) return
    const into = this.#lineOf(subject)
    into.said.splice(place, 0, said)
    this.#hold(said.observation)
    this.#listener?.kept(subject, said)
    if (place === into.said.length - 1) {
      this.#lines.delete(keyOf(subject))
      this.#lines.set(keyOf(subject), into)
    }
    for (const old of into.said.splice(0, Math.max(0, into.said.length - MOST_SAID)))
      this.#drop(subject, old, undefined)
    this.#now = Math.max(this.#now, said.at)
    this.#makePlace()
  }

  #makePlace(): void {
    for (const line of this.#lines.values()) {
      if (lastAt(line) >= this.#now - KEPT_MS) break
      this.#remove(line, undefined)
    }
    if (this.#lines.size <= this.#most) return
    const left = Math.floor(this.#most * LEFT_SHARE)
    let removed: number | undefined
    for (const line of this.#lines.values()) {
      // Those last heard of at one time go together, or the order of their ids would decide.
      if (this.#lines.size <= left && lastAt(line) !== removed) break
      removed = lastAt(line)
      this.#remove(line, this.#now)
    }
  }

  #remove(line: Line<T>, gone: number | undefined): void {
    const { who, parameter } = line.subject
    this.#lines.delete(keyOf(line.subject))
    const key = sourceKey(who, parameter)
    const rest = (this.#bySource.get(key) ?? []).filter((l) => l !== line)
    if (rest.length === 0) this.#bySource.delete(key)
    else this.#bySource.set(key, rest)
    for (const said of line.said) this.#drop(line.subject, said, gone)
  }

  #lineOf(subject: Subject): Line<T> {
    const known = this.#lines.get(keyOf(subject))
    if (known) return known
    const made = { subject, said: [] }
    this.#lines.set(keyOf(subject), made)
    const key = sourceKey(subject.who, subject.parameter)
    this.#bySource.set(key, [...(this.#bySource.get(key) ?? []), made])
    return made
  }

  #drop(subject: Subject, said: Said<T>, gone: number | undefined): void {
    this.#release(said.id)
    this.#listener?.dropped(subject, said, gone)
  }

  #hold(observation: T): void {
    const held = this.#observations.get(observation.id)
    if (held) held.times++
    else this.#observations.set(observation.id, { observation, times: 1 })
  }

  #release(id: string): void {
    const held = this.#observations.get(id)
    if (held && --held.times === 0) this.#observations.delete(id)
  }
}

const keyOf = (s: Subject): string => `${s.parameter}\u0000${s.who}\u0000${s.program}`
const sourceKey = (who: string, parameter: Parameter): string => `${parameter}\u0000${who}`
const lastAt = (line: Line<Observation>): number => line.said.at(-1)?.at ?? Number.NEGATIVE_INFINITY

/** Behind everything that is not later. */
function placeOf(said: readonly { at: number; id: string }[], { at, id }: { at: number; id: string }): number {
  let place = said.length
  for (let s = said[place - 1]; s && (s.at > at || (s.at === at && s.id > id)); s = said[place - 1]) place--
  return place
}
