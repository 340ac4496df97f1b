import type { Finding } from '../../../schemas/doctor.js'
import type { InventoryRow } from '../../parse/inventory.js'
import { pathIn } from '../config.js'
import { ok, say, warn } from '../findings.js'
import { readInventory } from '../inputs.js'
import type { Check } from './check.js'
import { count, few } from './words.js'

export const inventoryCheck: Check = {
  id: 'inventory',
  title: say('Inventory', '终端清单'),
  needsKafka: false,
  run: async ({ config, now }) => {
    const path = pathIn(config, config.inventory)
    if (path === undefined) return [none]
    const inventory = await readInventory({ inventory: path }, [])
    return judgeInventory(inventory?.rows ?? [], path, now())
  },
}

const none = warn(
  'inventory-none',
  'inventory',
  say(
    'none is named: terminals, sites and providers are known only where a line says them',
    '未配置：仅能从日志行中得知终端、门店和运营商',
  ),
  say(
    'Name an inventory.csv; docs/reference/inventory.md lists its columns.',
    '请配置inventory.csv，列说明见 docs/reference/inventory.md。',
  ),
)

/** Rows that parse may still contradict each other, or hold no more. */
export function judgeInventory(rows: readonly InventoryRow[], place: string, now: number): readonly Finding[] {
  if (rows.length === 0)
    return [
      warn(
        'inventory-empty',
        place,
        say('it has no row', '没有任何记录'),
        say('Fill it: one row for each terminal.', '请填写，每台终端一行。'),
      ),
    ]
  const found: Finding[] = []
  const note = (
    names: readonly string[],
    code: string,
    what: (n: string) => [string, string],
    todo: [string, string],
  ) => {
    if (names.length > 0) found.push(warn(code, place, say(...what(few(names))), say(...todo)))
  }
  const holds = rows.filter((r) => r.validFrom <= now && now < r.validTo)
  if (holds.length === 0)
    note(
      ['*'],
      'inventory-not-valid',
      () => [
        'no row holds now: valid_from and valid_to exclude all of them',
        '当前没有有效记录：均被valid_from和valid_to排除',
      ],
      ['Extend valid_to, or add the rows of today.', '请延长valid_to或补充当前记录。'],
    )
  note(
    shared(rows, (r) => r.ip),
    'inventory-address-shared',
    (n) => [`several terminals have the same ip at the same time: ${n}`, `多台终端同时使用同一ip：${n}`],
    [
      'Lines that name only this address are counted to the first of them: correct it, or put the public address into wan_ip.',
      '仅含该地址的日志会归到第一台终端：请更正，公网地址请填wan_ip。',
    ],
  )
  note(
    shared(rows, (r) => r.mac),
    'inventory-mac-shared',
    (n) => [`several terminals have the same mac at the same time: ${n}`, `多台终端同时使用同一mac：${n}`],
    ['Correct the rows; a spare terminal is a row of its own.', '请更正；备用机应单独成行。'],
  )
  note(
    [...grouped(rows, (r) => r.wan_ip)].filter(([, list]) => spansOf(list, (r) => r.site)).map(([ip]) => ip),
    'inventory-wan-shared',
    (n) => [`several sites have the same wan_ip at the same time: ${n}`, `多个门店同时使用同一wan_ip：${n}`],
    ['If the provider shares it out (CGNAT), leave the cell empty.', '若为运营商共享地址（CGNAT），请留空。'],
  )
  note(
    [...grouped(rows, (r) => r.site)].filter(([, list]) => spansOf(list, (r) => r.realm ?? '')).map(([site]) => site),
    'inventory-site-in-realms',
    (n) => [
      `a site is in several realms at the same time, which see nothing of each other: ${n}`,
      `门店同时属于多个realm，彼此不可见：${n}`,
    ],
    ['Give all terminals of a site one realm.', '请为同一门店的终端设置同一realm。'],
  )
  note(
    holds.filter((r) => r.ip === '' && r.mac === '').map((r) => r.terminal_id),
    'inventory-no-address',
    (n) => [`neither ip nor mac: ${n}`, `缺少ip和mac：${n}`],
    ['Lines of routers and gateways cannot be tied to them: add one.', '路由器和网关日志无法关联到这些终端：请补充。'],
  )
  const number = (key: (r: InventoryRow) => string | undefined) => grouped(holds, key).size
  const realms = Math.max(
    1,
    number((r) => r.realm),
  )
  return [
    ok(
      'inventory-read',
      place,
      say(
        `${count(
          number((r) => r.terminal_id),
          'terminal',
        )} at ${count(
          number((r) => r.site),
          'site',
        )}, ${count(
          number((r) => r.isp),
          'provider',
        )}, ${count(
          number((r) => r.gateway),
          'gateway',
        )}, ${count(realms, 'realm')}`,
        `${number((r) => r.terminal_id)} 台终端，${number((r) => r.site)} 个门店，${number((r) => r.isp)} 个运营商，${number((r) => r.gateway)} 个网关，${realms} 个realm`,
      ),
    ),
    ...found,
  ]
}

function grouped(rows: readonly InventoryRow[], key: (r: InventoryRow) => string | undefined) {
  const groups = new Map<string, InventoryRow[]>()
  for (const r of rows) {
    const k = key(r)
    if (k === undefined || k === '') continue
    const list = groups.get(k)
    if (list) list.push(r)
    else groups.set(k, [r])
  }
  return groups
}

/** Keys that rows of several terminals have while both hold. */
const shared = (rows: readonly InventoryRow[], key: (r: InventoryRow) => string): string[] =>
  [...grouped(rows, key)].filter(([, list]) => spansOf(list, (r) => r.terminal_id)).map(([k]) => k)

/** Whether two rows differ in something while both hold. Sorted by their begin, one pass: a big list must not take long. */
function spansOf(rows: readonly InventoryRow[], what: (r: InventoryRow) => string): boolean {
  if (new Set(rows.map(what)).size < 2) return false
  const until = new Map<string, number>()
  for (const r of [...rows].sort((a, b) => (a.validFrom < b.validFrom ? -1 : 1))) {
    for (const [other, end] of until) {
      if (end <= r.validFrom) until.delete(other)
      else if (other !== what(r)) return true
    }
    until.set(what(r), Math.max(r.validTo, until.get(what(r)) ?? r.validTo))
  }
  return false
}
