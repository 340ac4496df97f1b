import type { Sighting } from '../sighting.js'
import { MAX_IDS, type Scene } from './fact.js'

/** How long before the attempt a link may have gone down to be its link. */
const BEFORE_MS = 90_000
const AFTER_MS = 10_000
/** A link that came up is used again after so long: addresses, routes and sessions come back with it. */
const SETTLED_MS = 3_000
/** Clocks of a box and a till. */
const SLACK_MS = 1_000
/** A link that comes back alone may be a site's only one, with a spare beside it. */
const ENOUGH_TIMES = 2
/** Slot, unit and port: a switch's, of which many are. */
const SWITCH_PORT = /\d\/\d{1,3}\/\d/

/** What the last link that the site's box lost is to the attempt. */
export function linkFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  if (e.site === undefined) return
  const links = window.ofSite('link', e.site).collect(from, to, (s) => s.role === 'router')
  const [earliest, latest] = [e.start - BEFORE_MS, e.end + AFTER_MS]
  const last = links.findLast((s) => s.action === 'link-down' && s.at >= earliest && s.at <= latest)
  if (!last) return
  const up = links.find((s) => s.action === 'link-up' && s.host === last.host && s.at > last.at && isOne(s, last))
  put('link.up_again', up !== undefined && up.at + SETTLED_MS <= e.start, up ? [last, up] : [last])
  othersServed(scene, links, last)
}

const isOne = (a: Sighting, b: Sighting): boolean =>
  a.interface === undefined || b.interface === undefined || a.interface === b.interface

/** Whether others of the site are served without that link: then it is not the one that all depend on. */
function othersServed({ episode: e, window, put }: Scene, links: readonly Sighting[], last: Sighting): void {
  if (last.interface === undefined) return
  const own = links.filter((s) => s.host === last.host && s.interface === last.interface)
  const exchanges = window.ofSite('exchange', e.site)
  const self = e.terminal ?? e.host
  const served = own.flatMap((down, i): Sighting[] => {
    const up = down.action === 'link-down' ? own.slice(i + 1).find((s) => s.action === 'link-up') : undefined
    if (!up) return []
    const [since, until] = [down.at + SLACK_MS, up.at - SLACK_MS]
    const isServed = (s: Sighting) => s.outcome === 'ok' && (s.terminal ?? s.host) !== self && s.start >= since
    const ok = exchanges.find(since, until, isServed)
    return ok ? [ok] : []
  })
  if (served.length >= (SWITCH_PORT.test(last.interface) ? 1 : ENOUGH_TIMES))
    put('link.others_served', true, [last, ...served.slice(0, MAX_IDS - 1)])
}
