import { programOf, runOf } from './steps.js'
import type { Suspect } from './suspects.js'
import { treeOf } from './syntax.js'

/** Of the texts tried: short ones for what doubles with every pump, then by length. */
const PUMPS = Array.from({ length: 40 }, (_, i) => i + 1)
const LENGTHS = [1_024, 4_096]
/** A character may be looked at so often: bounded gaps after every word do it a hundred times, a quadratic pattern a thousand. */
const MOST = 300
/**
 * What does not fit, at the end: what hardly any pattern names, a line's end, nothing. Nothing comes last: a bounded pattern may take it up to
 * its bound, and then explode at once.
 */
const TAILS = ['\u0001', '!', '\n\u0001', '']

/** @returns the text's begin on which the pattern costs more than in proportion; undefined if no suspicion holds */
export function confirmed(pattern: RegExp, suspects: readonly Suspect[]): string | undefined {
  if (suspects.length === 0) return undefined
  const program = programOf(treeOf(pattern))
  const seen = new Set<string>()
  for (const { head, pump } of suspects)
    for (const tail of TAILS) {
      const begin = `${head}${pump}${pump}…${tail}`
      if (seen.has(begin)) continue
      seen.add(begin)
      const counts = [...new Set([...PUMPS, ...LENGTHS.map((l) => Math.ceil(l / pump.length))])]
      for (const count of counts) {
        const text = head + pump.repeat(count) + tail
        const most = MOST * (text.length + 100)
        if (runOf(program, text, pattern.sticky, most).steps >= most) return JSON.stringify(begin)
      }
    }
  return undefined
}
