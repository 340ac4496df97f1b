import type { ParsedFields } from '../../../schemas/event.js'
import { type AccessLine, addAnswer, addRequest, addTimes, addUpstream, readAccessLine } from '../access-line.js'
import { accept, defineFormat, keepingLast, type ParseResult } from '../format.js'
import { numberAt, readJsonLine, textAt } from '../json-line.js'
import { plus, readTime } from '../time.js'

/**
 * Traefik access log, Common Log Format and JSON.
 * Units: the CLF's last value in milliseconds; JSON durations in nanoseconds; both from StartUTC. 504 is Traefik's own when dialling or
 * the answer ran out, and then it is logged as the origin's too: only its time tells them apart.
 * Source: Traefik documentation, Access logs; pkg/middlewares/accesslog/logdata.go; pkg/proxy (status of errors).
 */
const TAIL =
  /^ "(?:[^"\\]|\\.){0,8192}" "(?:[^"\\]|\\.){0,8192}" (\d{1,18}) "([^"]{0,512})" "([^"]{0,512})" (\d{1,12})ms/
/** No limit is that short. */
/** What Traefik itself writes where nobody answered in time; another body is the origin's own. Source: pkg/server/service/proxy.go, statusText. */
const OWN_TEXT = 'Gateway Timeout'
const ANSWERED_WITHIN_MS = 500

export const traefik = defineFormat({
  id: 'traefik',
  title: 'Traefik access log, CLF and JSON',
  source: 'Traefik documentation, Access logs',
  detect: (text, header) => {
    if (text.startsWith('{')) return text.includes('"DownstreamStatus"') && readJsonLine(text) ? 1 : 0
    return clfIn(text, header) ? 1 : 0
  },
  parse: (text, header) => {
    if (text.startsWith('{')) return jsonLine(text)
    const found = clfIn(text, header)
    return found && clfLine(found.line, found.tail, text)
  },
})

const clfIn = keepingLast((text): { line: AccessLine; tail: RegExpExecArray } | undefined => {
  if (!text.trimEnd().endsWith('ms')) return undefined
  const line = readAccessLine(text)
  const tail = line && TAIL.exec(line.tail)
  return line && tail ? { line, tail } : undefined
})

function clfLine(line: AccessLine, tail: RegExpExecArray, text: string): ParseResult | undefined {
  const begun = readTime(line.at)
  if (!begun) return undefined
  const total = Number(tail[4])
  const fields: ParsedFields = {}
  addRequest(fields, line)
  addAnswer(fields, { status: line.status, answered: total < ANSWERED_WITHIN_MS })
  addTimes(fields, { total })
  if (tail[2] !== undefined && tail[2] !== '-' && tail[2] !== '') fields['service.target.name'] = tail[2]
  addUpstream(fields, tail[3]?.replace(/^\w{2,8}:\/\//, '').replace(/\/.*$/s, ''))
  fields.message = text.slice(0, 500)
  return accept(fields, plus(begun.time, total))
}

const NS_PER_MS = 1e6
const msOf = (ns: number | undefined): number | undefined => (ns === undefined ? undefined : ns / NS_PER_MS)

function jsonLine(text: string): ParseResult | undefined {
  const json = readJsonLine(text)
  if (!json) return undefined
  const [start, end] = [textAt(json, 'StartUTC', 'StartLocal'), textAt(json, 'time')]
  const when = readTime(start ?? end ?? '')
  if (!when) return undefined
  const total = msOf(numberAt(json, 'Duration'))
  const origin = msOf(numberAt(json, 'OriginDuration'))
  const status = numberAt(json, 'DownstreamStatus')
  const port = textAt(json, 'ClientPort')
  const fields: ParsedFields = {}
  const client = textAt(json, 'ClientHost') ?? ''
  addRequest(fields, {
    client: port === undefined ? client : (textAt(json, 'ClientAddr') ?? `${client}:${port}`),
    method: textAt(json, 'RequestMethod'),
    path: textAt(json, 'RequestPath')?.slice(0, 2048),
    bytes: numberAt(json, 'DownstreamContentSize'),
  })
  const host = textAt(json, 'RequestHost')
  if (host !== undefined) fields['url.domain'] = host
  const size = numberAt(json, 'OriginContentSize') ?? 0
  const isOrigins = numberAt(json, 'OriginStatus') === status && size > 0 && size !== OWN_TEXT.length
  addAnswer(fields, { status, answered: isOrigins || (origin !== undefined && origin < ANSWERED_WITHIN_MS) })
  const isAnswered =
    !fields['event.action']?.endsWith('-timeout') && (numberAt(json, 'OriginStatus') ?? 0) > 0 && (status ?? 0) < 499
  addTimes(fields, { total, response: isAnswered ? origin : undefined })
  const retries = numberAt(json, 'RetryAttempts')
  if (retries !== undefined && retries > 0) fields['whytimeout.retries'] = retries
  const service = textAt(json, 'ServiceName', 'RouterName')
  if (service !== undefined) fields['service.target.name'] = service
  addUpstream(fields, textAt(json, 'ServiceAddr'))
  fields.message = text.slice(0, 500)
  return accept(fields, start === undefined ? when.time : plus(when.time, Math.round(total ?? 0)))
}
