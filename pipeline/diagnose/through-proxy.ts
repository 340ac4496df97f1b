import type { Episode } from './episode.js'
import { settingsOf } from './facts/neighbours.js'
import type { Sighting } from './sighting.js'
import type { Window } from './window.js'

type Speaker = { readonly terminal: string | undefined; readonly host: string | undefined; readonly at: number }
/** A program names its proxy a little before or any time after it says that it starts. */
const STARTING_MS = 5_000

/** The proxy that a terminal said it goes through: in its last start-up line, or in a line of its own since. */
export function proxyOf(window: Window, who: Speaker, from: number): Sighting | undefined {
  const start = settingsOf(window, who, from)
  if (start?.viaProxy) return start
  const line =
    who.terminal !== undefined
      ? window.ofTerminal('proxy', who.terminal)
      : who.host !== undefined
        ? window.ofHost('proxy', who.host)
        : undefined
  const said = line?.lastUntil(who.at)
  return said && said.at >= from && (!start || said.at >= start.at - STARTING_MS) ? said : undefined
}

/**
 * Who goes through a proxy waits for the proxy, whatever address its error names. Programs count CONNECT as part of connecting (RFC 9110 9.3.6) or
 * say no more than that the proxy was silent: a proxy that has served somebody is there and takes connections, so its answer is what is missing;
 * to one that nobody ever got through, the connection is.
 */
export function throughProxy(e: Episode, window: Window, from: number): Episode {
  if (e.sufferer !== 'terminal' || e.phase === 'dns') return e
  const proxy = proxyOf(window, { terminal: e.terminal, host: e.host, at: e.start + 200 }, from)
  if (!proxy) return e
  const at: Episode = { ...e, ip: proxy.ip, domain: proxy.domain, port: proxy.port }
  const isVague = e.phase === 'connect' || e.symptoms.some((s) => /\bproxy\b/i.test(s.event['error.message'] ?? ''))
  return isVague ? { ...at, phase: hasServed(proxy, window, from, e.end) ? 'response' : 'connect' } : at
}

function hasServed(proxy: Sighting, window: Window, from: number, to: number): boolean {
  const isSame = (s: Sighting) => s.ip === proxy.ip && s.domain === proxy.domain && s.port === proxy.port
  return (
    window.served('exchange').find(from, to, (s) => {
      if (isSame(s)) return true
      const through = proxyOf(window, { terminal: s.terminal, host: s.host, at: s.start }, from)
      return through !== undefined && isSame(through)
    }) !== undefined
  )
}
