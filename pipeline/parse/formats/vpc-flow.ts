import { count, type End, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { gated } from '../gate.js'
import { readTime } from '../time.js'

/**
 * AWS VPC flow log, version 2 and those that begin with its columns: packets and bytes of one direction in a window of up to ten minutes, seconds of
 * epoch. `-` stands for what is unknown; `NODATA` and `SKIPDATA` say that nothing was seen, or not kept. A custom order of columns needs its header line.
 * Source: AWS documentation, VPC Flow Logs, "Available fields".
 */
/** 1 source, 2 destination, 3 and 4 ports, 5 protocol, 6 packets, 7 bytes, 8 start, 9 end, 10 action, 11 status */
const LINE = gated(
  /^[2-9] [\d*-]{1,20} (?:eni-[0-9a-f]{1,40}|-) ([0-9a-fA-F.:]{2,45}|-) ([0-9a-fA-F.:]{2,45}|-) (\d{1,5}|-) (\d{1,5}|-) (\d{1,3}|-) (\d{1,15}|-) (\d{1,15}|-) (\d{10}) (\d{10}) (ACCEPT|REJECT|-) (OK|NODATA|SKIPDATA)(?: |$)/,
)
/** Of the flags that were seen in the window, SYN and SYN ACK, FIN and RST are kept: the sum of their bits. */
const FLAGS: readonly (readonly [number, string])[] = [
  [1, 'FIN'],
  [2, 'SYN'],
  [4, 'RST'],
  [16, 'ACK'],
]

const read = keepingLast((text) => LINE.exec(text))

export const vpcFlow = defineFormat({
  id: 'vpc-flow',
  title: 'AWS VPC flow log',
  source: 'AWS documentation, VPC Flow Logs, Available fields',
  block: { starts: LINE.pattern },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const m = read(text, header)
    if (!m) return undefined
    const [, from, to, fromPort, toPort, transport, packets, bytes, start = '', end = '', action, status = ''] = m
    const time = readTime(end)?.time
    const [startSecs, endSecs] = [Number(start), Number(end)]
    if (status !== 'OK') {
      const said = status === 'NODATA' ? 'no traffic in the window' : 'flows of the window were not kept'
      return accept(
        { 'event.action': 'other', 'event.reason': status, 'observer.type': 'firewall', message: said },
        time,
      )
    }
    const outcome: End = action === 'REJECT' ? 'denied' : action === 'ACCEPT' ? 'allowed' : 'other'
    // Version 3 and later put vpc-id, subnet-id, instance-id and tcp-flags behind.
    const bits = count(text.slice(m[0].length).split(' ', 4)[3])
    const flags = FLAGS.flatMap(([bit, name]) => (bits !== undefined && (bits & bit) !== 0 ? [name] : []))
    return accept(
      {
        ...flowFields(
          {
            transport,
            from,
            to,
            fromPort,
            toPort,
            packetsOut: packets,
            bytesOut: bytes,
            flags,
            durationMs: (endSecs - startSecs) * 1000,
          },
          outcome,
        ),
        'observer.type': 'firewall',
        message: `${action} ${from}:${fromPort} to ${to}:${toPort}, ${packets} packets`,
      },
      time,
    )
  },
})
