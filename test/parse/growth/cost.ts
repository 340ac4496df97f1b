import type { Suspect } from './suspects.js'

/** Of the texts tried: short ones for what doubles with every pump, then by length. */
const PUMPS = Array.from({ length: 40 }, (_, i) => i + 1)
const LENGTHS = [1_024, 2_048, 4_096, 8_192, 16_384]
/** What takes longer is not tried at greater length. */
const ENOUGH_MS = 40
/** A character may cost as much as so many of a plain loop's: a gap of two hundred characters after every word does, a quadratic pattern does not. */
const MOST = 1_000
/**
 * What does not fit, at the end: what hardly any pattern names, a line's end, nothing. Nothing comes last: a bounded pattern may take it up to
 * its bound, and then explode at once.
 */
const TAILS = ['\u0001', '!', '\n\u0001', '']

/** Processor time, the best of several where it matters: other work on the machine only ever adds. */
function costMs(pattern: RegExp, text: string, limitMs = 1): number {
  let best = Number.POSITIVE_INFINITY
  for (let i = 0; i < 3 && best > limitMs; i++) {
    pattern.lastIndex = 0
    const began = process.cpuUsage()
    pattern.exec(text)
    best = Math.min(best, process.cpuUsage(began).user / 1000)
  }
  return best
}

let plain: number | undefined
/** What a character costs a loop that takes each once and gives each back once. */
function plainMs(): number {
  const text = 'a'.repeat(1_000_000)
  plain ??= costMs(/^[^\n]*b/, text, 0) / text.length
  return plain
}

/** @returns the text's begin on which the pattern costs more than in proportion; undefined if no suspicion holds */
export function confirmed(pattern: RegExp, suspects: readonly Suspect[]): string | undefined {
  const heads = new Set<string>()
  for (const { head, pump } of suspects)
    for (const tail of TAILS) {
      const key = `${head}\0${pump}\0${tail}`
      if (heads.has(key)) continue
      heads.add(key)
      if (isDear(pattern, head, pump, tail)) return JSON.stringify(`${head}${pump}${pump}…${tail}`)
    }
  return undefined
}

function isDear(pattern: RegExp, head: string, pump: string, tail: string): boolean {
  const counts = [...new Set([...PUMPS, ...LENGTHS.map((l) => Math.ceil(l / pump.length))])]
  for (const count of counts.sort((a, b) => a - b)) {
    const text = head + pump.repeat(count) + tail
    const cost = costMs(pattern, text)
    if (cost > ENOUGH_MS || count === counts.at(-1)) return cost > 1 && cost / text.length > MOST * plainMs()
  }
  return false
}
