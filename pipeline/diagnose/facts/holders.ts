import type { Sighting } from '../sighting.js'
import { groupBy, MAX_IDS, type Scene } from './fact.js'

/** A neighbour's entry lives for about a minute, a lease is renewed at half of its time: what is said in so long holds for the moments. */
const NEAR_MS = 300_000

/**
 * Which hardware addresses leases and tables of neighbours name behind the terminal's address. A device that was exchanged changes it once; of
 * two that have it, one comes after the other has come back.
 */
export function holderFacts(scene: Scene): void {
  contested(scene)
  const { episode: e, window, put, from, to } = scene
  if (e.terminal === undefined) return
  const range = [Math.max(from, e.start - NEAR_MS), Math.min(to, e.end + NEAR_MS)] as const
  const all = [
    ...window.ofTerminal('neighbour', e.terminal).range(...range),
    ...window.ofTerminal('lease', e.terminal).range(...range),
  ]
    .filter((s) => s.mac !== undefined && addressOf(s) !== undefined)
    .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
  // Whoever asks for the terminal speaks of an address of its own.
  const told = all.filter((s) => s.action !== 'neighbour-asked')
  const addresses = new Set((told.length > 0 ? told : all).map(addressOf))
  if (addresses.size !== 1) return
  const said = all.filter((s) => addresses.has(addressOf(s)))
  const turns = turnsOf(said)
  // The second must have come before the attempt was over.
  const isShared = turns.length >= 3 && (turns[1] as Sighting).at <= e.end
  put('lease.address_shared', isShared, isShared ? aroundOf(turns, e.start) : said.slice(-1))
}

const addressOf = (s: Sighting): string | undefined => s.address ?? s.sourceIp

/** Each time that another device speaks for the address, its first word. */
const turnsOf = (said: readonly Sighting[]): readonly Sighting[] =>
  said.filter((s, i) => i === 0 || s.mac !== said[i - 1]?.mac)

/** The turns nearest to the attempt. */
const aroundOf = (turns: readonly Sighting[], at: number): readonly Sighting[] =>
  [...turns].sort((a, b) => Math.abs(a.at - at) - Math.abs(b.at - at)).slice(0, MAX_IDS)

/** Addresses of VRRP and HSRP move between two routers on purpose. */
const VIRTUAL = /^00:00:(?:5e:00:0[12]|0c:(?:07:ac|9f:f))/i
const SLACK_MS = 30_000

/**
 * Whether an address at the site that is no terminal's, its router's as a rule, is claimed by another device: one that was leased another address,
 * or that comes and goes. Two routers of a pair take turns once.
 */
function contested({ episode: e, window, put, from, to }: Scene): void {
  if (e.site === undefined) return
  const range = [Math.max(from, e.start - NEAR_MS), Math.min(to, e.end + SLACK_MS)] as const
  const claims = groupBy(window.ofSite('neighbour', e.site).range(...range), (s) =>
    (s.terminal === undefined || s.role === 'terminal') && s.mac !== undefined && !VIRTUAL.test(s.mac)
      ? s.sourceIp
      : undefined,
  )
  const leases = window.ofSite('lease', e.site).collect(from, to, (s) => s.mac !== undefined && s.address !== undefined)
  for (const [ip, said] of claims) {
    const until = said.filter((s) => s.at <= e.end)
    const stranger = until.find((s) => {
      const own = leases.filter((l) => l.mac === s.mac)
      return own.length > 0 && !own.some((l) => l.address === ip)
    })
    const turns = turnsOf(said)
    const comesAndGoes = turns.length >= 3 && (turns[1] as Sighting).at <= e.end
    if (!stranger && !comesAndGoes) continue
    const told = stranger ? [stranger, ...leases.filter((l) => l.mac === stranger.mac).slice(-1)] : []
    put('site.address_contested', true, [...told, ...aroundOf(turns, e.start)].slice(0, MAX_IDS))
    return
  }
}
