import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase } from '../../../schemas/vocabulary.js'
import { accept, defineFormat, NS_PER_MS } from '../format.js'
import { gated } from '../gate.js'
import { readText } from '../text.js'
import { findTime, plus, readTime, type WallTime } from '../time.js'

/**
 * One transfer of `curl -v`, with or without `--trace-time`. Times of day take the date of a dated line before the transfer.
 * Source: curl(1) and libcurl-errors(3); lib/connect.c, lib/hostip.c, lib/multi.c for the messages.
 */
const TRACE = /^(?:.{0,200}?)(?<clock>\d{2}:\d{2}:\d{2}\.\d{6}) (?<mark>[*<>{}=])/
const END = /^curl: \((?<code>\d{1,3})\) (?<text>.{1,300})/m
/** One of these is in every transfer. */
const MARKED_CLOCK = /\d:\d{2}\.\d{6} [*<>{}=]/
const STARRED = gated(/\* {1,3}(?:Trying|Connected|Could not resolve)/)
const ENDED = gated(/curl: \(/)

export const curl = defineFormat({
  id: 'curl-verbose',
  title: 'curl -v',
  source: 'curl(1), libcurl-errors(3)',
  block: {
    starts:
      /^(?:={3,} ?\d|(?:\d{2}:\d{2}:\d{2}\.\d{6} )?\* (?: {2}Trying |Host \S{1,255} was resolved|Could not resolve|Resolving timed out))/,
    closes: /^curl: \(|\* Connection #\d{1,9} to host .{1,255} left intact/,
    continues: /^.{0,200}?(?:\d{2}:\d{2}:\d{2}\.\d{6} [*<>{}=]|^[*<>{}] |^curl: \()/,
  },
  detect: (text) => {
    if (!MARKED_CLOCK.test(text) && !STARRED.test(text) && !ENDED.test(text)) return 0
    const lines = text.split('\n', 12)
    return lines.some((l) => TRACE.test(l) || /^\* {1,3}(?:Trying|Connected|Could not resolve)/.test(l)) ||
      (END.test(text) && findTime(text, 80))
      ? 1
      : 0
  },
  parse: (text, header) => {
    const lines = text.split('\n')
    const dated = findTime(lines[0] ?? '', 60)
    const head = dated?.time.month !== undefined ? dated.time : undefined
    const clocks = lines.flatMap((l) => {
      const c = TRACE.exec(l)?.groups?.clock
      const t = c === undefined ? undefined : readTime(c)?.time
      return t ? [{ line: l, time: t, ms: dayMs(t) }] : []
    })
    const first = clocks[0]
    const last = clocks.at(-1)
    const stop = last ? onDate(head, last.time, last.ms) : (head ?? header.time)
    if (!stop) return undefined
    const span = first && last ? wrap(last.ms - first.ms) : 0
    const facts = readText(lines[0] ?? '')
    const end = END.exec(text)?.groups
    const result = outcome(text, end)
    const total = Math.max(span, totalMs(text) ?? 0)
    return accept(
      {
        'event.category': ['network'],
        'event.type': ['connection', 'end'],
        'process.name': 'curl',
        ...result,
        'event.duration': total * NS_PER_MS,
        ...(facts.terminal !== undefined && { 'whytimeout.terminal_id': facts.terminal }),
        ...(facts.merchant !== undefined && { 'whytimeout.merchant_id': facts.merchant }),
        ...(facts.stan !== undefined && { 'whytimeout.stan': facts.stan }),
        ...endpoint(text),
        ...timings(clocks),
        message: (end
          ? `curl: (${end.code}) ${end.text}`
          : `${lines[0] ?? ''} ${result['http.response.status_code'] ?? ''}`
        )
          .trim()
          .slice(0, 300),
      },
      last ? stop : plus(stop, total),
    )
  },
})

const dayMs = (t: WallTime): number => ((t.hour * 60 + t.minute) * 60 + t.second) * 1000 + t.ms
const DAY_MS = 86_400_000
/** A difference of times of day that may cross midnight. */
const wrap = (ms: number): number => (ms < -DAY_MS / 2 ? ms + DAY_MS : Math.max(0, ms))

/** A time of day of the transfer on the date of its head; the transfer may cross midnight. */
function onDate(head: WallTime | undefined, clock: WallTime, ms: number): WallTime {
  if (!head) return clock
  // The head's own zone may differ from the clock's: only where they fit together is the clock's fraction taken.
  const gap = wrap(ms - dayMs(head))
  return gap < 600_000 ? plus(head, gap) : head
}

function outcome(text: string, end: Record<string, string | undefined> | undefined): ParsedFields {
  const status = [...text.matchAll(/< HTTP\/\d(?:\.\d)? (\d{3})/g)].at(-1)?.[1]
  const failed = (action: Action, phase?: Phase): ParsedFields => ({
    'event.action': action,
    'event.outcome': 'failure',
    ...(phase && { 'whytimeout.phase': phase }),
    'event.reason': end ? `curl (${end.code})` : 'curl',
    ...(end && { 'error.code': end.code ?? '', 'error.message': end.text ?? '' }),
  })
  const code = end?.code
  const resolved = /Connected to |Trying [\d[]|was resolved/.test(text)
  if (/Resolving timed out|Could not resolve host[^\n]{0,80}\(Timeout|name lookup timed out/i.test(text))
    return failed('dns-timeout', 'dns')
  if (code === '6' || /Could not resolve host/.test(text))
    return failed(lookupRanOut(text) ? 'dns-timeout' : 'dns-failed', 'dns')
  if (
    code === '28' ||
    /(?:Operation|Connection|SSL connection) timed? ?out|Timeout was reached|connect timeout/i.test(text)
  ) {
    const phase = phaseOf(text, resolved)
    return failed(
      phase === 'dns'
        ? 'dns-timeout'
        : phase === 'connect'
          ? 'connect-timeout'
          : phase === 'tls'
            ? 'tls-timeout'
            : 'response-timeout',
      phase,
    )
  }
  if (code === '7' || /Failed to connect|Connection refused/.test(text)) {
    return failed(
      /No route to host/.test(text)
        ? 'host-unreachable'
        : /Network is unreachable/.test(text)
          ? 'network-unreachable'
          : 'connection-refused',
      'connect',
    )
  }
  if (code === '60' || code === '35' || code === '51' || /SSL certificate problem/.test(text))
    return failed('tls-failed', 'tls')
  if (code === '52' || code === '56') return failed(code === '52' ? 'connection-closed' : 'connection-reset')
  if (code !== undefined) return failed('request-failed')
  if (status !== undefined) {
    const ok = Number(status) < 500
    return {
      'event.action': ok ? 'request-succeeded' : 'request-failed',
      'event.outcome': ok ? 'success' : 'failure',
      'http.response.status_code': Number(status),
    }
  }
  return { 'event.action': 'request-started', 'event.outcome': 'unknown' }
}

/** lib/multi.c, multi_handle_timeout: the words say how far it came. What came of the answer says so too. */
const RECEIVED = /\bwith [1-9]\d{0,15} (?:out of \d{1,16} )?bytes received|Operation too slow\. Less than/
const BY_WORDS: readonly (readonly [RegExp, Phase])[] = [
  [/Operation timed out after \d{1,9} milliseconds with/, 'response'],
  [/Connection timed out after \d{1,9}/, 'connect'],
]

function phaseOf(text: string, resolved: boolean): Phase {
  if (RECEIVED.test(text)) return 'response'
  const isVerbose = resolved || /(?:^|\n)[^\n]{0,32}\* /.test(text)
  const said = isVerbose ? undefined : BY_WORDS.find(([words]) => words.test(text))?.[1]
  if (said) return said
  if (!/Connected to /.test(text)) return resolved ? 'connect' : 'dns'
  const handshakes = /Client hello|TLS handshake/i.test(text)
  const established = /SSL connection using/i.test(text)
  const sent = /(?:^|\s)> (?:GET|POST|PUT|HEAD|DELETE|PATCH) /m.test(text)
  if (handshakes && !established && !sent) return 'tls'
  return 'response'
}

const lookupRanOut = (text: string): boolean => {
  const ms = totalMs(text)
  return ms !== undefined && ms >= 900
}
const totalMs = (text: string): number | undefined => {
  const m = /(?:after|in) (\d{1,9}) (?:ms|milliseconds)/.exec(text)
  return m ? Number(m[1]) : undefined
}

function endpoint(text: string): ParsedFields {
  const connected = /Connected to (?<host>\S{1,255}) \((?<ip>[0-9a-fA-F.:]{2,45})\) port (?<port>\d{1,5})/.exec(
    text,
  )?.groups
  if (connected)
    return {
      'destination.domain': connected.host ?? '',
      'destination.ip': connected.ip ?? '',
      'destination.port': Number(connected.port),
    }
  const failed = /Failed to connect to (?<host>\S{1,255}) port (?<port>\d{1,5})/.exec(text)?.groups
  const trying = /Trying \[?(?<ip>[0-9a-fA-F.:]{2,45}?)\]?:(?<port>\d{1,5})\.\.\./.exec(text)?.groups
  const named = /(?:Could not resolve host:? |resolve host )(?<host>[\w.-]{1,255})/.exec(text)?.groups
  const local = /from (?:\S{2,45} )?port (?<port>\d{1,5})/.exec(text)?.groups
  return {
    ...(failed?.host !== undefined && { 'destination.domain': failed.host }),
    ...(named?.host !== undefined && failed === undefined && { 'destination.domain': named.host.replace(/\.$/, '') }),
    ...(trying?.ip !== undefined && { 'destination.ip': trying.ip }),
    ...((failed?.port ?? trying?.port) !== undefined && { 'destination.port': Number(failed?.port ?? trying?.port) }),
    ...(local?.port !== undefined && { 'source.port': Number(local.port) }),
  }
}

function timings(clocks: readonly { line: string; ms: number }[]): ParsedFields {
  const at = (pattern: RegExp) => clocks.find((c) => pattern.test(c.line))?.ms
  const first = clocks[0]?.ms
  const [trying, connected, secured, sent, answered] = [
    at(/\* {1,3}Trying /),
    at(/\* Connected to /),
    at(/\* SSL connection using/),
    at(/ > [A-Z]{3,7} /),
    at(/ < HTTP\//),
  ]
  const gap = (from: number | undefined, to: number | undefined) =>
    from === undefined || to === undefined ? undefined : wrap(to - from)
  const connect = gap(trying ?? first, connected)
  const tls = gap(connected, secured)
  const response = gap(sent, answered)
  return {
    ...(connect !== undefined && { 'whytimeout.connect_ms': connect }),
    ...(tls !== undefined && { 'whytimeout.tls_ms': tls }),
    ...(response !== undefined && { 'whytimeout.response_ms': response }),
  }
}
