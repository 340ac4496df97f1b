import type { OriginEntry } from '../../schemas/origin.js'
import type { Inventory, InventoryRow } from '../parse/inventory.js'
import { formatOrigins } from '../parse/origins.js'
import { parseZone } from '../parse/time.js'

/** How the cells of tables are replaced: an address, a hardware address, a name. */
export type Cells = {
  readonly ip: (text: string) => string
  readonly mac: (text: string) => string
  readonly name: (text: string) => string
  readonly time: (ms: number) => number
}

const COLUMNS = ['terminal_id', 'ip', 'mac', 'site', 'isp', 'model', 'merchant', 'gateway', 'realm', 'wan_ip'] as const

/** The columns that whytimeout reads; what else an inventory holds is nobody's business. Models stay. */
export function inventoryText({ rows }: Inventory, cells: Cells): string {
  const cell = (row: InventoryRow, column: (typeof COLUMNS)[number]): string => {
    const text = row[column] ?? ''
    if (text === '' || column === 'model') return text
    if (column === 'ip' || column === 'wan_ip') return cells.ip(text)
    return column === 'mac' ? cells.mac(text) : cells.name(text)
  }
  const time = (ms: number): string => (Number.isFinite(ms) ? new Date(cells.time(ms)).toISOString() : '')
  return [
    [...COLUMNS, 'valid_from', 'valid_to'].join(','),
    ...rows.map((r) => [...COLUMNS.map((c) => quoted(cell(r, c))), time(r.validFrom), time(r.validTo)].join(',')),
    '',
  ].join('\n')
}
const quoted = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)

/** All that a replay knew of origins, so that nothing has to be found out again from fewer lines. The export's text is UTF-8. */
export function originsText(
  entries: ReadonlyMap<string, OriginEntry>,
  nameOf: (origin: string) => string,
  cells: Cells,
): string {
  return formatOrigins(
    new Map(
      [...entries].map(([origin, { charset: _, ...e }]) => [
        nameOf(origin),
        {
          ...e,
          ...(e.until !== undefined && { until: new Date(cells.time(Date.parse(e.until))).toISOString() }),
          ...(e.terminal !== undefined && { terminal: cells.name(e.terminal) }),
          ...(e.site !== undefined && { site: cells.name(e.site) }),
          ...(e.isp !== undefined && { isp: cells.name(e.isp) }),
          ...(e.realm !== undefined && { realm: cells.name(e.realm) }),
          ...(e.addresses && { addresses: e.addresses.map(cells.ip) }),
        },
      ]),
    ),
  )
}

/**
 * What must be said of an origin whose dates move: its offset as it was then, because summer begins on another day, and the end of its
 * times, because a date without a year is the latest one before it.
 * @param span  of the logs' times, epoch ms
 */
export function datedBy(entry: OriginEntry, span: { readonly from: number; readonly to: number }): OriginEntry {
  const minutes = entry.zone === undefined ? undefined : parseZone(entry.zone)?.offsetMin(span.from)
  const digits = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  return {
    until: entry.until ?? new Date(span.to + 86_400_000).toISOString(),
    ...(minutes !== undefined && {
      zone: `${minutes < 0 ? '-' : '+'}${digits(Math.abs(minutes) / 60)}:${digits(Math.abs(minutes) % 60)}`,
    }),
  }
}
