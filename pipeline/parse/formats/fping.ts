import { accept, defineFormat } from '../format.js'
import { readTime } from '../time.js'

/**
 * Probes of a line: fping -D -l, and ping -D. ICMP answers or their absence; a lost probe is no TCP timeout.
 * Source: fping(8), options -D and -l; ping(8), option -D and -O.
 */
const FPING =
  /^(?:\[(?<at>[^\]]{10,32})\] )?(?<host>\S{1,255}) +: \[\d{1,9}\], (?:(?<bytes>\d{1,5}) bytes, (?<rtt>\d{1,7}(?:\.\d{1,3})?) ms|(?<lost>timed out)).{0,12}\((?:(?<avg>\d{1,7}(?:\.\d{1,3})?|NaN) avg, )?\d{1,3}% loss\)/
const PING =
  /^(?:\[(?<at>\d{10}\.\d{1,9})\] )?(?<bytes>\d{1,5}) bytes from (?<host>[^:\s]{1,255}(?::[0-9a-f:]+)?)(?: \((?<ip>[^)]{2,45})\))?: icmp_seq=\d{1,6} ttl=\d{1,3} time=(?<rtt>\d{1,7}(?:\.\d{1,3})?) ms/
const PING_LOST = /^(?:\[(?<at>\d{10}\.\d{1,9})\] )?no answer yet for icmp_seq=\d{1,6}/

const isIp = (text: string): boolean =>
  /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || /^(?=[0-9a-f]{0,4}:)[0-9a-f:]{2,45}$/i.test(text)

export const fping = defineFormat({
  id: 'fping',
  title: 'fping and ping probes',
  source: 'fping(8); ping(8)',
  detect: (text) => (FPING.test(text) || PING.test(text) || PING_LOST.test(text) ? 1 : 0),
  parse: (text) => {
    const m = FPING.exec(text) ?? PING.exec(text) ?? PING_LOST.exec(text)
    if (!m?.groups) return undefined
    const { at, host = '', rtt, bytes } = m.groups
    const time = at === undefined ? undefined : readTime(at)?.time
    return accept(
      {
        'event.kind': 'metric',
        'event.category': ['network'],
        'event.action': rtt === undefined ? 'probe-lost' : 'probe-answered',
        'network.transport': 'icmp',
        ...(host !== '' && (isIp(host) ? { 'destination.ip': host } : { 'destination.domain': host })),
        ...(rtt !== undefined && { 'whytimeout.rtt_ms': Number(rtt) }),
        ...(bytes !== undefined && { 'destination.bytes': Number(bytes) }),
        message: text.slice(0, 200),
      },
      time,
    )
  },
})
