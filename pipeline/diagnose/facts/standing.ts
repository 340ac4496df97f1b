import type { FactName } from '../../../schemas/facts.js'
import type { Sighting } from '../sighting.js'
import type { Timeline } from '../timeline.js'
import { MAX_IDS, type Scene } from './fact.js'

/** Clocks of a box and a till. */
const SLACK_MS = 1_000

/**
 * What stands as it was last said, and is said once only: a link or a route that went away is away until it is said to be back, or until
 * somebody is served over the same place, which shows that it was not needed or that another took over.
 */
export function standingFacts(scene: Scene): void {
  const { episode: e, window, from } = scene
  const until = e.start + SLACK_MS
  if (e.site !== undefined) {
    const isBox = (s: Sighting) => s.role === 'router' || s.role === 'unknown'
    const served = window.ofSite('exchange', e.site)
    tell(scene, 'site.link_away', window.ofSite('link', e.site).collect(from, until, isBox), served)
    const routes = window.ofSite('route', e.site).collect(from, until, isBox)
    const isTunnel = (s: Sighting) => s.action === 'link-down' || s.action === 'link-up'
    tell(
      scene,
      'site.route_away',
      routes.filter((s) => !isTunnel(s)),
      served,
    )
    tell(scene, 'site.tunnel_away', routes.filter(isTunnel), served)
  }
  const isGateway = (s: Sighting) =>
    s.role === 'gateway' && (e.gateway === undefined || s.gateway === e.gateway || s.host === e.gateway)
  tell(scene, 'gateway.route_away', window.all('route').collect(from, until, isGateway), window.all('session'))
}

function tell(
  { episode: e, put }: Scene,
  name: FactName,
  said: readonly Sighting[],
  exchanges: Timeline<Sighting>,
): void {
  const away = said.filter((s, i) => isLost(s) && !said.slice(i + 1).some((later) => !isLost(later) && isOne(s, later)))
  const isServed = (since: number) =>
    exchanges.find(since, e.start, (s) => s.outcome === 'ok' && s.start > since) !== undefined
  const since = away.find((s) => !isServed(s.at + SLACK_MS))
  if (!since) return
  const shown = away.filter((s) => s.at >= since.at)
  put(name, true, shown.slice(0, MAX_IDS))
}

const isLost = (s: Sighting): boolean => s.outcome === 'failed' || s.action === 'link-down'

/** Whether two lines of a box speak of the same link or route. */
const isOne = (a: Sighting, b: Sighting): boolean =>
  a.host === b.host && agree(a.interface, b.interface) && agree(a.ip, b.ip) && agree(a.reason, b.reason)
const agree = (a: string | undefined, b: string | undefined): boolean => a === undefined || b === undefined || a === b
