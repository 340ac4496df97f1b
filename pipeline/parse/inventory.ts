import { WhytimeoutError } from '../errors.js'

export type InventoryRow = {
  readonly terminal_id: string
  readonly ip: string
  readonly mac: string
  readonly site: string
  readonly isp: string
  readonly model: string
  readonly merchant: string
  readonly gateway: string
  readonly realm?: string
  readonly wan_ip?: string
  /** Epoch ms; the row holds for [validFrom, validTo). */
  readonly validFrom: number
  readonly validTo: number
}
/** Who is who, by id, address or hardware address, at a time. */
export type Inventory = {
  readonly byTerminal: (id: string, at: number) => InventoryRow | undefined
  readonly byIp: (ip: string, at: number) => InventoryRow | undefined
  readonly byMac: (mac: string, at: number) => InventoryRow | undefined
  readonly firstAtSite: (site: string, at: number) => InventoryRow | undefined
  readonly bySite: (site: string, at: number) => readonly InventoryRow[]
  /** The site of that name, in whichever case it is written. */
  readonly siteNamed: (name: string) => string | undefined
  /** Site whose `wan_ip` this is. */
  readonly byWanIp: (ip: string, at: number) => string | undefined
  /** The one site whose terminals share an address's network: its first three bytes, else its first two. */
  readonly siteOfNetwork: (ip: string) => string | undefined
  readonly gateways: ReadonlySet<string>
  /** Every value that is an id: shown by the mask even if it passes Luhn. */
  readonly ids: ReadonlySet<string>
  readonly rows: readonly InventoryRow[]
}

/** Whether it has terminals of another site than that. */
export const hasOtherSite = (inventory: Inventory | undefined, site: string | undefined): boolean =>
  inventory?.rows.some((r) => r.site !== site && r.site !== '') === true

const COLUMNS = ['terminal_id', 'ip', 'mac', 'site', 'isp', 'model', 'merchant', 'gateway'] as const
const IP = /^(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f:]{2,45})$/i
const MAC = /^[0-9a-f]{2}([:-]?[0-9a-f]{2}){5}$/i

/**
 * Reads `inventory.csv` (design: terminal_id, ip, mac, site, isp, model, merchant, gateway; optional realm, wan_ip, valid_from, valid_to;
 * further columns are allowed, cells may be empty, the order is free).
 * @throws WhytimeoutError INVENTORY_BAD_ROW with file:line
 */
export function parseInventory(text: string, place: string): Inventory {
  const lines = csvRows(text.replace(/^\ufeff/, ''), place)
  const head = lines[0]
  if (!head)
    throw new WhytimeoutError('INVENTORY_BAD_ROW', 'the file is empty; its first line names the columns', `${place}:1`)
  const names = head.cells.map((c) => c.trim().toLowerCase())
  if (!names.includes('terminal_id')) {
    throw new WhytimeoutError(
      'INVENTORY_BAD_ROW',
      `no column terminal_id; found ${names.slice(0, 12).join(', ')}`,
      `${place}:1`,
    )
  }
  const rows = lines.slice(1).map(({ cells, line }) => readRow(names, cells, `${place}:${line}`))
  const seen = new Map<string, InventoryRow[]>()
  rows.forEach((row, i) => {
    const twins = seen.get(row.terminal_id) ?? []
    if (twins.some((t) => t.validFrom < row.validTo && row.validFrom < t.validTo)) {
      throw new WhytimeoutError(
        'INVENTORY_BAD_ROW',
        `terminal ${row.terminal_id} has a row for the same time already`,
        `${place}:${lines[i + 1]?.line ?? i + 2}`,
      )
    }
    seen.set(row.terminal_id, [...twins, row])
  })
  return index(rows)
}

function readRow(names: readonly string[], cells: readonly string[], place: string): InventoryRow {
  if (cells.length > names.length)
    throw new WhytimeoutError('INVENTORY_BAD_ROW', `${cells.length} cells under ${names.length} columns`, place)
  const cell = (name: string): string => (cells[names.indexOf(name)] ?? '').trim()
  const id = cell('terminal_id')
  if (id === '') throw new WhytimeoutError('INVENTORY_BAD_ROW', 'terminal_id is empty', place)
  for (const name of ['ip', 'wan_ip'])
    if (cell(name) !== '' && !IP.test(cell(name)))
      throw new WhytimeoutError('INVENTORY_BAD_ROW', `${name} "${cell(name)}" is no address`, place)
  if (cell('mac') !== '' && !MAC.test(cell('mac')))
    throw new WhytimeoutError('INVENTORY_BAD_ROW', `mac "${cell('mac')}" is no hardware address`, place)
  const time = (name: string, otherwise: number): number => {
    if (cell(name) === '') return otherwise
    const at = Date.parse(/\d$/.test(cell(name)) && cell(name).includes('T') ? `${cell(name)}Z` : cell(name))
    if (Number.isNaN(at))
      throw new WhytimeoutError('INVENTORY_BAD_ROW', `${name} "${cell(name)}" is no UTC time`, place)
    return at
  }
  return {
    ...(Object.fromEntries(COLUMNS.map((c) => [c, cell(c)])) as Record<(typeof COLUMNS)[number], string>),
    mac: normalMac(cell('mac')),
    gateway: cell('gateway').replace(PORT, ''),
    ...(cell('realm') !== '' && { realm: cell('realm') }),
    ...(cell('wan_ip') !== '' && { wan_ip: cell('wan_ip') }),
    validFrom: time('valid_from', Number.NEGATIVE_INFINITY),
    validTo: time('valid_to', Number.POSITIVE_INFINITY),
  }
}

