import type { ParsedFields } from '../../schemas/event.js'
import { readHostPort } from './access-line.js'
import { gated } from './gate.js'

/**
 * The proxy that a client says it goes through. It dials the proxy (RFC 9110 7.3.2, 9.3.6); the address it asks for is the proxy's to reach.
 * Source: curl(1), ENVIRONMENT; Java Networking and Proxies (java.net.useSystemProxies, https.proxyHost); Apache HttpClient's and OkHttp's words.
 */
const HOST = String.raw`(?:[a-z\d]{2,8}:\/\/)?(?:[^\s/@"']{1,128}@)?(?<host>\[[0-9a-f:]{2,45}\]|[\w.-]{1,255}):(?<port>\d{1,5})\b`
const NAMED = gated(
  new RegExp(
    String.raw`(?<!no_|no-|reverse[ _-])\b(?:https?_?|all_?|web_?)?prox(?:y|ies)(?:_?(?:url|server|addr(?:ess)?))?["']?(?:\s?[=:]\s?|\s)["']?${HOST}`,
    'i',
  ),
)
const THROUGH = gated(
  new RegExp(
    String.raw`\b(?:through|via|using|use|behind) (?:the |a |an )?(?:https? |socks\d? |web |forward )?proxy(?: server)?(?: at)? ["'(]?${HOST}`,
    'i',
  ),
)
const OKHTTP = gated(
  /\b(?:proxy[=: ]{1,2})?(?:HTTP|SOCKS) @ (?:[\w.-]{1,255})?\/(?<host>[\d.]{7,15}):(?<port>\d{1,5})\b/,
)
const CHINESE = gated(new RegExp(String.raw`(?<!反向)代理(?:服务器|地址)?\s?[=:：为]?\s?["'“]?${HOST}`, 'i'))
const JVM = gated(
  /(?:-D|\b)https?\.proxyHost=(?<host>[\w.-]{1,255})\b.{0,60}?(?:-D|\b)https?\.proxyPort=(?<port>\d{1,5})\b/,
)
const ALL = [JVM, OKHTTP, THROUGH, NAMED, CHINESE]

export type Proxy = { readonly ip?: string; readonly domain?: string; readonly port: number }

/** The value of a setting that is a proxy: an address or a URL with a port. */
export const proxyIn = (value: string): Proxy | undefined => made(WHOLE.exec(value)?.groups)
const WHOLE = new RegExp(String.raw`^${HOST}\/?$`, 'i')

/** The proxy that a text names as the one that is used. */
export function readProxy(text: string): Proxy | undefined {
  for (const pattern of ALL) {
    const proxy = made(pattern.exec(text)?.groups)
    if (proxy) return proxy
  }
  return undefined
}

function made(g: Readonly<Record<string, string | undefined>> | undefined): Proxy | undefined {
  const port = Number(g?.port)
  const at = g === undefined || !(port > 0 && port <= 65_535) ? undefined : readHostPort(`${g.host}:${port}`)
  if (at?.ip !== undefined) return { ip: at.ip, port }
  return at?.domain === undefined ? undefined : { domain: at.domain.toLowerCase(), port }
}

/** The proxy takes the place of what is asked for. */
export function addProxy(fields: ParsedFields, proxy: Proxy | undefined): void {
  if (!proxy) return
  delete fields['destination.ip']
  delete fields['destination.domain']
  if (proxy.ip !== undefined) fields['destination.ip'] = proxy.ip
  if (proxy.domain !== undefined) fields['destination.domain'] = proxy.domain
  fields['destination.port'] = proxy.port
  fields['whytimeout.via_proxy'] = true
}
