import type { Sighting } from '../sighting.js'
import { MAX_IDS, type Scene } from './fact.js'

/** A neighbour's entry lives for about a minute, a lease is renewed at half of its time: what is said in so long holds for the moments. */
const NEAR_MS = 300_000

/**
 * Which hardware addresses leases and tables of neighbours name behind the terminal's address. A device that was exchanged changes it once; of
 * two that have it, one comes after the other has come back.
 */
export function holderFacts({ episode: e, window, put, from, to }: Scene): void {
  if (e.terminal === undefined) return
  const range = [Math.max(from, e.start - NEAR_MS), Math.min(to, e.end + NEAR_MS)] as const
  const said = [
    ...window.ofTerminal('neighbour', e.terminal).range(...range),
    ...window.ofTerminal('lease', e.terminal).range(...range),
  ]
    .filter((s) => s.mac !== undefined && (s.address ?? s.sourceIp) !== undefined)
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  const addresses = new Set(said.map((s) => s.address ?? s.sourceIp))
  if (addresses.size !== 1) return
  const turns = said.filter((s, i) => i === 0 || s.mac !== said[i - 1]?.mac)
  // The second must have come before the attempt was over.
  const isShared = turns.length >= 3 && (turns[1] as Sighting).at <= e.end
  put('lease.address_shared', isShared, isShared ? aroundOf(turns, e.start) : said.slice(-1))
}

/** The turns nearest to the attempt. */
const aroundOf = (turns: readonly Sighting[], at: number): readonly Sighting[] =>
  [...turns].sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at)).slice(0, MAX_IDS)
