import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { downHost } from '../host-state.js'
import { type JsonLine, readJsonLine } from '../json-line.js'
import { ofEpoch, type WallTime } from '../time.js'

/**
 * What a Zabbix server exports in real time: values of items, problems and their end. Probes of a line and checks of a service are read, whatever the
 * item is called; everything else is kept as it is.
 * Units: `clock` in seconds, `ns` the rest in nanoseconds; ICMP loss in percent, response times in seconds.
 * Source: Zabbix manual, "Newline-delimited JSON export protocol", "Simple checks" (icmpping, icmppingloss, icmppingsec, net.tcp.service).
 */
const LOSS = /\bicmppingloss\b|\b(?:icmp|ping)\b[^\n]{0,12}\bloss\b|\bpacket loss\b|丢包率?/i
const TRIP =
  /\bicmppingsec\b|\b(?:icmp|ping)\b[^\n]{0,12}\b(?:response|round[- ]trip) time\b|(?:ICMP|ping)[^\n]{0,4}(?:响应时间|时延)/i
const PING = /\bicmpping\b|^(?:[^\n:]{1,60}: )?ICMP ping$|^ICMP(?:可达性?|状态)$/i
const SERVICE = /\bnet\.(?:tcp|udp)\.service\[|\bservice is running\b|端口[^\n]{0,12}(?:可用|状态)/i
const CALLED = /\[\w{2,8},(?<ip>\d{1,3}(?:\.\d{1,3}){3}),(?<port>\d{1,5})\]/

export const zabbix = defineFormat({
  id: 'zabbix',
  title: 'Zabbix real-time export (history, problems)',
  source: 'Zabbix manual, Newline-delimited JSON export protocol',
  detect: (text) => (pointIn(text) ? 1 : 0),
  parse: (text) => {
    const point = pointIn(text)
    return point ? accept({ 'event.kind': 'metric', ...fieldsOf(point) }, timeOf(point)) : undefined
  },
})

function pointIn(text: string): JsonLine | undefined {
  if (!text.startsWith('{') || !text.includes('"clock"')) return undefined
  const line = readJsonLine(text)
  const isPoint = line && Number.isInteger(line.clock) && Number.isInteger(line.ns)
  return isPoint && (Number.isInteger(line.itemid) || Number.isInteger(line.eventid)) ? line : undefined
}

const timeOf = ({ clock, ns }: JsonLine): WallTime =>
  ofEpoch((clock as number) * 1_000 + Math.floor((ns as number) / 1e6))

/** The visible name of the host is what people call it, which may be a site. */
function hostOf({ host, hosts }: JsonLine): string {
  const [first] = Array.isArray(hosts) ? hosts : [host]
  const name = (first as JsonLine | undefined)?.name
  return typeof name === 'string' ? name : ''
}

function fieldsOf(point: JsonLine): ParsedFields {
  const name = typeof point.name === 'string' ? point.name : ''
  const value = typeof point.value === 'number' ? point.value : undefined
  const host = hostOf(point)
  const message = `${host}: ${name}`.slice(0, 300)
  if (point.itemid === undefined) {
    const isDown = value === 1 && /\bunavailable by ICMP\b|\bICMP[^\n]{0,12}不可达/i.test(name)
    return { 'event.action': 'other', ...(isDown && host !== '' && downHost(host)), message }
  }
  const said = { 'event.category': ['network'], message: `${message} = ${value}` }
  const probe = { ...said, 'network.transport': 'icmp' }
  if (value === undefined) return { 'event.action': 'other', message }
  if (LOSS.test(name))
    return {
      ...probe,
      'event.action': value >= 100 ? 'probe-lost' : 'probe-answered',
      'whytimeout.loss_percent': Math.min(100, Math.max(0, value)),
    }
  // No answer has no time.
  if (TRIP.test(name))
    return value > 0
      ? { ...probe, 'event.action': 'probe-answered', 'whytimeout.rtt_ms': Math.round(value * 1e6) / 1e3 }
      : { 'event.action': 'other', message }
  if (PING.test(name)) return { ...probe, 'event.action': value === 0 ? 'probe-lost' : 'probe-answered' }
  if (!SERVICE.test(name)) return { 'event.action': 'other', message: said.message }
  const called = CALLED.exec(name)?.groups
  return {
    ...said,
    'event.action': value === 0 ? 'health-check-failed' : 'health-check-passed',
    'event.outcome': value === 0 ? 'failure' : 'success',
    ...(called && { 'destination.ip': called.ip as string, 'destination.port': Number(called.port) }),
  }
}
