import type { LogEvent } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import { isOfTrade, isTelling, terminalSaid } from './enrich.js'
import type { Seen } from './infer.js'
import { type DatesInEitherOrder, joinedDates, noteDate } from './infer-dates.js'
import { joinedOwners, noteOwner, type OwnerNotes, ownerNotes } from './infer-owner.js'
import { APPLIANCE_FORMATS } from './infer-roles.js'
import { nearestOffset } from './infer-zones.js'
import { hasOtherSite, type Inventory } from './inventory.js'
import { isZoned } from './time.js'

/** What the first pass has seen of an origin. */
export type OriginNotes = {
  readonly origin: string
  readonly host: string
  /** Folders that it lies in, which may be called by another name than its lines have. */
  readonly folders: Set<string>
  readonly formats: Set<string>
  /** Earliest and latest time as if UTC, of times with and without a zone of their own. */
  zoned: [number, number] | undefined
  local: [number, number] | undefined
  /** Times without a year, as if the latest year were theirs. */
  yearless: [number, number] | undefined
  dateless: boolean
  /** Bare times of day, ms since midnight as if UTC. */
  clock: [number, number] | undefined
  /** Times of dates with slashes whose order is open, the month first and the day first. */
  either: DatesInEitherOrder | undefined
  /** Those have a zone of their own. */
  isEitherZoned: boolean
  /** What an order that is not open was. */
  order: 'month' | 'day' | undefined
  readonly terminals: Set<string>
  /** Addresses that the host itself was given. */
  readonly leased: Set<string>
  /** Terminals named by address or hardware address: what a box on their own network sees. */
  readonly neighbours: Set<string>
  /** Terminals that no line names, and that only their addresses tell. */
  readonly addressed: Set<string>
  /** Sites that lines about probes, jobs and transfers name. */
  readonly sites: Set<string>
  forwards: boolean
  /** It speaks of sales, or of where something is dialled. */
  trades: boolean
  readonly owner: OwnerNotes
  accepts: boolean
  readonly charsets: Set<string>
  /** Something in it is Chinese. */
  isChinese: boolean
  /** How far its times are off the moments that its records state besides, ms: votes by the nearest offset of a zone. */
  readonly offsets: Map<number, number>
  /** Offsets that its lines state with their times, ms: how many do. */
  readonly stated: Map<number, number>
  /** Lines that name the columns of its rows. */
  readonly columns: Set<string>
}

const MAX_TERMINALS = 64
const MOST_LEASED = 4
/** Two say that it is of none in particular. */
const MOST_SITES = 2
const TELLS_SITE = /^(?:probe|job|transfer)-/
/** A host's own folder holds its logs alone, and is the only one that does. */
const MOST_FOLDERS = 2
const HAN = /\p{Script=Han}/u

/** Nothing is known of it yet. */
export const notesFor = (origin: string): OriginNotes => ({
  origin,
  host: origin.slice(0, origin.indexOf('/')),
  folders: new Set(),
  formats: new Set(),
  zoned: undefined,
  local: undefined,
  yearless: undefined,
  dateless: false,
  clock: undefined,
  either: undefined,
  isEitherZoned: false,
  order: undefined,
  terminals: new Set(),
  leased: new Set(),
  neighbours: new Set(),
  addressed: new Set(),
  sites: new Set(),
  forwards: false,
  trades: false,
  owner: ownerNotes(),
  accepts: false,
  charsets: new Set(),
  isChinese: false,
  offsets: new Map(),
  stated: new Map(),
  columns: new Set(),
})

/** Adds what one event says of its origin. */
export function noteSeen(n: OriginNotes, seen: Seen, isFirst: boolean, inventory: Inventory | undefined): void {
  const { event, wall } = seen
  const bearer = isFirst && inventory ? terminalOfName(seen.origin, seen.at, inventory) : undefined
  if (bearer !== undefined) n.terminals.add(bearer)
  n.formats.add(seen.format)
  if (seen.folder !== undefined && n.folders.size < MOST_FOLDERS) n.folders.add(seen.folder)
  if (seen.charset !== 'ascii') n.charsets.add(seen.charset)
  if (wall.epochMs === undefined && wall.month === undefined) {
    n.dateless = true
    n.clock = widen(n.clock, seen.at % DAY_MS)
  } else if (wall.epochMs === undefined && wall.year === undefined) n.yearless = widen(n.yearless, seen.at)
  else if (noteDate(n, wall, seen.at)) n.isEitherZoned ||= isZoned(wall)
  else if (isZoned(wall)) n.zoned = widen(n.zoned, seen.at)
  else n.local = widen(n.local, seen.at)
  if (wall.offsetMin !== undefined) vote(n.stated, wall.offsetMin * 60_000)
  noteMoments(n, seen)
  n.isChinese ||= HAN.test(event.message ?? '')
  note(n, event, seen.at, inventory)
}

