import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat, NS_PER_MS } from '../format.js'
import { readTime } from '../time.js'

/**
 * nginx error log and access log (combined, with the usual `rt= uct= uht= urt=` times behind it).
 * Units: times in seconds with three decimals; `-` = did not happen. Source: ngx_http_log_module, ngx_http_upstream_module; src/http/ngx_http_upstream.c.
 */
const ERROR =
  /^(?<at>\d{4}\/\d{2}\/\d{2} \d{2}:\d{2}:\d{2}) \[(?<level>[a-z]{3,8})\] (?<pid>\d{1,10})#\d{1,10}: (?:\*\d{1,18} )?(?<text>.{1,4000})$/s
const ACCESS =
  /^(?<ip>[0-9a-fA-F.:]{2,45}) \S{1,80} \S{1,80} \[(?<at>[^\]]{20,32})\] "(?<method>[A-Z]{1,16}) (?<path>\S{1,2048})[^"]{0,16}" (?<status>\d{3}) (?<bytes>\d{1,18}|-)/

export const nginx = defineFormat({
  id: 'nginx',
  title: 'nginx access and error log',
  source: 'nginx documentation, ngx_http_log_module and ngx_http_upstream_module',
  detect: (text) => (ERROR.test(text) ? 1 : ACCESS.test(text) ? 0.8 : 0),
  parse: (text) => {
    const error = ERROR.exec(text)?.groups
    if (error) {
      const when = readTime(error.at ?? '')
      return (
        when &&
        accept(
          {
            'log.level': error.level ?? '',
            'process.pid': Number(error.pid),
            ...readError(error.text ?? ''),
            message: error.text ?? '',
          },
          when.time,
        )
      )
    }
    const access = ACCESS.exec(text)?.groups
    const when = access && readTime(access.at ?? '')
    return access && when ? accept({ ...readAccess(access, text), message: text.slice(0, 500) }, when.time) : undefined
  },
})

function readError(text: string): ParsedFields {
  const client = /client: (?<ip>[0-9a-fA-F.:]{2,45})/.exec(text)?.groups?.ip
  const upstream = /upstream: "(?:\w{2,8}:\/\/)?(?<host>[\w.[\]:-]{1,255}?)(?::(?<port>\d{1,5}))?[/"]/.exec(
    text,
  )?.groups
  const who: ParsedFields = {
    ...(client !== undefined && { 'source.ip': client }),
    ...(upstream?.host !== undefined &&
      (/^[\d.]+$/.test(upstream.host) ? { 'destination.ip': upstream.host } : { 'destination.domain': upstream.host })),
    ...(upstream?.port !== undefined && { 'destination.port': Number(upstream.port) }),
    ...(upstream?.host !== undefined && {
      'service.target.name': upstream.port === undefined ? upstream.host : `${upstream.host}:${upstream.port}`,
    }),
  }
  if (/upstream timed out/.test(text)) {
    const connecting = /while connecting to upstream/.test(text)
    const handshake = /while SSL handshaking to upstream/.test(text)
    return {
      ...who,
      'event.action': connecting ? 'connect-timeout' : handshake ? 'tls-timeout' : 'response-timeout',
      'event.outcome': 'failure',
      'whytimeout.phase': connecting ? 'connect' : handshake ? 'tls' : 'response',
      'whytimeout.suffered_by': 'gateway',
      'error.code': '110',
    }
  }
  if (/client timed out|client .{0,60}timed out/.test(text))
    return { ...who, 'event.action': 'read-idle', 'event.outcome': 'failure' }
  if (/no live upstreams/.test(text))
    return { ...who, 'event.action': 'no-server-available', 'event.outcome': 'failure' }
  if (/connect\(\) failed \(111/.test(text))
    return { ...who, 'event.action': 'connection-refused', 'event.outcome': 'failure' }
  if (/connect\(\) failed \(113/.test(text))
    return { ...who, 'event.action': 'host-unreachable', 'event.outcome': 'failure' }
  if (/limiting (?:requests|connections)/.test(text))
    return { ...who, 'event.action': 'rate-limited', 'event.outcome': 'failure' }
  if (/\(24: Too many open files\)|worker_connections are not enough/.test(text))
    return { ...who, 'event.action': 'descriptors-exhausted', 'event.outcome': 'failure' }
  if (/\(99: (?:Cannot|Address not)/.test(text))
    return { ...who, 'event.action': 'ports-exhausted', 'event.outcome': 'failure' }
  if (/SSL_do_handshake\(\) failed/.test(text))
    return { ...who, 'event.action': 'tls-failed', 'event.outcome': 'failure', 'error.message': text.slice(0, 300) }
  return { ...who, 'event.action': 'other' }
}

function readAccess(g: Record<string, string | undefined>, text: string): ParsedFields {
  const status = Number(g.status)
  const secs = (name: string): number | undefined => {
    const m = new RegExp(`\\b${name}="?(\\d{1,6}\\.\\d{3})`).exec(text)?.[1]
    return m === undefined ? undefined : Math.round(Number(m) * 1000)
  }
  const total = secs('rt') ?? secs('request_time')
  const connect = secs('uct') ?? secs('upstream_connect_time')
  const response = secs('urt') ?? secs('upstream_response_time')
  return {
    'event.category': ['web', 'network'],
    'source.ip': g.ip ?? '',
    'http.request.method': g.method ?? '',
    'url.path': g.path ?? '',
    'http.response.status_code': status,
    'event.action':
      status === 429
        ? 'rate-limited'
        : status === 499
          ? 'connection-closed'
          : status >= 500
            ? 'request-failed'
            : 'request-succeeded',
    'event.outcome': status >= 500 || status === 499 || status === 429 ? 'failure' : 'success',
    ...(total !== undefined && { 'event.duration': total * NS_PER_MS }),
    ...(connect !== undefined && { 'whytimeout.connect_ms': connect }),
    ...(response !== undefined && { 'whytimeout.response_ms': response }),
  }
}
