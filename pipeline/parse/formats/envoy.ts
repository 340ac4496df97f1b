import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase } from '../../../schemas/vocabulary.js'
import { addRequest, addSource, addTimes, addUpstream } from '../access-line.js'
import { accept, defineFormat, type ParseResult } from '../format.js'
import { numberAt, readJsonLine, textAt } from '../json-line.js'
import { plus, readTime } from '../time.js'

/**
 * Envoy access log in its default text layout, Istio's longer one, and JSON.
 * Units: DURATION and x-envoy-upstream-service-time in milliseconds, from the first byte of the request; START_TIME is the begin.
 * Source: Envoy documentation, Access logging (default format string, RESPONSE_FLAGS, RESPONSE_CODE_DETAILS); Istio, Envoy access logs.
 */
/** 1 begin, 2 request, 3 status, 4 flags, 5 what Istio puts between, 6 received, 7 sent, 8 duration, 9 upstream service time, 10 forwarded for, 11 agent, 12 request id, 13 authority, 14 upstream host, 15 the rest */
const LINE =
  /^\[(\d{4}-\d{2}-\d{2}T[\d:.]{8,18}Z?)\] "([^"]{0,8192})" (\d{1,3}) ([A-Za-z,_]{2,64}|-)((?: [^\s"]{1,512}){0,2}(?: "[^"]{0,1024}"){0,2}) (\d{1,18}) (\d{1,18}) (\d{1,12}) (\d{1,12}|-) "([^"]{0,512})" "([^"]{0,1024})" "([^"]{0,128})" "([^"]{0,512})" "([^"]{0,512})"(.{0,2000})$/s

export const envoy = defineFormat({
  id: 'envoy',
  title: 'Envoy and Istio access log, text and JSON',
  source: 'Envoy documentation, Access logging',
  detect: (text) => {
    if (text.startsWith('[') && LINE.test(text)) return 1
    const json = text.startsWith('{') && text.includes('response_flags') ? readJsonLine(text) : undefined
    return json !== undefined && 'response_flags' in json ? 1 : 0
  },
  parse: (text) => (text.startsWith('{') ? jsonLine(text) : textLine(text)),
})

type Line = {
  readonly at: string
  readonly method: string | undefined
  readonly path: string | undefined
  readonly status: number | undefined
  readonly flags: string
  /** Details of code, termination and transport failure, in whatever words. */
  readonly details: string
  readonly received: number | undefined
  readonly sent: number | undefined
  readonly durationMs: number | undefined
  readonly serviceMs: number | undefined
  readonly client: string | undefined
  readonly requestId: string | undefined
  readonly authority: string | undefined
  readonly upstream: string | undefined
  readonly cluster: string | undefined
}

const given = (text: string | undefined): string | undefined =>
  text === undefined || text === '' || text === '-' ? undefined : text

function textLine(text: string): ParseResult | undefined {
  const m = LINE.exec(text)
  if (!m) return undefined
  const request = /^([A-Z]{1,20}) (\S{1,4096})/.exec(m[2] ?? '')
  const rest = (m[15] ?? '').trim().split(/\s+/, 6)
  // Istio: cluster, upstream's own end, our end, the client's end.
  const remote = rest[3] ?? ''
  return event(
    {
      at: m[1] ?? '',
      method: request?.[1],
      path: request?.[2],
      status: Number(m[3]) || undefined,
      flags: m[4] ?? '-',
      details: m[5] ?? '',
      received: Number(m[6]),
      sent: Number(m[7]),
      durationMs: Number(m[8]),
      serviceMs: m[9] === '-' ? undefined : Number(m[9]),
      client: /:\d{1,5}$/.test(remote) ? remote : given(m[10]?.split(',', 1)[0]),
      requestId: given(m[12]),
      authority: given(m[13]),
      upstream: given(m[14]),
      cluster: given(rest[0]),
    },
    text,
  )
}

function jsonLine(text: string): ParseResult | undefined {
  const json = readJsonLine(text)
  const at = json && textAt(json, 'start_time', 'timestamp', '@timestamp', 'time')
  if (!json || at === undefined) return undefined
  const details = ['response_code_details', 'connection_termination_details', 'upstream_transport_failure_reason']
  return event(
    {
      at,
      method: textAt(json, 'method', ':method'),
      path: textAt(json, 'path', ':path', 'x_envoy_original_path'),
      status: numberAt(json, 'response_code', 'status') || undefined,
      flags: textAt(json, 'response_flags') ?? '-',
      details: details.map((key) => textAt(json, key) ?? '').join(' '),
      received: numberAt(json, 'bytes_received'),
      sent: numberAt(json, 'bytes_sent'),
      durationMs: numberAt(json, 'duration'),
      serviceMs: numberAt(json, 'upstream_service_time', 'x_envoy_upstream_service_time'),
      client: textAt(json, 'downstream_remote_address', 'x_forwarded_for')?.split(',', 1)[0],
      requestId: textAt(json, 'request_id', 'x_request_id'),
      authority: textAt(json, 'authority', ':authority'),
      upstream: textAt(json, 'upstream_host'),
      cluster: textAt(json, 'upstream_cluster'),
    },
    text,
  )
}

function event(line: Line, text: string): ParseResult | undefined {
  const begun = readTime(line.at)
  if (!begun) return undefined
  const fields: ParsedFields = { 'observer.type': 'proxy' }
  addRequest(fields, { client: '', method: line.method, path: line.path?.slice(0, 2048), bytes: whole(line.sent) })
  if (line.client !== undefined) addSource(fields, line.client)
  const received = whole(line.received)
  if (received !== undefined) fields['source.bytes'] = received
  if (line.status !== undefined) fields['http.response.status_code'] = line.status
  if (line.authority !== undefined) fields['url.domain'] = line.authority.replace(/:\d{1,5}$/, '')
  if (line.requestId !== undefined) fields['whytimeout.request_id'] = line.requestId
  if (line.cluster !== undefined) fields['service.target.name'] = line.cluster
  addUpstream(fields, line.upstream)
  addTimes(fields, { total: line.durationMs, response: line.serviceMs })
  const told = tell(line)
  fields['event.action'] = told.action
  fields['event.outcome'] = told.action === 'request-succeeded' ? 'success' : 'failure'
  if (line.flags !== '-') fields['event.reason'] = line.flags
  if (told.phase) fields['whytimeout.phase'] = told.phase
  if (told.action.endsWith('-timeout')) fields['whytimeout.suffered_by'] = 'gateway'
  const details = line.details.trim()
  if (fields['event.outcome'] === 'failure' && /[A-Za-z]/.test(details))
    fields['error.message'] = details.replaceAll('"', '').slice(0, 300)
  fields.message = text.slice(0, 500)
  return accept(fields, plus(begun.time, Math.round(line.durationMs ?? 0)))
}

const whole = (n: number | undefined): number | undefined =>
  n !== undefined && Number.isSafeInteger(n) && n >= 0 ? n : undefined

type Told = { readonly action: Action; readonly phase?: Phase }

/** Short flags and, since 1.27, their long names (%RESPONSE_FLAGS_LONG%). In order: what decides, where several are set. */
const FLAGS: readonly (readonly [RegExp, Told])[] = [
  [
    /\b(?:UT|UMSDR|UpstreamRequestTimeout|UpstreamMaxStreamDurationReached)\b/,
    { action: 'response-timeout', phase: 'response' },
  ],
  [/\b(?:SI|StreamIdleTimeout)\b/, { action: 'idle-timeout', phase: 'idle' }],
  [/\b(?:DF|DnsResolutionFailed)\b/, { action: 'dns-failed', phase: 'dns' }],
  [/\b(?:UH|NC|NoHealthyUpstream|NoClusterFound)\b/, { action: 'no-server-available' }],
  [/\b(?:UO|OM|DO|UpstreamOverflow|OverloadManagerTerminated|DropOverload)\b/, { action: 'overload' }],
  [/\b(?:RL|RLSE|RateLimited|RateLimitServiceError)\b/, { action: 'rate-limited' }],
  [/\b(?:UAEX|UnauthorizedExternalService)\b/, { action: 'policy-denied' }],
  [/\b(?:UR|LR|UpstreamRemoteReset|LocalReset)\b/, { action: 'connection-reset' }],
  [
    /\b(?:UC|DC|DR|DT|UpstreamConnectionTermination|DownstreamConnectionTermination|DownstreamRemoteReset|DurationTimeout)\b/,
    { action: 'connection-closed' },
  ],
  [/\b(?:NR|URX|IH|DPE|UPE|FI|NFCF|LH|NoRouteFound|UpstreamRetryLimitExceeded)\b/, { action: 'request-failed' }],
]
/** A refusal comes within a round trip; what took this long and still did not connect ran into the cluster's connect_timeout. */
const REFUSED_WITHIN_MS = 1_000

function tell({ flags, details, status, durationMs }: Line): Told {
  if (/\b(?:UF|UpstreamConnectionFailure)\b/.test(flags)) return connectFailure(details, durationMs ?? 0)
  const told = FLAGS.find(([flag]) => flag.test(flags))?.[1]
  if (told) return told
  if (/upstream_response_timeout|response_timeout|per_try_timeout|max_duration_timeout/.test(details))
    return { action: 'response-timeout', phase: 'response' }
  // Without a flag, a status is the upstream's own.
  if (status !== undefined && status >= 500) return { action: 'request-failed' }
  if (status === 429) return { action: 'rate-limited' }
  return { action: 'request-succeeded' }
}

function connectFailure(details: string, durationMs: number): Told {
  const phase = 'connect'
  if (/TLS_error|TLS error|CERTIFICATE|OPENSSL|handshake/i.test(details)) return { action: 'tls-failed', phase: 'tls' }
  if (/connection[_ ]timeout|connect[_ ]timeout|timed?[_ ]?out|error:[_ ]110/i.test(details))
    return { action: 'connect-timeout', phase }
  if (/refused|error:[_ ]111/i.test(details)) return { action: 'connection-refused', phase }
  if (/No[_ ]route|error:[_ ]113/i.test(details)) return { action: 'host-unreachable', phase }
  if (/unreachable|error:[_ ]101/i.test(details)) return { action: 'network-unreachable', phase }
  if (/reset/i.test(details.replace(/upstream_reset_\w{0,40}/g, ''))) return { action: 'connection-reset', phase }
  return durationMs >= REFUSED_WITHIN_MS ? { action: 'connect-timeout', phase } : { action: 'request-failed', phase }
}
