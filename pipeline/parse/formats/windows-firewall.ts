import { count, type End, flowFields } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'
import { readTime } from '../time.js'

/**
 * Windows Defender Firewall's pfirewall.log, versions 1.0 and 1.5, in local time.
 * Source: Microsoft Learn, "Configure Windows Firewall logging" (its `#Fields` line names the columns).
 */
/** 1 time, 2 action, 3 protocol, 4 source, 5 destination, 6 and 7 ports, 8 the rest */
const LINE = gated(
  /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (DROP|ALLOW|OPEN|OPEN-INBOUND|CLOSE|INFO-EVENTS-LOST) ([A-Z0-9-]{1,12}) ([0-9a-fA-F.:%-]{1,64}) ([0-9a-fA-F.:%-]{1,64}) (\d{1,5}|-) (\d{1,5}|-) (.{1,400})/,
)
const ENDS: Readonly<Record<string, End>> = {
  DROP: 'denied',
  ALLOW: 'allowed',
  OPEN: 'started',
  'OPEN-INBOUND': 'started',
  CLOSE: 'ended',
}

export const windowsFirewall = defineFormat({
  id: 'windows-firewall',
  title: 'Windows Defender Firewall (pfirewall.log)',
  source: 'Microsoft Learn, Configure Windows Firewall logging',
  detect: (text) => (LINE.test(text) ? 1 : 0),
  parse: (text) => {
    const m = LINE.exec(text)
    if (!m) return undefined
    const [, stamp = '', action = '', protocol = '', from, to, fromPort, toPort, rest = ''] = m
    // size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path [pid]
    const c = (rest.split('\n')[0] as string).trim().split(' ')
    const [size, type, code, path, pid] = [count(c[0]), count(c[5]), count(c[6]), c[8], count(c[9])]
    const direction = path === 'SEND' ? 'outbound' : path === 'RECEIVE' ? 'inbound' : undefined
    return accept(
      {
        ...flowFields(
          { transport: protocol, from, to, fromPort, toPort, flags: c[1], reason: c[7] },
          ENDS[action] ?? 'other',
        ),
        'observer.type': 'firewall',
        ...(size !== undefined && { 'whytimeout.packet_bytes': size }),
        ...(type !== undefined && protocol.startsWith('ICMP') && { 'whytimeout.icmp_type': type }),
        ...(code !== undefined && protocol.startsWith('ICMP') && { 'whytimeout.icmp_code': code }),
        ...(direction && { 'network.direction': direction }),
        ...(pid !== undefined && { 'process.pid': pid }),
        message: text.slice(0, 600),
      },
      readTime(stamp)?.time,
    )
  },
})
