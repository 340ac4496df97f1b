/** A record that is one JSON object: parsed once, however many formats ask for it. */
export type JsonLine = { readonly [key: string]: unknown }

let last: { readonly text: string; readonly value: JsonLine | undefined } = { text: '', value: undefined }

/** @returns undefined where the text is no JSON object */
export function readJsonLine(text: string): JsonLine | undefined {
  if (text.charCodeAt(0) !== BRACE) return undefined
  if (last.text !== text) last = { text, value: parse(text) }
  return last.value
}

const BRACE = 123

function parse(text: string): JsonLine | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as JsonLine) : undefined
  } catch {
    return undefined
  }
}

/** The first of the keys that has a word or a number, as text; `-` and nothing are none. */
export function textAt(line: JsonLine, ...keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = line[key]
    if (typeof value === 'number') return String(value)
    if (typeof value === 'string' && value !== '' && value !== '-') return value
  }
  return undefined
}

/** The object of this name; undefined where there is none. */
export function objectAt(line: JsonLine | undefined, name: string): JsonLine | undefined {
  const value = line?.[name]
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonLine) : undefined
}

/** The first of the keys that has a number or the text of one. */
export function numberAt(line: JsonLine, ...keys: readonly string[]): number | undefined {
  const value = textAt(line, ...keys)
  const n = Number(value)
  return value === undefined || !Number.isFinite(n) ? undefined : n
}

/** nginx' `$msec`: seconds of the epoch with their milliseconds, beside a time of whole seconds under another name. */
export const isMsec = (value: string | undefined): value is string =>
  value !== undefined && /^1[5-9]\d{8}\.\d{1,3}$/.test(value)