/** What terminals dial, where it stands for the gateway's name: one gateway listens at many ports. */
const PORT = /(?<=^[^:\s]{1,253}|\]):\d{1,5}$/

const normalMac = (mac: string): string =>
  mac
    .toLowerCase()
    .replace(/[^0-9a-f]/g, '')
    .replace(/(..)(?=.)/g, '$1:')

function index(rows: readonly InventoryRow[]): Inventory {
  const group = (key: (r: InventoryRow) => string | undefined) => {
    const found = new Map<string, InventoryRow[]>()
    for (const r of rows) {
      const k = key(r)
      if (k === undefined || k === '') continue
      const list = found.get(k)
      if (list) list.push(r)
      else found.set(k, [r])
    }
    return found
  }
  const [terminals, ips, macs, sites, wans] = [
    group((r) => r.terminal_id),
    group((r) => r.ip),
    group((r) => r.mac),
    group((r) => r.site),
    group((r) => r.wan_ip),
  ]
  const networks = networksOf(rows)
  const named = new Map([...sites.keys()].map((site) => [site.toLowerCase(), site]))
  // Rows without validity answer for every time; `at` outside all rows falls back to nothing.
  const holds = (at: number) => (r: InventoryRow) => r.validFrom <= at && at < r.validTo
  // Every record comes here several times: no closure for each.
  const first = (list: readonly InventoryRow[] | undefined, at: number): InventoryRow | undefined => {
    if (list) for (const r of list) if (r.validFrom <= at && at < r.validTo) return r
    return undefined
  }
  return {
    byTerminal: (id, at) => first(terminals.get(id), at),
    byIp: (ip, at) => first(ips.get(ip), at),
    byMac: (mac, at) => first(macs.get(normalMac(mac)), at),
    firstAtSite: (site, at) => first(sites.get(site), at),
    bySite: (site, at) => (sites.get(site) ?? []).filter(holds(at)),
    siteNamed: (name) => named.get(name.toLowerCase()),
    byWanIp: (ip, at) => first(wans.get(ip), at)?.site,
    siteOfNetwork: (ip) => networks.get(networkOf(ip, 3)) ?? networks.get(networkOf(ip, 2)) ?? undefined,
    gateways: new Set(rows.map((r) => r.gateway).filter((g) => g !== '')),
    ids: new Set(rows.flatMap((r) => [r.terminal_id, r.merchant]).filter((v) => v !== '')),
    rows,
  }
}

const networkOf = (ip: string, bytes: number): string => ip.split('.', bytes).join('.')

/** Sites by network; null where several share one. */
function networksOf(rows: readonly InventoryRow[]): ReadonlyMap<string, string | null> {
  const found = new Map<string, string | null>()
  for (const { ip, site } of rows) {
    if (site === '' || !/^\d+\.\d+\.\d+\.\d+$/.test(ip)) continue
    for (const bytes of [3, 2]) {
      const network = networkOf(ip, bytes)
      const known = found.get(network)
      found.set(network, known === undefined || known === site ? site : null)
    }
  }
  return found
}

/** RFC 4180, with LF or CRLF. Blank lines and lines that begin with # are skipped. */
function csvRows(text: string, place: string): { cells: string[]; line: number }[] {
  const rows: { cells: string[]; line: number }[] = []
  let cells: string[] = []
  let cell = ''
  let quoted = false
  let line = 1
  let began = 1
  const endRow = () => {
    cells.push(cell)
    if (!(cells.length === 1 && cells[0] === '')) rows.push({ cells, line: began })
    cells = []
    cell = ''
    began = line + 1
  }
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string
    if (c === '#' && !quoted && cell === '' && cells.length === 0) {
      const end = text.indexOf('\n', i)
      i = end < 0 ? text.length : end
      began = ++line
    } else if (quoted) {
      if (c === '"' && text[i + 1] === '"') {
        cell += '"'
        i++
      } else if (c === '"') quoted = false
      else {
        if (c === '\n') line++
        cell += c
      }
    } else if (c === '"' && cell === '') quoted = true
    else if (c === ',') {
      cells.push(cell)
      cell = ''
    } else if (c === '\n') {
      endRow()
      line++
    } else if (c !== '\r') cell += c
  }
  if (quoted) throw new WhytimeoutError('INVENTORY_BAD_ROW', 'a quote is opened and never closed', `${place}:${began}`)
  if (cell !== '' || cells.length > 0) endRow()
  return rows
}
