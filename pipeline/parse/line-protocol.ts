import { ofEpoch, type WallTime } from './time.js'

/**
 * A line of InfluxDB's line protocol: a name with tags, fields, and at its end a time since 1970 in s, ms, µs or ns, by its length.
 * Source: InfluxDB 2 line protocol reference.
 */
const KEY = String.raw`(?:[^\s,=\\]|\\.)`
export const LINE_PROTOCOL = new RegExp(
  String.raw`^[A-Za-z_]${KEY}{0,120}(?:,(?:[^\s\\]|\\.){1,4000})? ${KEY}{1,200}=[^\n]{1,60000} (?:\d{10}|\d{13}|\d{16}|\d{19})\s*$`,
)
const DIGITS_OF_MS = 13

/** The time behind the last blank. @returns undefined where the text is no such line */
export function timeAtEnd(
  text: string,
): { readonly time: WallTime; readonly start: number; readonly end: number } | undefined {
  if (!/\d\s*$/.test(text.slice(-4)) || !LINE_PROTOCOL.test(text)) return undefined
  const end = text.trimEnd().length
  const start = text.lastIndexOf(' ', end - 1) + 1
  const digits = text.slice(start, end)
  const epochMs = digits.length < DIGITS_OF_MS ? Number(digits) * 1_000 : Number(digits.slice(0, DIGITS_OF_MS))
  return { time: ofEpoch(epochMs), start, end }
}
