import type { Bilingual } from '../../../schemas/rule.js'
import { say } from '../findings.js'

const UNITS: readonly (readonly [number, string, string])[] = [
  [86_400_000, 'd', '天'],
  [3_600_000, 'h', '小时'],
  [60_000, 'min', '分钟'],
  [1_000, 's', '秒'],
]

/** A span of time as people say it, to about two digits. */
export function span(ms: number): Bilingual {
  const [size, en, zh] = UNITS.find(([unit]) => ms >= unit * 2) ??
    UNITS.findLast(([unit]) => ms >= unit) ?? [1, 'ms', '毫秒']
  const n = ms / size
  const text = n >= 10 || Number.isInteger(n) ? String(Math.round(n)) : n.toFixed(1)
  return say(`${text} ${en}`, `${text}${zh}`)
}

/** `3 topics`, `1 topic`. */
export const count = (n: number, one: string, many = `${one}s`): string => `${grouped(n)} ${n === 1 ? one : many}`
export const grouped = (n: number | bigint): string => String(n).replace(/\B(?=(\d{3})+$)/g, ' ')

/** The first few of many. */
export const few = (names: readonly string[], most = 3): string =>
  names.length <= most ? names.join(', ') : `${names.slice(0, most).join(', ')} … (${names.length})`
