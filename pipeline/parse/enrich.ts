import type { LogEvent } from '../../schemas/event.js'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Role } from '../../schemas/vocabulary.js'
import { isPrivate } from './address-kind.js'
import { FIRST_EPHEMERAL } from './ends.js'
import { GATEWAY_IS_DOWN, HOST_IS_DOWN } from './host-state.js'
import { isProvidersName } from './infer-owner.js'
import type { Inventory, InventoryRow } from './inventory.js'
import { createNetworkIndex } from './prefix.js'
import { siteSaid } from './site-said.js'

/** What the inventory and `origins.yml` know, ready for lookups. */
export type Enrichment = {
  readonly inventory: Inventory | undefined
  /** Public addresses of sites: from `addresses` of a site's router, or the inventory's `wan_ip`. */
  readonly siteOfAddress: ReadonlyMap<string, string>
  /** Terminals by their own addresses, where no inventory lists them. */
  readonly terminalOfAddress?: ReadonlyMap<string, Bearer>
  /** The name that stands for a gateway with several in the inventory, by each of them. */
  readonly gatewayOfName?: ReadonlyMap<string, string>
}
type Bearer = { readonly terminal: string; readonly site?: string | undefined }

export const NO_ENRICHMENT: Enrichment = { inventory: undefined, siteOfAddress: new Map() }

/** Addresses by site, from the entries that name both. */
export function sitesByAddress(entries: Iterable<OriginEntry>): Map<string, string> {
  const found = new Map<string, string>()
  for (const e of entries) if (e.site !== undefined) for (const a of e.addresses ?? []) found.set(a, e.site)
  return found
}

/** Terminals by address, from the entries that name both; an address that two of them have is nobody's. */
export function terminalsByAddress(entries: Iterable<OriginEntry>): Map<string, Bearer> {
  const found = new Map<string, Bearer>()
  const shared = new Set<string>()
  for (const { terminal, site, addresses = [] } of entries)
    for (const address of terminal === undefined ? [] : addresses) {
      const known = found.get(address)
      if (known && known.terminal !== terminal) shared.add(address)
      else if (terminal !== undefined) found.set(address, { terminal, site })
    }
  for (const address of shared) found.delete(address)
  return found
}

/** Of the names of one gateway, the least stands for all; gateways that share a name share all that they have. */
export function gatewaysByName(entries: Iterable<OriginEntry>): Map<string, string> {
  const standing = new Map<string, string>()
  for (const { gateways = [] } of entries) {
    const joined = new Set(gateways.map((name) => standing.get(name) ?? name))
    const [least] = [...joined].sort()
    if (least === undefined) continue
    for (const name of gateways) standing.set(name, least)
    for (const [name, former] of standing) if (joined.has(former)) standing.set(name, least)
  }
  return standing
}

/** What the inventory and all entries of `origins.yml` say of who is who. */
export const enrichmentOf = (inventory: Inventory | undefined, entries: readonly OriginEntry[]): Enrichment => ({
  inventory,
  siteOfAddress: sitesByAddress(entries),
  gatewayOfName: gatewaysByName(entries),
})

