import type { Role } from '../../schemas/vocabulary.js'
import { escaped } from './escaped.js'
import type { OriginNotes } from './infer-notes.js'
import type { InventoryRow } from './inventory.js'

type Placed = { readonly role: Role; readonly site?: string; readonly terminal?: string }

/**
 * The site of a box whose lines name none of its terminals (a switch, a monitor, a kernel log), by a part of its name that the terminals of one
 * site have in theirs and those of no other: `sw-0412` beside `till-0412-1`, `rt-b` beside `pos-b4`. Failing that, by one that is short for the
 * name of one site alone: `jhr-rt` of JOHOR, `rt-dgu` of DAEGU, `rt-yard` of BOATYARD.
 * @param hosts  with all names of each
 * @returns a site for each host that has none and fits exactly one
 */
export function sitesByName(
  hosts: ReadonlyMap<string, readonly string[]>,
  placed: ReadonlyMap<string, Placed>,
): ReadonlyMap<string, string> {
  const sitesOf = new Map<string, Set<string>>()
  const tills = [...placed].filter(([, { role, site }]) => role === 'terminal' && site !== undefined)
  for (const [host, { site = '', terminal = '' }] of tills) {
    const own = hosts.get(host) ?? [host]
    for (const part of [...[...own, site].flatMap((n) => [...partsOf(n), ...numbersIn(n)]), ...numbersIn(terminal)])
      sitesOf.set(part, (sitesOf.get(part) ?? new Set<string>()).add(site))
  }
  const sites = [...new Set(tills.map(([, { site = '' }]) => site))]
  const isTelling = sites.length > 1
  const found = new Map<string, string>()
  for (const [host, names] of isTelling ? hosts : []) {
    // Sites that are numbers: `rtr07` of 07.
    const numbered = names.flatMap((name) => shopNumbersIn(name).filter((n) => sites.includes(n)))
    const parts = [...numbered, ...names.flatMap((n) => [...partsOf(n), ...numbersIn(n), ...behindKind(n)])]
    const fits = new Set(parts.flatMap((p) => (sitesOf.get(p)?.size === 1 ? [...(sitesOf.get(p) ?? [])] : [])))
    if (fits.size === 0)
      for (const s of sites) if (names.some((name) => isShortFor(name, s) || hasEndOf(name, s))) fits.add(s)
    const [site] = fits
    if (fits.size === 1 && site !== undefined && placed.get(host)?.site === undefined) found.set(host, site)
  }
  return found
}

/**
 * Sites where nobody has listed them: a part of a name that some terminals have in common with a box beside them, and not with the other terminals:
 * `tpe-mt1`, `tpe-mt2` and `box-mt` are of one site, `tpe-kv1` and `box-kv` of another.
 * @returns a site for each terminal's host that such a part places
 */
export function sitesUnlisted(
  hosts: ReadonlyMap<string, readonly string[]>,
  placed: ReadonlyMap<string, Placed>,
): ReadonlyMap<string, string> {
  const partsOfHost = (host: string) =>
    new Set((hosts.get(host) ?? [host]).flatMap((n) => [...partsOf(n), ...numbersIn(n), ...shopNumbersIn(n)]))
  const hostsOf = (isMeant: (role: Role | undefined) => boolean) =>
    [...hosts.keys()].filter((h) => isMeant(placed.get(h)?.role)).map((h) => [h, partsOfHost(h)] as const)
  const tills = hostsOf((role) => role === 'terminal')
  const boxes = hostsOf((role) => role === undefined || role === 'router')
  const central = new Set(
    hostsOf((role) => role === 'gateway' || role === 'server' || role === 'dns').flatMap(([, p]) => [...p]),
  )
  const ofBoxes = new Set(boxes.flatMap(([, parts]) => [...parts]))
  const counts = new Map<string, number>()
  for (const [, parts] of tills) for (const p of parts) counts.set(p, (counts.get(p) ?? 0) + 1)
  const found = new Map<string, string>()
  for (const [host, parts] of tills) {
    const telling = [...parts]
      .filter((p) => !central.has(p) && ofBoxes.has(p))
      .map((part) => ({ part, having: counts.get(part) ?? 0 }))
      // Two digits of one till alone count tills; of several, with letters behind, they may count shops: `c07a`, `c07b`, `rtr07`.
      .filter(({ part, having }) => having < tills.length && (having > 1 || !/^\d{2}$/.test(part)))
    // A part of one till alone may be in a box's name by chance; of those of several tills, the one of fewest is no region's.
    const [site] = telling.sort(
      (a, b) =>
        Number(a.having === 1) - Number(b.having === 1) ||
        a.having - b.having ||
        b.part.length - a.part.length ||
        (a.part < b.part ? -1 : 1),
    )
    if (site !== undefined) found.set(host, site.part)
  }
  if (new Set(found.values()).size < 2) return new Map()
  // A site without a box: its terminals' names have a part of their own in the place where others have their site.
  const shapes = new Set([...found].map(([host, site]) => shapeOf(host, site)))
  for (const [host, parts] of tills) {
    const fits = (part: string) => !central.has(part) && shapes.has(shapeOf(host, part) ?? host)
    const site = found.has(host) ? undefined : [...parts].find(fits)
    if (site !== undefined) found.set(host, site)
  }
  return found
}

