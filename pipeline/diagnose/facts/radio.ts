import type { Sighting } from '../sighting.js'
import { median, type Scene } from './fact.js'

/** Readings come every few seconds or every few minutes: the nearest ones count. */
const NEAR_MS = [15_000, 65_000, 185_000]

/** How strong the radio signal is that the attempt went over: the terminal's own, or that of its site's router. */
export function radioFacts({ episode: e, window, put, from, to }: Scene): void {
  const line = window.ofSite('radio', e.site)
  if (!line.any(from, to)) return
  const isOwn = (s: Sighting) => (e.terminal !== undefined && s.terminal === e.terminal) || s.host === e.host
  const isRouter = (s: Sighting) => s.role === 'router' || s.terminal === undefined
  const all = line.range(from, to)
  const own = all.filter(isOwn)
  const mine =
    own.length > 0 ? own : e.site === undefined ? [] : all.filter((s) => isRouter(s) && s.role !== 'terminal')
  for (const reading of [(s: Sighting) => s.rsrpDbm, (s: Sighting) => s.signalDbm]) {
    const list = mine.filter((s) => reading(s) !== undefined)
    const near = (ms: number) => (s: Sighting) => s.at >= e.start - ms && s.at <= e.end + ms
    const around = NEAR_MS.find((ms) => list.some(near(ms)))
    if (around === undefined) continue
    const now = list.filter(near(around))
    const level = (some: readonly Sighting[]) => median(some.map((s) => reading(s) ?? 0))
    const [then, usual] = [level(now), level(list.filter((s) => !near(around)(s)))]
    put('radio.level_dbm', then, now)
    if (then !== undefined && usual !== undefined) put('radio.fall_db', usual - then, now)
    return
  }
}
