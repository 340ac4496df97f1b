import { WhytimeoutError } from '../errors.js'
import { parseZone, resolve } from '../parse/time.js'

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3}))?)?)?\s?(Z|[+-]\d\d:?\d\d|\[?[A-Za-z]+(?:\/[\w+-]+)+\]?|UTC)?$/
const AGO = /^(\d{1,6})([smhdw])$/
const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 6e4, h: 3.6e6, d: 8.64e7, w: 6.048e8 }

/**
 * A time as people write it: `2026-11-20`, `2026-11-20 14:00`, with a zone (`Z`, `+08:00`, `Asia/Shanghai`; UTC without one), or how long ago: `2h`.
 * @returns epoch ms; undefined for none
 * @throws WhytimeoutError USAGE
 */
export function timeOption(text: string | undefined, place: string, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (text === 'now') return nowMs
  const ago = AGO.exec(text)
  if (ago) return nowMs - Number(ago[1]) * (UNIT_MS[ago[2] as string] as number)
  const m = TIME.exec(text)
  const at = m === null ? undefined : instant(m)
  if (at === undefined)
    throw new WhytimeoutError(
      'USAGE',
      `"${text}" is no time such as 2026-11-20T14:00+08:00, "2026-11-20 14:00 Asia/Shanghai" or 2h (ago)`,
      place,
    )
  return at
}

function instant(m: RegExpExecArray): number | undefined {
  const [, year, month, day, hour, minute, second, fraction = '0', zone = 'UTC'] = m
  const wall = {
    year: Number(year),
    month: Number(month),
    day: Number(day),
    hour: Number(hour ?? 0),
    minute: Number(minute ?? 0),
    second: Number(second ?? 0),
    ms: Number(fraction.padEnd(3, '0')),
  }
  const isDay = new Date(Date.UTC(wall.year, wall.month - 1, wall.day)).getUTCDate() === wall.day
  const isTime = wall.hour < 24 && wall.minute < 60 && wall.second < 60
  const where = parseZone(zone.replace(/^\[|\]$/g, ''))
  return where && isDay && isTime && wall.month >= 1 && wall.month <= 12 ? resolve(wall, where, 0) : undefined
}

/** A range given by two times. @throws WhytimeoutError USAGE if nothing can lie in it */
export function rangeOption(
  options: { readonly from: string | undefined; readonly to: string | undefined },
  nowMs: number,
): { readonly from: number | undefined; readonly to: number | undefined } {
  const from = timeOption(options.from, '--from', nowMs)
  const to = timeOption(options.to, '--to', nowMs)
  if (from !== undefined && to !== undefined && from >= to)
    throw new WhytimeoutError('USAGE', 'begins when the range has ended: --from must lie before --to', '--from')
  return { from, to }
}
