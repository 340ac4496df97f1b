import type { LogEvent } from '../../schemas/event.js'
import type { OriginEntry } from '../../schemas/origin.js'
import { sitesByAddress } from './enrich.js'
import { inferAddresses } from './infer-addresses.js'
import { statingBegins } from './infer-begins.js'
import { settleDates, settleDays, settleYears } from './infer-dates.js'
import { inferGateways, WHY_GATEWAY } from './infer-gateways.js'
import { type NumberTrace, namedTraces, numbersIn, traceNames } from './infer-names.js'
import { joined, noteSeen, notesFor, type OriginNotes, withAddressed, withoutOwnName } from './infer-notes.js'
import { isBoxName, isProvidersName } from './infer-owner.js'
import { BOX_FORMATS, inferRoles } from './infer-roles.js'
import { numberedBySequence } from './infer-sequences.js'
import { namesOf, sitesByName, sitesUnlisted } from './infer-sites.js'
import { traceOf, withTerminal } from './infer-traces.js'
import { inferZones } from './infer-zones.js'
import type { Inventory } from './inventory.js'
import { CoincidenceSample } from './sample.js'
import { isZoned, type WallTime } from './time.js'

/**
 * What replay finds out about origins in a first pass over the whole input, because their lines do not say it: zone, clock
 * error, year, character set, role, site, addresses. The answer depends on the set of records only.
 */
export type Inference = {
  readonly observe: (seen: Seen) => void
  /** A line that names the columns of the rows of an origin. */
  readonly observeColumns: (origin: string, line: string) => void
  readonly finish: () => { entries: Map<string, OriginEntry>; assumed: Assumption[] }
  /** What was observed, as plain data: for an inference elsewhere that adds it to its own. */
  readonly findings: () => Findings
  readonly add: (findings: Findings) => void
}
/** What one share of the input says of its origins. */
export type Findings = {
  readonly notes: readonly OriginNotes[]
  readonly traces: readonly Trace[]
  readonly ports: readonly PortTrace[]
  readonly numbers: readonly NumberTrace[]
}
/** One event of the first pass, read as if its time were UTC. */
export type Seen = {
  readonly origin: string
  readonly format: string
  readonly at: number
  readonly wall: WallTime
  readonly event: LogEvent
  readonly charset: string
  /** Moments that a record whose time has no zone states besides: its envelope's time, epochs in its text; epoch ms. */
  readonly moments: readonly number[]
  /** The folder that its log lies in. */
  readonly folder?: string | undefined
}
export type Assumption = {
  readonly origin: string
  readonly what: string
  readonly value: string
  readonly why: string
}

/** An attempt or session of the first pass, for joins between logs. */
export type Trace = {
  readonly at: number
  readonly start: number
  readonly origin: string
  readonly host: string
  readonly terminal?: string
  readonly stan?: string
  readonly site?: string
  readonly sourceIp?: string
  /** Its own line states its zone: it is read by that. */
  readonly isZoned?: true
}

/** A line about one connection: the client's port and the one it dialled, which most boxes on the way leave as they are. */
export type PortTrace = {
  readonly at: number
  readonly origin: string
  readonly host: string
  readonly ports: string
  readonly sourceIp?: string
  /** What the box makes of the source. */
  readonly translatedIp?: string
  readonly isZoned?: true
}

const SAMPLE = 60_000
/** A log that is read by more headers than this is none of rows. */
const MOST_HEADERS = 16