/** Adds to a new event who is who: terminal, site, provider, gateway, role and realm. What the line itself says stays. @returns the same event */
export function enrich(
  event: LogEvent,
  at: number,
  entry: OriginEntry,
  { inventory, siteOfAddress, terminalOfAddress, gatewayOfName }: Enrichment,
): LogEvent {
  if (inventory) completeId(event, at, inventory)
  const row = inventory && (terminalSaid(event, at, inventory) ?? terminalOf(event, at, entry, inventory))
  const said: Role = event['whytimeout.role'] ?? entry.role ?? 'unknown'
  const isBeyond = said === 'unknown' && isFromOutside(event, at, siteOfAddress, inventory)
  const role: Role = isBeyond && isProvidersName(event['host.name'] ?? '') ? 'provider' : said
  if (isBeyond) event['network.direction'] = 'external'
  const own = role === 'terminal' ? entry.terminal : undefined
  const bearer = row || inventory ? undefined : bearerOf(event, terminalOfAddress)
  const terminal = event['whytimeout.terminal_id'] ?? row?.terminal_id ?? own ?? bearer?.terminal
  const publicSite = siteOf(event, at, siteOfAddress, inventory)
  const site =
    row?.site ??
    publicSite ??
    siteRouted(event, inventory, terminalOfAddress, siteOfAddress) ??
    (entry.role === 'router' ? entry.site : undefined) ??
    (inventory && siteSaid(event, inventory)) ??
    entry.site ??
    bearer?.site
  const near = row ?? (site !== undefined ? inventory?.firstAtSite(site, at) : undefined)
  const isp = row?.isp ?? near?.isp ?? entry.isp
  const usual =
    role === 'gateway'
      ? (entry.gateways?.[0] ?? gatewayName(event['host.name'], inventory))
      : (row?.gateway ?? near?.gateway)
  const down = usual === undefined && role !== 'gateway' ? gatewayDown(event, inventory) : undefined
  if (down !== undefined) event['event.reason'] = GATEWAY_IS_DOWN
  const named = usual ?? down
  const gateway = gatewayOfName?.get(named ?? '') ?? named
  if (role === 'terminal') turnOwnAddress(event, row, entry)
  if (role === 'gateway' && event['whytimeout.phase'] !== 'connect')
    turnCallersAddress(event, (ip) => siteOutside(ip, at, siteOfAddress, inventory) !== undefined)
  const isFromClient = () => publicSite !== undefined || inventory?.byIp(event['source.ip'] ?? '', at) !== undefined
  if (role === 'gateway' && isOnConnection(event) && isFromClient()) event['whytimeout.called'] = true
  event['whytimeout.role'] = role
  event['whytimeout.realm'] = entry.realm ?? row?.realm ?? near?.realm ?? 'default'
  if (entry.skew_ms) event['whytimeout.skew_ms'] = entry.skew_ms
  if (terminal) event['whytimeout.terminal_id'] = terminal
  else if (role === 'unknown' && (entry.bystander || (inventory && event['destination.port'] === SSH))) turnWait(event)
  if (inventory && isWait(event) && OTHER_SERVICE.test(event.message ?? '') && !isOfSale(event)) turnWait(event)
  if (site) event['whytimeout.site_id'] = site
  if (isp) event['whytimeout.isp'] = isp
  if (gateway) event['whytimeout.gateway'] = gateway
  if (row?.merchant && event['whytimeout.merchant_id'] === undefined) event['whytimeout.merchant_id'] = row.merchant
  if (row?.model) event['device.model.name'] = row.model
  return event
}

/** A box that stops packets of a site's address after its translation stands outside of the site. */
const isFromOutside = (
  event: LogEvent,
  at: number,
  siteOfAddress: Enrichment['siteOfAddress'],
  inventory: Inventory | undefined,
): boolean => {
  const ip = event['source.ip']
  const action = event['event.action']
  return (
    (action === 'policy-denied' || action === 'rate-limited') &&
    ip !== undefined &&
    !isPrivate(ip) &&
    siteOutside(ip, at, siteOfAddress, inventory) !== undefined &&
    inventory?.byIp(ip, at) === undefined
  )
}

/** Where hosts are kept up, not where sales go. */
const SSH = 22
/** Cameras, clocks, mail, files and monitors: a terminal or a shop's server waits for those too. */
const OTHER_SERVICE =
  /\b(?:rtsp|onvif|smtps?|imaps?|pop3s?|s?ntp|SntpClient|NtpTrustedTime|snmp|ldaps?|smb|cifs|nfs|s?ftps?|rsync|lpd|ipp)\b/i
const isOfSale = (event: LogEvent): boolean =>
  event['whytimeout.stan'] !== undefined || OF_SALES.test(event.message ?? '')

/** Where the terminals are known, the wait of another host for a shell is none of theirs; and of a bystander none is. */
function turnWait(event: LogEvent): void {
  if (!isWait(event)) return
  event['event.action'] = 'request-failed'
  event['event.reason'] = 'a wait of a host that takes no part in sales'
}

const isWait = (event: LogEvent): boolean => event['event.action']?.endsWith('-timeout') === true

