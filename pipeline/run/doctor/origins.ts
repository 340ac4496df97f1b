import { readFile } from 'node:fs/promises'
import type { Finding } from '../../../schemas/doctor.js'
import type { OriginEntry } from '../../../schemas/origin.js'
import { WhytimeoutError } from '../../errors.js'
import { FORMATS } from '../../parse/formats/index.js'
import { parseOrigins } from '../../parse/origins.js'
import { pathIn } from '../config.js'
import { fail, ok, say, warn } from '../findings.js'
import { readInventory } from '../inputs.js'
import type { Check } from './check.js'
import { count, few } from './words.js'

export const originsCheck: Check = {
  id: 'origins',
  title: say('Origins', '日志来源说明'),
  needsKafka: false,
  run: async ({ config, now }) => {
    const path = pathIn(config, config.origins)
    if (path === undefined) return [none]
    const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      const isThere = cause.code !== 'ENOENT'
      throw new WhytimeoutError(
        isThere ? 'INPUT_UNREADABLE' : 'INPUT_NOT_FOUND',
        isThere ? 'cannot be read' : 'no such file',
        path,
        { cause },
      )
    })
    const inventory = await readInventory({ inventory: pathIn(config, config.inventory) }, []).catch(() => undefined)
    const sites = inventory && new Set(inventory.rows.map((r) => r.site))
    return judgeOrigins(parseOrigins(text, path).entries, { place: path, sites, now: now() })
  },
}

const none = warn(
  'origins-none',
  'origins',
  say(
    'none is named: times without a zone are read as UTC, and no log has a role',
    '未配置：无时区的时间按UTC解析，日志没有角色',
  ),
  say(
    'Replay a day of logs: it writes an origins.yml to begin with.',
    '可先回放一天的日志，replay会输出可用的origins.yml。',
  ),
)

export function judgeOrigins(
  entries: ReadonlyMap<string, OriginEntry>,
  around: { readonly place: string; readonly sites: ReadonlySet<string> | undefined; readonly now: number },
): readonly Finding[] {
  const { place, sites, now } = around
  const all = [...entries]
  const found: Finding[] = []
  const formats = new Set(FORMATS.map((f) => f.id))
  const unknown = all.filter(([, e]) => e.format !== undefined && !formats.has(e.format)).map(([origin]) => origin)
  if (unknown.length > 0)
    found.push(
      fail(
        'origins-format-unknown',
        place,
        say(`no such format, so it is guessed: ${few(unknown)}`, `格式不存在，将自动识别：${few(unknown)}`),
        say('`whytimeout formats` lists the formats.', '可用 whytimeout formats 查看格式列表。'),
      ),
    )
  const ended = all.filter(([, e]) => e.until !== undefined && Date.parse(e.until) < now).map(([origin]) => origin)
  if (ended.length > 0)
    found.push(
      warn(
        'origins-until-past',
        place,
        say(
          `until is over, so new times without a year or date are read as older ones: ${few(ended)}`,
          `until已过，新日志中无年份或日期的时间会被当作更早的时间：${few(ended)}`,
        ),
        say('Take until out: a live log has no end.', '请删除until：实时日志没有终点。'),
      ),
    )
  const strangers = sites
    ? all.filter(([, e]) => e.site !== undefined && !sites.has(e.site)).map(([origin]) => origin)
    : []
  if (strangers.length > 0)
    found.push(
      warn(
        'origins-site-unknown',
        place,
        say(`the inventory has no such site: ${few(strangers)}`, `终端清单中没有该门店：${few(strangers)}`),
        say('Correct site, or add the site to the inventory.', '请更正site，或在清单中补充该门店。'),
      ),
    )
  const globs = all.filter(([origin]) => /[*?]/.test(origin)).length
  const zoned = all.filter(([, e]) => e.zone !== undefined).length
  return [
    ok(
      'origins-read',
      place,
      say(
        `${count(all.length, 'entry', 'entries')}, ${globs} with wildcards, ${zoned} with a zone`,
        `${all.length} 项，其中通配 ${globs} 项，含时区 ${zoned} 项`,
      ),
    ),
    ...found,
  ]
}