export function createInference(inventory: Inventory | undefined, given: (origin: string) => OriginEntry): Inference {
  const notes = new Map<string, OriginNotes>()
  const traces = new CoincidenceSample<Trace>(SAMPLE)
  const ports = new CoincidenceSample<PortTrace>(SAMPLE)
  const numbers = new CoincidenceSample<NumberTrace>(SAMPLE)

  const notesOf = (origin: string): OriginNotes => {
    const known = notes.get(origin)
    if (known) return known
    const fresh = notesFor(origin)
    notes.set(origin, fresh)
    return fresh
  }
  const observeColumns = (origin: string, line: string): void => {
    notesOf(origin).columns.add(line)
  }
  const observe = (seen: Seen): void => {
    const { origin, event } = seen
    const isFirst = !notes.has(origin)
    const n = notesOf(origin)
    noteSeen(n, seen, isFirst, inventory)
    const trace = traceOf(seen, n.host, inventory)
    if (trace) traces.add(trace)
    noteNumbers(seen, n.host)
    const from = event['source.port']
    const to = event['destination.port']
    if (from !== undefined && to !== undefined && from !== to)
      ports.add({
        ...{ at: seen.at, origin, host: n.host, ports: `${from}>${to}` },
        ...(event['source.ip'] !== undefined && { sourceIp: event['source.ip'] }),
        ...(event['source.nat.ip'] !== undefined && { translatedIp: event['source.nat.ip'] }),
        ...(isZoned(seen.wall) && { isZoned: true as const }),
      })
  }

  /** What boxes on the way number is theirs. */
  const noteNumbers = (seen: Seen, host: string): void => {
    const { event, at, origin } = seen
    if (event['whytimeout.stan'] !== undefined || event['observer.type'] !== undefined) return
    const start = at - (event['event.duration'] ?? 0) / 1e6
    for (const number of numbersIn(event['event.original'] ?? event.message ?? ''))
      numbers.add({
        ...withTerminal(
          event,
          { at, start, origin, host, ...(isZoned(seen.wall) && { isZoned: true as const }) },
          inventory,
        ),
        ...number,
      })
  }

  const isDayFirst = (origin: string): boolean | undefined => given(origin).day_first
  const finish = () => {
    const list = [...notes.values()]
      .map((n) => withoutOwnName(withAddressed(n, inventory)))
      .sort((a, b) => (a.origin < b.origin ? -1 : 1))
    const assumed: Assumption[] = []
    const entries = new Map<string, OriginEntry>()
    const put = (origin: string, part: OriginEntry, what?: keyof OriginEntry, why?: string) => {
      const known = given(origin)
      const fresh = Object.fromEntries(
        Object.entries(part).filter(([k, v]) => v !== undefined && known[k as keyof OriginEntry] === undefined),
      )
      entries.set(origin, { ...entries.get(origin), ...fresh })
      if (what && why && Object.hasOwn(fresh, what)) assumed.push({ origin, what, value: String(fresh[what]), why })
    }
    const names = traceNames(numbers.items(), traces.items())
    for (const [origin, name] of names) put(origin, { trace: name }, 'trace', WHY_TRACE)
    const all = [...traces.items(), ...namedTraces(numbers.items(), names)]
    const roles = withSites(inferRoles(list, inventory, all), inventory, list)
    const known = named(all, roles)
    const begins = statingBegins(known, (host) => roles.get(host)?.role ?? 'unknown')
    for (const origin of begins) put(origin, { states_begin: true }, 'states_begin', WHY_BEGIN)
    const requests = known.map((t) => (begins.has(t.origin) ? { ...t, at: 2 * t.at - t.start, start: t.at } : t))
    const sites = sitesByName(namesOf(list), roles)
    const traders = new Set(list.flatMap((n) => (n.trades ? [n.host] : [])))
    const isBox = (n: OriginNotes) =>
      BOX_FORMATS.some((f) => n.formats.has(f)) || (isBoxName(n.host) && !traders.has(n.host))
    const boxes = new Set(list.filter(isBox).map((n) => n.host))
    for (const n of list) {
      const role = given(n.origin).role ?? roles.get(n.host)?.role
      const site = roles.get(n.host)?.site
      put(n.origin, {
        ...(role && { role }),
        ...(role !== 'gateway' && role !== 'server' && site !== undefined && { site }),
        ...(charsetOf(n) && { charset: charsetOf(n) }),
      })
      const likely = role === undefined || role === 'router' ? sites.get(n.host) : undefined
      const [told] = n.sites
      if (role === undefined && site === undefined && likely === undefined && n.sites.size === 1)
        put(n.origin, { site: told }, 'site', 'the only one that its lines name')
      if (site === undefined && likely !== undefined) {
        put(n.origin, { site: likely }, 'site', "its name has the part that the names of this site's terminals share")
        // A box that bears a site's name and writes what switches, routers and firewalls write is the site's own.
        if (role === undefined && boxes.has(n.host))
          put(
            n.origin,
            { role: 'router' },
            'role',
            "it writes a network box's log, or is named as one, and bears the site's name",
          )
      }
      if (role !== 'terminal') continue
      const { address, terminal, by } = roles.get(n.host) ?? {}
      const leased = new Set(list.flatMap((o) => (o.host === n.host ? [...o.leased] : [])))
      if (address !== undefined) put(n.origin, { addresses: [address] })
      else if (!inventory && leased.size > 0) put(n.origin, { addresses: [...leased].sort() })
      const [named] = n.terminals
      if (terminal === undefined && named !== undefined && n.terminals.size === 1)
        put(n.origin, { terminal: named }, 'terminal', WHY_TERMINAL.own)
      if (terminal === undefined) continue
      put(n.origin, { terminal }, 'terminal', WHY_TERMINAL[by ?? 'own'])
    }
    for (const n of bystanders(list, roles, sites, boxes, traders, inventory))
      put(
        n.origin,
        { bystander: true },
        'bystander',
        'it names no sale, no terminal and nobody whom it calls, as logs of terminals do',
      )
    for (const n of list)
      if (n.columns.size > 0) put(n.origin, { columns: [...n.columns].sort().slice(0, MOST_HEADERS) })
    for (const { origin, why } of settleDates(list, [...requests, ...ports.items()], isDayFirst))
      put(origin, { day_first: true }, 'day_first', why)
    settleYears(list, [...requests, ...ports.items()])
    settleDays(list, [...requests, ...ports.items()])
    const roleOf = (origin: string) => roles.get(origin.slice(0, origin.indexOf('/')))?.role ?? 'unknown'
    const numbered = numberedBySequence(requests, roleOf)
    const zones = inferZones(list, { requests: numbered, ports: ports.items() }, (origin) => given(origin), roleOf)
    for (const z of zones) {
      put(z.origin, { ...(z.zone !== undefined && { zone: z.zone }) }, 'zone', z.why)
      if (z.skewMs !== undefined) put(z.origin, { skew_ms: z.skewMs }, 'skew_ms', z.why)
      if (z.until !== undefined)
        put(
          z.origin,
          { until: new Date(z.until).toISOString() },
          'until',
          'no year or date in the lines; the newest dated line of the input',
        )
    }
    const shift = (t: Trace | PortTrace) => {
      const zone = zones.find((z) => z.origin === t.origin)
      return (t.isZoned ? zone?.skewMs : zone?.shiftMs) ?? 0
    }
    const placed = requests.map((t) => ({ ...t, at: t.at - shift(t), start: t.start - shift(t) }))
    const passing = ports.items().map((t) => ({ ...t, at: t.at - shift(t) }))
    for (const [origin, addresses, why] of inferAddresses(list, { requests: placed, ports: passing }, roles, inventory))
      put(origin, { addresses }, 'addresses', why)
    const siteOfAddress = sitesByAddress([...entries].map(([origin, e]) => ({ ...e, ...given(origin) })))
    const gateways = inferGateways(list, placed, roles, inventory, (ip) => siteOfAddress.get(ip))
    for (const n of list) {
      const names = gateways.get(n.host)
      if (names) put(n.origin, { gateways: names }, 'gateways', WHY_GATEWAY)
    }
    return { entries, assumed: assumed.sort((a, b) => (a.origin + a.what < b.origin + b.what ? -1 : 1)) }
  }
  const findings = (): Findings => ({
    notes: [...notes.values()],
    traces: traces.items(),
    ports: ports.items(),
    numbers: numbers.items(),
  })
  const add = (found: Findings): void => {
    for (const n of found.notes) {
      const known = notes.get(n.origin)
      notes.set(n.origin, known ? joined(known, n) : n)
    }
    for (const trace of found.traces) traces.add(trace)
    for (const trace of found.ports) ports.add(trace)
    for (const number of found.numbers) numbers.add(number)
  }
  return { observe, observeColumns, finish, findings, add }
}