/** A name without its site and its numbers; undefined where the site is not in it. */
function shapeOf(host: string, site: string): string | undefined {
  const name = host.toLowerCase()
  const at = new RegExp(`(?<![\\p{L}])${escaped(site)}(?!\\p{L})`, 'u').exec(name)?.index
  return at === undefined ? undefined : `${name.slice(0, at)}*${name.slice(at + site.length)}`.replace(/\d+/g, '#')
}

/**
 * The names of each host: the one in its lines, and that of the folder which holds its logs and nobody else's (`rt-a/messages` of RUT240).
 */
export function namesOf(
  list: readonly Pick<OriginNotes, 'host' | 'folders'>[],
): ReadonlyMap<string, readonly string[]> {
  const foldersOf = new Map<string, Set<string>>()
  const hostsIn = new Map<string, Set<string>>()
  for (const { host, folders } of list)
    for (const folder of folders.size === 0 ? [host] : folders) {
      foldersOf.set(host, (foldersOf.get(host) ?? new Set<string>()).add(folder))
      hostsIn.set(folder, (hostsIn.get(folder) ?? new Set<string>()).add(host))
    }
  return new Map(
    [...foldersOf].map(([host, folders]) => {
      const [folder] = folders
      const isOwn = folders.size === 1 && folder !== undefined && hostsIn.get(folder)?.size === 1
      return [host, isOwn && folder !== host ? [host, folder] : [host]]
    }),
  )
}

/** A box's name may begin with what it is, and its site follow without a sign between: `rbrn`, `fwlinz`. */
const KIND = /^(?:rtr|rt|r|fw|sw|ap|box|net|nat)(?=\p{L}{3})/u
const behindKind = (name: string): string[] =>
  partsOf(name).flatMap((p) => (KIND.test(p) && !/^(?:router|switch)/.test(p) ? [p.replace(KIND, '')] : []))

const SHORTEST = 3
/** Whether the name begins with some letters of the site's, its first among them, in their order; what it is may stand before (`rt-dgu` of DAEGU). */
const SHORT_NAME = /^(?:(?:rtr?|router|fw|cpe|sw|ap|box|edge|pe|wan)[-_.])?(?<letters>[a-z]+)/
function isShortFor(host: string, site: string): boolean {
  const short = SHORT_NAME.exec(host.toLowerCase())?.groups?.letters ?? ''
  const long = site.toLowerCase().replace(/[^a-z]/g, '')
  if (short.length < SHORTEST || short.length >= long.length || short[0] !== long[0]) return false
  let at = 0
  for (const letter of long) if (letter === short[at]) at++
  return at === short.length
}

const SHORTEST_END = 4
/** Whether a part of the name begins or ends the site's. */
const hasEndOf = (host: string, site: string): boolean =>
  partsOf(host).some(
    (p) =>
      p.length >= SHORTEST_END &&
      !/\d/.test(p) &&
      partsOf(site).some((s) => s !== p && (s.startsWith(p) || s.endsWith(p))),
  )

/** What stands between signs, with and without the number behind it. */
const partsOf = (name: string): string[] =>
  name
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .flatMap((p) => [p, /^\p{L}/u.test(p) ? p.replace(/\d{1,2}$/, '') : ''])
    .filter((p) => p !== '')

/**
 * The terminal of a host whose program never says which it is: by the number in the host's name (`kiosk-1409` for K1409), where other hosts are
 * named so, and exactly one terminal fits that no other host is; or the last terminal for the last host that is named as theirs are.
 */
export function terminalsByName(
  hosts: readonly string[],
  placed: ReadonlyMap<string, Placed>,
  rows: readonly InventoryRow[],
): ReadonlyMap<string, InventoryRow> {
  const known = [...placed].flatMap(([host, { terminal }]) => (terminal === undefined ? [] : [{ host, terminal }]))
  const taken = new Set(known.map((k) => k.terminal))
  const left = rows.filter((r) => !taken.has(r.terminal_id))
  // The one that is left, for the one host that is named like those of at least two others.
  const stems = known.map((k) => stemOf(k.host))
  const alike = hosts.filter((h) => stems.filter((s) => s === stemOf(h)).length >= 2)
  const [host, row] = [alike[0], left[0]]
  if (host !== undefined && row && alike.length === 1 && new Set(left.map((r) => r.terminal_id)).size === 1)
    return new Map([[host, row]])
  const found = new Map<string, InventoryRow>()
  if (!known.some(({ host, terminal }) => sharesNumber(host, terminal))) return found
  for (const host of hosts) {
    const fits = rows.filter((r) => !taken.has(r.terminal_id) && sharesNumber(host, r.terminal_id))
    const [row] = fits
    if (row && new Set(fits.map((r) => r.terminal_id)).size === 1) found.set(host, row)
  }
  return found
}

/** Numbers that may be a shop's: `lw0338-edge` of L0338R01 and L0338R02. */
const numbersIn = (name: string): string[] => name.match(/\d{3,}/g) ?? []

/** Two digits right behind letters may be a shop's too; behind a sign they count tills (`k07-01`). */
const shopNumbersIn = (name: string): string[] => name.match(/(?<=\p{L})\d{2,}/gu) ?? []

const stemOf = (host: string): string => host.replace(/\d{1,12}/g, '')

const sharesNumber = (host: string, terminal: string): boolean => {
  const numbers = numbersIn(terminal)
  return numbersIn(host).some((n) => numbers.includes(n))
}
