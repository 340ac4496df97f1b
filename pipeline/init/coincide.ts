/** Which address of a router's log is which terminal's, with how many of the terminal's attempts say so. */
export type Match = { readonly ip: string; readonly hits: number; readonly attempts: number; readonly host: string }

type Seconds = Map<string, { readonly at: Set<number>; readonly host: string }>

const MIN_ATTEMPTS = 8
/** Share of a terminal's attempts at which its address must be seen, and its lead over the next address. */
const MIN_SHARE = 0.6
const LEAD = 1.5
const MAX_SECONDS = 5_000
/** A router and a terminal write down one exchange this far apart at most. */
const NEAR_SECS = 1

/**
 * Where no line ties a terminal to its address, time does: a terminal looks up a name or connects, and its router writes the address in the
 * same second, attempt after attempt. Times must be true ones, zones and skews taken out.
 */
export function createCoincidences() {
  const attempts: Seconds = new Map()
  const sightings: Seconds = new Map()
  const note = (seconds: Seconds, key: string, atMs: number, host: string): void => {
    const known = seconds.get(key) ?? { at: new Set<number>(), host }
    seconds.set(key, known)
    if (known.at.size < MAX_SECONDS) known.at.add(Math.floor(atMs / 1000))
  }
  return {
    /** An attempt of a terminal, by when it began. */
    attempt: (terminal: string, atMs: number, host: string): void => note(attempts, terminal, atMs, host),
    /** A line of another host that names an address of a private network. */
    sighting: (ip: string, atMs: number, host: string): void => note(sightings, ip, atMs, host),
    /** By terminal. A match is given only where the terminal is the address's best one as well. */
    finish: (): Map<string, Match> => {
      const candidates = candidatesOf(attempts, sightings)
      const byTerminal = bestBy(candidates, (c) => c.terminal)
      const byAddress = bestBy(candidates, (c) => c.ip)
      return new Map(
        [...byTerminal]
          .filter(([terminal, best]) => byAddress.get(best.ip)?.terminal === terminal)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      )
    },
  }
}

type Candidate = Match & { readonly terminal: string; readonly share: number }

function candidatesOf(attempts: Seconds, sightings: Seconds): Candidate[] {
  const startsNear = new Map<number, { readonly terminal: string; readonly second: number }[]>()
  for (const [terminal, { at }] of attempts) {
    if (at.size < MIN_ATTEMPTS) continue
    for (const second of at)
      for (let near = second - NEAR_SECS; near <= second + NEAR_SECS; near++) {
        const here = startsNear.get(near) ?? []
        startsNear.set(near, here)
        here.push({ terminal, second })
      }
  }
  const found: Candidate[] = []
  for (const [ip, { at, host }] of sightings) {
    const hits = new Map<string, Set<number>>()
    for (const seen of at)
      for (const { terminal, second } of startsNear.get(seen) ?? [])
        hits.set(terminal, (hits.get(terminal) ?? new Set()).add(second))
    for (const [terminal, starts] of hits) {
      const own = attempts.get(terminal)?.at ?? new Set()
      const share = starts.size / own.size
      if (share >= MIN_SHARE && share >= LEAD * chanceOf(own, at))
        found.push({ terminal, ip, host, hits: starts.size, attempts: own.size, share })
    }
  }
  return found
}

/** Share of attempts that an address would be near by chance: one that is written every second is near everything. */
function chanceOf(own: ReadonlySet<number>, seen: ReadonlySet<number>): number {
  let first = Number.POSITIVE_INFINITY
  let last = Number.NEGATIVE_INFINITY
  for (const second of own) {
    first = Math.min(first, second)
    last = Math.max(last, second)
  }
  let within = 0
  for (const second of seen) if (first <= second && second <= last) within++
  return Math.min(1, (within * (2 * NEAR_SECS + 1)) / (last - first + 1))
}

/** The best of each group, where it leads the next clearly. */
function bestBy(candidates: readonly Candidate[], keyOf: (c: Candidate) => string): Map<string, Candidate> {
  const groups = new Map<string, Candidate[]>()
  for (const c of candidates) {
    const group = groups.get(keyOf(c)) ?? []
    groups.set(keyOf(c), group)
    group.push(c)
  }
  const best = new Map<string, Candidate>()
  for (const [key, group] of groups) {
    const [first, next] = group.sort((a, b) => b.share - a.share || (a.terminal + a.ip < b.terminal + b.ip ? -1 : 1))
    if (first && first.share >= LEAD * (next?.share ?? 0)) best.set(key, first)
  }
  return best
}
