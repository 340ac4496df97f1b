import type { ParsedFields } from '../../../schemas/event.js'
import { addAnswer, addRequest, addTimes, readHostPort } from '../access-line.js'
import { accept, defineFormat } from '../format.js'
import { readTime } from '../time.js'

/**
 * Squid's native access log: `time elapsed client result/status bytes method URL user hierarchy/peer type`.
 * Units: the time is the end, in epoch seconds; elapsed in milliseconds. Source: Squid wiki, Features/LogFormat (squid format, result
 * codes, hierarchy codes); errors and their status: src/FwdState.cc (503 could not forward, 504 read ran out).
 */
const LINE =
  /^(\d{9,10}\.\d{3})\s{1,10}(-?\d{1,12}) ([0-9a-zA-Z.:-]{2,255}) ([A-Z_]{3,48})\/(\d{3}) (\d{1,18}) ([A-Z_-]{1,24}) (\S{1,4096}) (\S{1,255}) ([A-Z_]{2,48})\/(\S{1,255}) (\S{1,128})/

export const squid = defineFormat({
  id: 'squid',
  title: 'Squid access log',
  source: 'Squid documentation, logformat squid',
  detect: (text) => (LINE.test(text) ? 1 : 0),
  parse: (text) => {
    const m = LINE.exec(text)
    const when = m && readTime(m[1] ?? '')
    if (!m || !when) return undefined
    const [result = '', status, elapsed] = [m[4], Number(m[5]), Number(m[2])]
    const fields: ParsedFields = { 'observer.type': 'proxy', 'event.reason': result }
    const url = /^(?:(\w{2,10}):\/\/)?(\[[0-9a-fA-F:]{2,45}\]|[^\s/:?#]{1,255})(?::(\d{1,5}))?([/?#]\S{0,2048})?/.exec(
      m[8] ?? '',
    )
    addRequest(fields, { client: m[3] ?? '', method: m[7], path: url?.[4], bytes: Number(m[6]) })
    addTimes(fields, { total: elapsed >= 0 ? elapsed : undefined })
    const isPeer = m[11] !== undefined && m[11] !== '-'
    if (result.includes('ABORTED') || (status === 0 && m[7] !== 'CONNECT')) {
      // The client went before the answer was whole.
      fields['event.action'] = 'connection-closed'
      fields['event.outcome'] = 'failure'
      if (status > 0) fields['http.response.status_code'] = status
    } else if (result.includes('DENIED')) {
      fields['event.action'] = 'policy-denied'
      fields['event.outcome'] = 'failure'
      fields['http.response.status_code'] = status
    } else addAnswer(fields, { status, connected: isPeer ? undefined : false })
    if (result.includes('TIMEOUT') && fields['event.action'] === 'request-failed') {
      fields['event.action'] = 'response-timeout'
      fields['whytimeout.phase'] = 'response'
      fields['whytimeout.suffered_by'] = 'gateway'
    }
    if (url?.[2] !== undefined) {
      const host = readHostPort(url[2])
      if (host?.domain !== undefined) fields['destination.domain'] = host.domain.toLowerCase()
      if (host?.ip !== undefined) fields['destination.ip'] = host.ip
      const port = Number(url[3] ?? (url[1] === 'http' ? 80 : url[1] === 'https' || m[7] === 'CONNECT' ? 443 : 0))
      if (port > 0 && port <= 65_535) fields['destination.port'] = port
    }
    const peer = isPeer ? readHostPort(m[11] ?? '') : undefined
    if (peer?.ip !== undefined) fields['destination.ip'] = peer.ip
    fields.message = text.slice(0, 500)
    return accept(fields, when.time)
  },
})
