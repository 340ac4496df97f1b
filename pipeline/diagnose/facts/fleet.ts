import type { Scene } from './fact.js'
import { overlaps } from './fact.js'
import type { Neighbour } from './neighbours.js'

/** Who else fared how, at the same time. */
export function fleetFacts(scene: Scene, neighbours: readonly Neighbour[]): void {
  const { episode: e, put, window } = scene
  const port = scene.endpoint.port
  const here = neighbours.filter((n) => n.site === e.site)
  // Whoever has no known site may stand beside a terminal that has one.
  const elsewhere = neighbours.filter((n) => n.site !== e.site && (e.site === undefined || n.site !== undefined))
  const count = (list: readonly Neighbour[], keep: (n: Neighbour) => boolean, name: Parameters<typeof put>[0]) => {
    const found = list.filter(keep)
    put(name, found.length, found)
  }
  const ok = (n: Neighbour) => n.state === 'ok'
  const timedOut = (n: Neighbour) => n.state === 'timeout'
  // Far away, who cannot look up a name and who cannot connect suffer from two things.
  const likewise = (n: Neighbour) => timedOut(n) && n.atLookup === (e.phase === 'dns')
  const same = (n: Neighbour) => port !== undefined && n.port === port
  const other = (n: Neighbour) => port !== undefined && n.port !== undefined && n.port !== port

  count(here, () => true, 'fleet.site_others')
  count(here, ok, 'fleet.site_ok')
  count(here, timedOut, 'fleet.site_failed')
  count(here, (n) => ok(n) && same(n), 'fleet.site_ok_same_port')
  count(here, (n) => timedOut(n) && same(n), 'fleet.site_failed_same_port')
  count(here, (n) => ok(n) && other(n), 'fleet.site_ok_other_port')
  count(here, (n) => timedOut(n) && other(n), 'fleet.site_failed_other_port')
  count(elsewhere, () => true, 'fleet.elsewhere')
  count(elsewhere, ok, 'fleet.elsewhere_ok')
  count(neighbours, (n) => n.connected, 'fleet.others_connected')
  const reaching = elsewhere.filter((n) => n.reach === 'connects')
  if (e.phase === 'connect' && reaching.length > 0)
    put('fleet.others_reach_gateway', !elsewhere.some((n) => n.reach === 'in-vain'), reaching)
  count(elsewhere, likewise, 'fleet.elsewhere_failed')
  count(elsewhere, (n) => ok(n) && same(n), 'fleet.elsewhere_ok_same_port')
  count(elsewhere, (n) => likewise(n) && same(n), 'fleet.elsewhere_failed_same_port')
  if (e.isp !== undefined) {
    const others = elsewhere.filter((n) => n.isp !== undefined && n.isp !== e.isp)
    count(others, ok, 'fleet.other_isp_ok')
    count(others, likewise, 'fleet.other_isp_failed')
    count(others, (n) => ok(n) && same(n), 'fleet.other_isp_ok_same_port')
    const ours = neighbours.filter((n) => n.isp === e.isp && likewise(n) && same(n) && n.site !== undefined)
    put('fleet.isp_sites_failed_same_port', new Set([e.site, ...ours.map((n) => n.site)]).size, ours)
  }
  const failing = neighbours.filter((n) => (n.site === e.site ? timedOut(n) : likewise(n)))
  const sites = new Set([e.site, ...failing.map((n) => n.site)])
  if (sites.size > 1) sites.delete(undefined)
  put('fleet.sites_failed', sites.size, failing)
  const around = window
    .ofSite('exchange', e.site)
    .collect(e.start - 30_000, e.end + 30_000, (s) => s.outcome === 'timeout')
  put('fleet.site_phases_failed', new Set([e.phase, ...around.map((s) => s.phase ?? e.phase)]).size, around)
  const judged = neighbours.filter((n) => n.state === 'ok' || failing.includes(n))
  if (judged.length > 0) {
    const own = e.sufferer === 'terminal' ? 1 : 0
    put('fleet.share_failed', (failing.length + own) / (judged.length + own), judged)
  }
  if (e.terminal) {
    const mine = window
      .ofTerminal('exchange', e.terminal)
      .range(e.start, e.end)
      .filter((s) => s.outcome === 'ok' && s.start >= e.start)
    put('fleet.same_terminal_ok', mine.length, mine)
  }
  const refused = window
    .all('exchange')
    .collect(
      e.start - 1_000,
      e.end + 1_000,
      (s) => s.outcome === 'failed' && overlaps(s, e.start, e.end) && (s.durationMs ?? 0) < 1_000,
    )
  put('fleet.refused', refused.length, refused)
}
