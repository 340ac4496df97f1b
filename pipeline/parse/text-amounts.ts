import type { Gated } from './gate.js'

/** An amount and, after it, the unit that it may have: parts of patterns, one group each. */
export const NUM = String.raw`\d{1,9}(?:\.\d{1,12})?`
export const UNIT = String.raw`\s{0,2}(ms|msec|millis(?:econds)?|毫秒|s|secs?|seconds|秒|us|µs|微秒|msn|sn|saniye|мс|сек|m|min)?(?![A-Za-z\d=])`

/** What the first of the patterns that fits finds. */
export const first = (patterns: readonly Gated[], text: string): RegExpExecArray | undefined => {
  for (const p of patterns) {
    const m = p.exec(text)
    if (m) return m
  }
  return undefined
}

/** In ms, rounded; `bare` is the unit of an amount without one. */
export function toMs(value: string | undefined, unit: string | undefined, bare: 'ms' | 's'): number | undefined {
  if (value === undefined) return undefined
  const n = Number(value)
  const u = (unit ?? bare).toLowerCase()
  if (/^(?:us|µs|微秒)$/.test(u)) return Math.round(n / 1000)
  if (/^(?:ms|msec|milli|мс|毫秒)/.test(u)) return Math.round(n)
  if (/^(?:m|min|分)/.test(u)) return Math.round(n * 60_000)
  return Math.round(n * 1000)
}
