import type { Sighting } from '../sighting.js'
import { MAX_IDS, type Scene } from './fact.js'

/** How long before the attempt a link may have gone down to be its link. */
const BEFORE_MS = 90_000
const AFTER_MS = 10_000
/** Clocks of a box and a till. */
const SLACK_MS = 1_000
/** A link that comes back alone may be a site's only one, with a spare beside it. */
const ENOUGH_TIMES = 2
/** Slot, unit and port: a switch's, of which many are. */
const SWITCH_PORT = /\d\/\d{1,3}\/\d/

/** Whether the site's box lost a link without which others of the site are served: then it is not the one that all depend on. */
export function linkFacts({ episode: e, window, put, from, to }: Scene): void {
  if (e.site === undefined) return
  const links = window.ofSite('link', e.site).collect(from, to, (s) => s.role === 'router')
  const last = links.findLast(
    (s) => s.action === 'link-down' && s.at >= e.start - BEFORE_MS && s.at <= e.end + AFTER_MS,
  )
  if (last?.interface === undefined) return
  const own = links.filter((s) => s.host === last.host && s.interface === last.interface)
  const exchanges = window.ofSite('exchange', e.site)
  const served = own.flatMap((down, i): Sighting[] => {
    if (down.action !== 'link-down') return []
    const up = own.slice(i + 1).find((s) => s.action === 'link-up')
    if (!up) return []
    const ok = exchanges.find(
      down.at + SLACK_MS,
      up.at - SLACK_MS,
      (s) => s.outcome === 'ok' && s.terminal !== e.terminal && s.start >= down.at + SLACK_MS,
    )
    return ok ? [ok] : []
  })
  if (served.length >= (SWITCH_PORT.test(last.interface) ? 1 : ENOUGH_TIMES))
    put('link.others_served', true, [last, ...served.slice(0, MAX_IDS - 1)])
}