/** Between the moment of a line and the one its envelope or another part of it states. */
const SAME_LINE_MS = 90_000

const vote = (votes: Map<number, number>, offset: number, count = 1): Map<number, number> =>
  votes.set(offset, (votes.get(offset) ?? 0) + count)
const joinedVotes = (a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): Map<number, number> =>
  [...b].reduce((sum, [offset, count]) => vote(sum, offset, count), new Map(a))

function noteMoments(n: OriginNotes, { at, moments }: Seen): void {
  for (const moment of moments) {
    const offset = nearestOffset(at - moment)
    if (Math.abs(at - moment - offset) <= SAME_LINE_MS) vote(n.offsets, offset)
  }
}

/** What two shares of an input say of one origin. */
export function joined(a: OriginNotes, b: OriginNotes): OriginNotes {
  const range = (x: [number, number] | undefined, y: [number, number] | undefined) =>
    x && y ? widen(widen(x, y[0]), y[1]) : (x ?? y)
  const all = (x: ReadonlySet<string>, y: ReadonlySet<string>) => new Set([...x, ...y])
  return {
    origin: a.origin,
    host: a.host,
    folders: all(a.folders, b.folders),
    formats: all(a.formats, b.formats),
    zoned: range(a.zoned, b.zoned),
    local: range(a.local, b.local),
    yearless: range(a.yearless, b.yearless),
    dateless: a.dateless || b.dateless,
    clock: range(a.clock, b.clock),
    either: joinedDates(a.either, b.either),
    isEitherZoned: a.isEitherZoned || b.isEitherZoned,
    order: a.order ?? b.order,
    terminals: all(a.terminals, b.terminals),
    leased: all(a.leased, b.leased),
    neighbours: all(a.neighbours, b.neighbours),
    isChinese: a.isChinese || b.isChinese,
    offsets: joinedVotes(a.offsets, b.offsets),
    stated: joinedVotes(a.stated, b.stated),
    addressed: all(a.addressed, b.addressed),
    sites: all(a.sites, b.sites),
    forwards: a.forwards || b.forwards,
    trades: a.trades || b.trades,
    accepts: a.accepts || b.accepts,
    owner: joinedOwners(a.owner, b.owner),
    charsets: all(a.charsets, b.charsets),
    columns: all(a.columns, b.columns),
  }
}

const DAY_MS = 86_400_000

const widen = (range: [number, number] | undefined, at: number): [number, number] =>
  range ? [Math.min(range[0], at), Math.max(range[1], at)] : [at, at]

const SEES_ADDRESSES: ReadonlySet<string> = new Set([
  'tcpdump',
  'arpwatch',
  'conntrack',
  'fping',
  'counters',
  'dhcp-server',
])
/** What a box tells of others' sessions. */
const PASSED_ON: ReadonlySet<string> = new Set([
  'session-unanswered',
  'session-refused',
  'session-reset',
  'session-expired',
] satisfies Action[])

/** A packet or session of others, in the sentence of a box that no format reads. */
const isPassing = (event: LogEvent): boolean =>
  /^(?:session-(?:unanswered|expired|ended)|policy-)/.test(event['event.action'] ?? '') &&
  /^(?:application|fallback|logfmt)$/.test(event['event.dataset'] ?? '') &&
  event['source.ip'] !== undefined &&
  event['destination.ip'] !== undefined

/** A log that bears a terminal's id for its name is that terminal's: `TK010701.log`. */
function terminalOfName(origin: string, at: number, inventory: Inventory): string | undefined {
  const name = origin.slice(origin.lastIndexOf('/') + 1)
  for (let to = name.length; to > 0; to = name.lastIndexOf('.', to - 1)) {
    const stem = name.slice(0, to)
    const row = isTelling(stem)
      ? (inventory.byTerminal(stem, at) ?? inventory.byTerminal(stem.toUpperCase(), at))
      : undefined
    if (row) return row.terminal_id
  }
  return undefined
}

