import type { ParsedFields } from '../../../schemas/event.js'
import type { Action } from '../../../schemas/vocabulary.js'
import { address } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { type JsonLine, objectAt, readJsonLine, textAt } from '../json-line.js'
import { readTime } from '../time.js'

/**
 * What Envoy writes of the hosts behind it: the event log of health checks (data.core.v3.HealthCheckEvent) and of outlier detection
 * (data.cluster.v3.OutlierDetectionEvent), JSON lines.
 * Source: Envoy documentation, Health check event logging, Outlier detection event logging; the two protos.
 */
const HEALTH: Readonly<Record<string, Action>> = {
  health_check_failure_event: 'health-check-failed',
  eject_unhealthy_event: 'server-down',
  add_healthy_event: 'server-up',
  successful_health_check_event: 'health-check-passed',
  degraded_healthy_host: 'other',
  no_longer_degraded_host: 'other',
}
const OUTLIER: Readonly<Record<string, Action>> = { EJECT: 'server-down', UNEJECT: 'server-up' }

const read = keepingLast((text): Told | undefined => {
  if (!text.startsWith('{') || !/"(?:health_checker_type|upstream_url)"/.test(text)) return undefined
  const json = readJsonLine(text)
  return json && (fromHealth(json) ?? fromOutlier(json))
})

export const envoyEvent = defineFormat({
  id: 'envoy-event',
  title: "Envoy's event logs: health checks, outlier detection",
  source: 'Envoy documentation, Health check event logging, Outlier detection event logging',
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const told = read(text, header)
    const when = told && readTime(told.at)
    if (!told || !when) return undefined
    const failed = told.action === 'server-down' || told.action === 'health-check-failed'
    const fields: ParsedFields = {
      'event.category': ['network'],
      'observer.type': 'proxy',
      'event.action': told.action,
      'event.outcome': failed ? 'failure' : 'success',
      message: text.slice(0, 500),
    }
    const ip = address(told.ip)
    if (ip !== undefined) fields['destination.ip'] = ip
    if (told.port !== undefined && told.port > 0 && told.port < 65_536) fields['destination.port'] = told.port
    if (told.cluster !== undefined) fields['service.target.name'] = told.cluster.slice(0, 200)
    if (told.reason !== undefined) fields['event.reason'] = told.reason.slice(0, 200)
    return accept(fields, when.time)
  },
})

type Told = {
  readonly at: string
  readonly action: Action
  readonly ip: string | undefined
  readonly port: number | undefined
  readonly cluster: string | undefined
  readonly reason: string | undefined
}

function fromHealth(json: JsonLine): Told | undefined {
  const [kind, action] = Object.entries(HEALTH).find(([name]) => name in json) ?? []
  const at = textAt(json, 'timestamp')
  if (kind === undefined || action === undefined || at === undefined) return undefined
  const socket = objectAt(objectAt(json, 'host'), 'socket_address')
  const port = socket?.port_value
  return {
    ...{ at, action, ip: socket && textAt(socket, 'address'), port: typeof port === 'number' ? port : undefined },
    cluster: textAt(json, 'cluster_name'),
    reason: textAt(objectAt(json, kind) ?? {}, 'failure_type'),
  }
}

function fromOutlier(json: JsonLine): Told | undefined {
  const at = textAt(json, 'timestamp')
  const [, ip, port] = /^\[?([\da-fA-F.:]{2,45}?)\]?:(\d{1,5})$/.exec(textAt(json, 'upstream_url') ?? '') ?? []
  const action = OUTLIER[textAt(json, 'action') ?? '']
  if (at === undefined || action === undefined || ip === undefined) return undefined
  return { at, action, ip, port: Number(port), cluster: textAt(json, 'cluster_name'), reason: textAt(json, 'type') }
}
