import type { LogEvent } from '../../schemas/event.js'
import type { Inventory } from './inventory.js'

const SITE = /\p{L}[\p{L}\d]{2,23}(?:[-_]{1,2}[\p{L}\d]{1,23}){0,4}/gu
/** A name without a digit may be a word of the language, unless it is of Chinese characters. */
const LEAST_WORD = 4
const NAMELIKE = /\d|\p{Script=Han}/u
/** The site that a monitor's line is about: it calls its targets by the sites' names (`S0227-WAN1;PING;…`). */
export function siteSaid(event: LogEvent, inventory: Inventory): string | undefined {
  const action = event['event.action'] ?? ''
  const isOfLine =
    /^(?:probe-|mtu-|transfer-|job-|modem-|optics-|power-|link-|line-)/.test(action) ||
    event['event.reason']?.startsWith('a monitor ') === true
  if (!isOfLine) return undefined
  for (const [word] of (event.message ?? '').slice(0, 300).matchAll(SITE)) {
    const site = longestSite(word, inventory)
    if (site !== undefined) return site
  }
  // What is probed from afar is of the site whose network it lies in.
  const target = event['destination.ip']
  return target === undefined ? undefined : inventory.siteOfNetwork(target)
}

/** The site that a word begins, however many of its parts belong to the name: `HALIFAX-SPRING`, `S0227-WAN1`. */
function longestSite(word: string, inventory: Inventory): string | undefined {
  for (let name = word; name !== ''; name = name.slice(0, Math.max(0, name.search(/[-_]+[^-_]*$/)))) {
    const site = name.length >= LEAST_WORD || NAMELIKE.test(name) ? inventory.siteNamed(name) : undefined
    if (site !== undefined) return site
  }
  return undefined
}