/** The terminal stands in the line by its address alone. */
const isAddressed = (event: LogEvent, at: number, inventory: Inventory | undefined): boolean => {
  const [id, ip] = [event['whytimeout.terminal_id'], event['source.ip']]
  if (id === undefined || ip === undefined || inventory?.byIp(ip, at)?.terminal_id !== id) return false
  return !(event['event.original'] ?? event.message ?? '').includes(id)
}

/**
 * Whom only addresses tell: one alone is whose log it is, or who calls; several of one shop live beside the box that forwards their packets, where there
 * are other shops; else they call whoever writes it: a proxy of the shop's, or a server.
 */
export function withAddressed(n: OriginNotes, inventory: Inventory | undefined): OriginNotes {
  const siteOf = (id: string) => inventory?.byTerminal(id, 0)?.site
  const [first] = n.addressed
  const site = first === undefined ? undefined : siteOf(first)
  const isBeside =
    n.forwards &&
    n.addressed.size > 1 &&
    site !== undefined &&
    [...n.addressed].every((id) => siteOf(id) === site) &&
    hasOtherSite(inventory, site)
  for (const id of n.addressed) (isBeside ? n.neighbours : n.terminals).add(id)
  return n
}

/** A program that starts may call its host what it calls its terminal: `terminal till-03 version 2.1`. Beside another, that is no terminal's id. */
export function withoutOwnName(n: OriginNotes): OriginNotes {
  if (n.terminals.size > 1) n.terminals.delete(n.host)
  return n
}

function note(n: OriginNotes, event: LogEvent, at: number, inventory: Inventory | undefined): void {
  const id = event['whytimeout.terminal_id']
  // Who only sees packets and addresses knows terminals by these, as whoever lives beside them.
  const isTold = isPassing(event)
  const isSeen = isTold || SEES_ADDRESSES.has(event['event.dataset'] ?? '')
  const into = isSeen ? n.neighbours : isAddressed(event, at, inventory) ? n.addressed : n.terminals
  // A lookup's own end is whatever address of the host the system took.
  const isLookup = !isSeen && event['event.action']?.startsWith('dns-') === true
  if (id !== undefined && !isLookup && into.size < MAX_TERMINALS) into.add(id)
  // A program may name its terminal in its own words, and once only, when it starts.
  const asks = id === undefined && inventory !== undefined && !isLookup && n.terminals.size < MAX_TERMINALS
  const said = asks && terminalSaid(event, at, inventory)
  if (said) n.terminals.add(said.terminal_id)
  const passes = event['source.ip'] !== undefined && event['event.action']?.startsWith('policy-') === true
  if (
    event['observer.egress.interface.name'] ||
    event['observer.egress.zone'] ||
    PASSED_ON.has(event['event.action'] ?? '') ||
    (passes && APPLIANCE_FORMATS.includes(event['event.dataset'] ?? '')) ||
    isTold
  )
    n.forwards = true
  n.trades ||= isOfTrade(event)
  const site = event['whytimeout.site_id']
  if (site !== undefined && n.sites.size < MOST_SITES && TELLS_SITE.test(event['event.action'] ?? '')) n.sites.add(site)
  const own = event['event.dataset'] === 'dhcp-client' ? event['whytimeout.address'] : event['host.ip']
  if (own !== undefined && n.leased.size < MOST_LEASED) n.leased.add(own)
  noteOwner(n.owner, event)
  // Who sends on the requests of ISO 8583 (an even third digit, and none that look after the line) of several terminals has accepted them.
  const sentOn = event['event.action'] === 'message-sent' && /^[01][1-7][024]\d$/.test(event['whytimeout.mti'] ?? '')
  if (
    event['haproxy.frontend_name'] !== undefined ||
    event['whytimeout.suffered_by'] === 'gateway' ||
    (sentOn && n.terminals.size > 1)
  )
    n.accepts = true
  if (!inventory || n.neighbours.size >= MAX_TERMINALS) return
  for (const ip of [event['source.ip'], event['whytimeout.address']]) {
    const row = ip === undefined ? undefined : inventory.byIp(ip, at)
    if (row) n.neighbours.add(row.terminal_id)
  }
  const mac = event['source.mac']
  const row = mac === undefined ? undefined : inventory.byMac(mac, at)
  if (row) n.neighbours.add(row.terminal_id)
}