export const WHY_BEGIN = 'requests that took long began at that time in the logs of terminals'
export const WHY_TRACE = 'the numbers behind it stand in the logs of other hosts at the same times'
export const WHY_TERMINAL = {
  own: 'the only one that the logs of this host name as their own',
  requests: 'the one that others name with the trace numbers of this host',
  name: 'the one that the name of this host leaves, as others are named',
} as const

/** Where no inventory says the sites, the names of the hosts may. */
function withSites(
  roles: ReturnType<typeof inferRoles>,
  inventory: Inventory | undefined,
  list: readonly OriginNotes[],
): ReturnType<typeof inferRoles> {
  if (inventory?.rows.some((r) => r.site !== '')) return roles
  const sites = sitesUnlisted(namesOf(list), roles)
  return new Map(
    [...roles].map(([host, r]) => {
      const site = r.site ?? sites.get(host)
      return [host, site === undefined ? r : { ...r, site }]
    }),
  )
}

/** What a host asked for is its terminal's, where its lines do not say so. */
const named = (traces: readonly Trace[], roles: ReturnType<typeof inferRoles>): readonly Trace[] =>
  traces.map((t) => {
    const { terminal, site } = roles.get(t.host) ?? {}
    return t.terminal !== undefined || terminal === undefined
      ? t
      : { ...t, terminal, ...(site !== undefined && { site }) }
  })

/**
 * Logs of hosts that are nothing in particular: of those that never speak of a sale where terminals' do, and, where all terminals are known, all
 * others (hypervisors, backup and office machines). What boxes write may stand on the way.
 */
function bystanders(
  list: readonly OriginNotes[],
  roles: ReturnType<typeof inferRoles>,
  named: ReadonlyMap<string, string>,
  boxes: ReadonlySet<string>,
  traders: ReadonlySet<string>,
  inventory: Inventory | undefined,
): OriginNotes[] {
  const seen = new Set([...roles.values()].map((r) => r.terminal))
  if (!inventory || !inventory.rows.some((r) => seen.has(r.terminal_id))) return []
  const isComplete = inventory.rows.every((r) => seen.has(r.terminal_id))
  return list.filter(
    (n) =>
      !roles.has(n.host) &&
      !boxes.has(n.host) &&
      (!traders.has(n.host) || (isComplete && !named.has(n.host) && !isProvidersName(n.host))),
  )
}

const charsetOf = (n: OriginNotes): OriginEntry['charset'] => {
  // A Japanese line without kana passes for Chinese.
  for (const set of ['shift_jis', 'euc-jp'] as const) if (n.charsets.has(set)) return set
  const [only] = n.charsets
  return n.charsets.size === 1 && (only === 'gb18030' || only === 'latin1') ? only : undefined
}