/** Both ends of a connection, and no upstream: where the other end is a client, what ran out there is the wait for it. */
const isOnConnection = (event: LogEvent): boolean =>
  isWait(event) &&
  event['service.target.name'] === undefined &&
  event['source.port'] !== undefined &&
  (event['destination.port'] !== undefined || isFrom(event)) &&
  !isCalledOn(event)

/** What a line calls the place that it passes a request on to: `destino=10.0.0.5:8090`, `for url (http://10.0.0.5:8090/auth)`. */
const CALLED_ON =
  /(?:[a-z]:\/\/|\b(?:dest(?:ino|ination|inazione|inatario)?|upstream|backend|target|acquirer|ziel|cible|objetivo)(?:[_-]?(?:addr|address|host))?["']?\s?[=:]\s?["'[]?)$/i
const MAX_CALLED = 40
function isCalledOn(event: LogEvent): boolean {
  const message = event.message ?? ''
  for (const name of [event['destination.ip'], event['destination.domain']]) {
    const at = name === undefined ? -1 : message.indexOf(name)
    if (at > 0 && CALLED_ON.test(message.slice(Math.max(0, at - MAX_CALLED), at))) return true
  }
  return false
}

/** What did not come was to come from there: `incomplete frame from 192.0.2.7:36259`. */
const isFrom = (event: LogEvent): boolean =>
  event['destination.ip'] === undefined &&
  event['destination.domain'] === undefined &&
  (event.message ?? '').includes(`from ${event['source.ip']}`)

/** A terminal's line that names one address, its own, names the near end of its connection: `response timeout on 10.1.2.3:50219`. */
function turnOwnAddress(event: LogEvent, row: InventoryRow | undefined, entry: OriginEntry): void {
  const named = onlyAddress(event)
  const isRows = named === row?.ip && (entry.terminal === undefined || entry.terminal === row?.terminal_id)
  if (named !== undefined && (isRows || entry.addresses?.includes(named))) turnRound(event, named)
}

/** A gateway's line that names one address, a site's or one with a port of callers, names who called: `100.66.62.2:33784 0210 rc=00`. */
function turnCallersAddress(event: LogEvent, isOfSite: (ip: string) => boolean): void {
  const named = onlyAddress(event)
  if (named !== undefined && (isOfSite(named) || (event['destination.port'] ?? 0) >= FIRST_EPHEMERAL))
    turnRound(event, named)
}

const onlyAddress = (event: LogEvent): string | undefined =>
  event['source.ip'] === undefined && event['destination.domain'] === undefined ? event['destination.ip'] : undefined

function turnRound(event: LogEvent, ip: string): void {
  event['source.ip'] = ip
  delete event['destination.ip']
  const port = event['destination.port']
  if (port === undefined || event['source.port'] !== undefined) return
  event['source.port'] = port
  delete event['destination.port']
}

/** The terminal an event is about: by its id, by an address or hardware address in the line, by the log's own host. */
function terminalOf(event: LogEvent, at: number, entry: OriginEntry, inventory: Inventory): InventoryRow | undefined {
  const id = event['whytimeout.terminal_id']
  if (id !== undefined) return inventory.byTerminal(id, at)
  const byIp = (ip: string | undefined) => (ip === undefined ? undefined : inventory.byIp(ip, at))
  const byMac = (mac: string | undefined) => (mac === undefined ? undefined : inventory.byMac(mac, at))
  if (entry.role === 'terminal') {
    const own = (entry.addresses ?? []).flatMap((ip) => byIp(ip) ?? [])
    // Of several tills that share a log, it is none in particular.
    if (own[0] && own.every((row) => row.terminal_id === own[0]?.terminal_id)) return own[0]
  }
  return (
    byIp(event['source.ip']) ??
    byMac(event['source.mac']) ??
    byIp(event['whytimeout.address']) ??
    byIp(event['destination.ip']) ??
    byIp(event['host.ip']) ??
    byMac(event['host.mac']) ??
    (event['host.name'] === undefined ? undefined : inventory.byTerminal(event['host.name'], at))
  )
}

const bearerOf = (event: LogEvent, known: Enrichment['terminalOfAddress']): Bearer | undefined =>
  known &&
  [event['source.ip'], event['whytimeout.address'], event['destination.ip']]
    .map((ip) => known.get(ip ?? ''))
    .find((b) => b)

/** The inventory may name the service that terminals use, while its machines have names of their own. */
export function gatewayName(host: string | undefined, inventory: Inventory | undefined): string | undefined {
  if (inventory === undefined || host === undefined) return host
  const { gateways } = inventory
  return listedGateway(host, inventory) ?? (gateways.size === 1 ? [...gateways][0] : host)
}

/** The inventory's gateway of a host's name, with its domain or without. */
const listedGateway = (host: string, { gateways }: Inventory): string | undefined =>
  [host, host.split('.', 1)[0] as string].find((name) => gateways.has(name))

/** The gateway whose host a monitor finds down. */
function gatewayDown(event: LogEvent, inventory: Inventory | undefined): string | undefined {
  const name = event['event.reason'] === HOST_IS_DOWN ? event['service.target.name'] : undefined
  return name === undefined || inventory === undefined ? undefined : listedGateway(name, inventory)
}

const WORD = /[A-Za-z0-9][\w-]{2,31}/g
const MAX_SAID = 2_000
/** An id with signs in it, which no reader of words takes whole: `POZ2/03`, `US-NJ-27#04`, `AKL.0047.T3`. */
const SIGNED = /[A-Za-z0-9][\w-]{0,31}(?:[#/.:@+~|][\w-]{1,31}){1,5}/g

/** The inventory's id that a text begins, however many of the words that signs part belong to it. */
function longestId(word: string, at: number, inventory: Inventory): InventoryRow | undefined {
  for (let id = word; id !== ''; ) {
    const row = inventory.byTerminal(id, at)
    if (row) return row
    const sign = Math.max(...['#', '/', '.', ':', '@', '+', '~', '|'].map((s) => id.lastIndexOf(s)))
    id = sign < 0 ? '' : id.slice(0, sign)
  }
  return undefined
}

/** An id that was cut off at a sign is read whole where the inventory knows it. */
function completeId(event: LogEvent, at: number, inventory: Inventory): void {
  const id = event['whytimeout.terminal_id']
  if (id === undefined || inventory.byTerminal(id, at)) return
  const cut = longestId(id, at, inventory)
  if (cut) {
    event['whytimeout.terminal_id'] = cut.terminal_id
    return
  }
  for (const [word] of (event.message ?? '').slice(0, MAX_SAID).matchAll(SIGNED)) {
    const row = word.startsWith(id) ? longestId(word, at, inventory) : undefined
    if (!row) continue
    event['whytimeout.terminal_id'] = row.terminal_id
    return
  }
}

/** An id that is no number one meets elsewhere. */
export const isTelling = (word: string): boolean =>
  (/\d/.test(word) && (word.length >= 6 || /[A-Za-z]/.test(word))) || /^[A-Z]{2,8}[-_][A-Z]{1,4}$/.test(word)

const OF_SALES = /\b(?:sale|authori[sz]\w{2,8}|payment|purchase|refund|transaction|txn)\b|交易|支付/i

/** Whether a line is of a sale, or says where something is dialled. */
export const isOfTrade = (event: LogEvent): boolean =>
  isOfSale(event) ||
  event['whytimeout.terminal_id'] !== undefined ||
  event['destination.port'] !== undefined ||
  event['destination.domain'] !== undefined

/** Numbers of orders that begin or end with the terminal's id: `F58-3-000244`, `000244_F58-3`. */
const COUNTED = /^(?:\d{2,14}[-_](?<last>[\w-]{3,31})|(?<first>[\w-]{3,31})[-_]\d{2,14})$/
function byReference(word: string, at: number, inventory: Inventory): InventoryRow | undefined {
  const g = COUNTED.exec(word)?.groups
  const id = g?.first ?? g?.last
  return id !== undefined && isTelling(id) ? inventory.byTerminal(id, at) : undefined
}

const OF_VERSION = /(?<![\d.])\d{1,3}\.\d{1,4}\.\d{1,5}(?![\d.])/
/** The one terminal of the inventory whose id an application's line has in it, under whatever name (`lane=RJ010002`). */
export function terminalSaid(event: LogEvent, at: number, inventory: Inventory): InventoryRow | undefined {
  if (event['whytimeout.terminal_id'] !== undefined) return undefined
  // Of a line that says nothing else: if it is of a sale, of where is dialled, or gives a program's version.
  const isTold =
    event['event.action'] !== 'other' || event['destination.port'] !== undefined || OF_VERSION.test(event.message ?? '')
  if (!isTold && !isOfSale(event)) return undefined
  const isStart = event['event.action'] === 'program-started'
  // Where columns stand for names, the second is as often whose line it is as who wrote it.
  const logger = event['log.logger']
  let found = (logger?.split('.') ?? [])
    .map((part) => (isTelling(part) ? inventory.byTerminal(part, at) : undefined))
    .find((row) => row !== undefined)
  const named = NAMED_TERMINAL.exec((event['event.original'] ?? '').slice(0, MAX_SAID))?.[1]
  const called = named === undefined ? undefined : inventory.byTerminal(named, at)
  if (called) return called
  const said = saidIn(event)
  for (const [word] of said.matchAll(WORD)) {
    const row = (isStart || isTelling(word)) && (inventory.byTerminal(word, at) ?? byReference(word, at, inventory))
    if (!row) continue
    if (found && row.terminal_id !== found.terminal_id) return undefined
    found ??= row
  }
  for (const [word] of found ? [] : said.matchAll(SIGNED)) {
    const row = longestId(word, at, inventory)
    if (row && found && row.terminal_id !== found.terminal_id) return undefined
    found ??= row
  }
  return found
}

/** However short the id: `pos=Q1`, `"lane":"2"`. */
const NAMED_TERMINAL =
  /\b(?:pos|till|lane|checkout|register|terminal|term|tid|pinpad|pdv|caixa|caja|caisse|cassa|kasse|kassa|kasa)(?:[_-]?(?:id|no|nr))?["']?\s?[=:]\s?\[?["']?([\w.-]{1,32})/i

/** What a line says, and before it what stands in brackets: a program's name for its thread or connection. */
function saidIn({ message = '', 'event.original': original = '' }: LogEvent): string {
  const head = original.length > message.length && original.endsWith(message) ? original.slice(0, -message.length) : ''
  return `${IN_BRACKETS.exec(head)?.[1] ?? ''} ${message}`.slice(0, MAX_SAID)
}
const IN_BRACKETS = /\[([\w-]{4,32})\][^[\]]{0,8}$/

/** The one site whose terminals or public addresses lie in the network that a line routes: what is changed for it concerns no other. */
function siteRouted(
  event: LogEvent,
  inventory: Inventory | undefined,
  known: Enrichment['terminalOfAddress'],
  siteOfAddress: Enrichment['siteOfAddress'],
): string | undefined {
  const network = event['whytimeout.network']
  if (network === undefined) return undefined
  const inside = inventory
    ? siteIn(network, inventory, () => inventory.rows.map(({ ip, site }) => [ip, site]))
    : known && siteIn(network, known, () => [...known].map(([ip, { site }]) => [ip, site]))
  return inside ?? siteIn(network, siteOfAddress, () => [...siteOfAddress])
}

/** @param source  what the addresses are of, whose index is built once */
function siteIn(
  network: string,
  source: object,
  addressesOf: () => readonly (readonly [ip: string, site: string | undefined])[],
): string | undefined {
  let find = indexes.get(source)
  if (!find) {
    find = createNetworkIndex(addressesOf().flatMap(([ip, site]) => (site ? [[ip, site] as const] : [])))
    indexes.set(source, find)
  }
  return find(network)
}
const indexes = new WeakMap<object, (network: string) => string | undefined>()

/** The site that an address is of once it is translated. */
const siteOutside = (
  ip: string,
  at: number,
  siteOfAddress: Enrichment['siteOfAddress'],
  inventory: Inventory | undefined,
): string | undefined => siteOfAddress.get(ip) ?? inventory?.byWanIp(ip, at)

function siteOf(
  event: LogEvent,
  at: number,
  siteOfAddress: ReadonlyMap<string, string>,
  inventory: Inventory | undefined,
) {
  for (const ip of [event['source.ip'], event['destination.ip'], event['source.nat.ip']]) {
    if (ip === undefined) continue
    const site = siteOutside(ip, at, siteOfAddress, inventory)
    if (site !== undefined) return site
  }
  return undefined
}
