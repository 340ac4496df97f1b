import type { Pack } from './pack.js'

/** Bits from which on a line is worth telling on its own: half of what decides. */
const TELLING_BITS = 6

/**
 * What lines say where no timeout is there to explain: how many speak for which mechanism.
 * @param signs  events by the ids of the conditions that hold
 */
export function evidenceOf(pack: Pack, signs: ReadonlyMap<string, number>): Map<string, number> {
  const best = new Map<string, { readonly mechanism: string; readonly bits: number; readonly atLeast: number }>()
  for (const { id, signals } of pack.mechanisms)
    for (const { condition, bits, atLeast } of signals)
      if (condition.kind === 'event' && bits >= TELLING_BITS && bits > (best.get(condition.id)?.bits ?? 0))
        best.set(condition.id, { mechanism: id, bits, atLeast })
  const found = new Map<string, number>()
  for (const [sign, n] of signs) {
    const strongest = best.get(sign)
    if (strongest === undefined || n < strongest.atLeast) continue
    // Conditions of one mechanism hold of the same lines.
    found.set(strongest.mechanism, Math.max(n, found.get(strongest.mechanism) ?? 0))
  }
  return found
}
