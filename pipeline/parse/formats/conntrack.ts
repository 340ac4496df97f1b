import { type End, type Flow, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { readTime } from '../time.js'

/**
 * Events of Linux' connection tracking as `conntrack -E` prints them: `[NEW]`, `[UPDATE]`, `[DESTROY]`, the connection as the first packet had it,
 * and as its answers do. What is destroyed while it waits for an answer never had one.
 * Source: conntrack(8), -E, -o timestamp; libnetfilter_conntrack src/conntrack/snprintf_default.c; Linux nf_conntrack_proto_tcp.c.
 */
const LINE =
  /^(?:\[(?<at>\d{10}\.\d{1,9})\]\s{1,8})?\[(?<what>NEW|UPDATE|DESTROY)\] (?<transport>[a-z]\w{1,15})\s{1,12}\d{1,3} (?:\d{1,9} )?(?:(?<state>[A-Z][A-Z_0-9]{2,15}) )?(?<first>src=[^[\n]{8,200}?)\s?(?<unreplied>\[UNREPLIED\] )?(?<back>src=[^\n]{8,200})$/
/** ulogd's flows as text, which do not tell the state. Source: ulogd2 output/ulogd_output_LOGEMU.c, util/printflow.c. */
const FLOW = /^\[(?<what>NEW|UPDATE|DESTROY)\] ORIG: (?<first>SRC=[^,]{8,200}?)\s?, REPLY: (?<back>SRC=[^\n]{8,200})$/
const read = keepingLast((text, header) => {
  const line = text.slice(0, 1_000)
  const groups = LINE.exec(line)?.groups ?? FLOW.exec(line)?.groups
  return groups && ((groups.at ?? groups.stamp) !== undefined || header.time !== undefined) ? groups : undefined
})

const valueIn = (text: string | undefined, name: string): string | undefined =>
  new RegExp(`(?:^| )${name}=(\\S{1,64})`, 'i').exec(text ?? '')?.[1]

/** A table full of the answered ones that were quiet for too long is told by their state. */
function endOf(
  { what, state, unreplied, back }: Readonly<Record<string, string | undefined>>,
  isAssured: boolean,
): End {
  if (what === 'NEW') return 'started'
  if (what !== 'DESTROY') return 'other'
  if (unreplied !== undefined || state === 'SYN_SENT' || valueIn(back, 'PKTS') === '0') return 'unanswered'
  if (state === 'CLOSE') return 'reset'
  return state === 'ESTABLISHED' && isAssured ? 'expired' : 'ended'
}

export const conntrack = defineFormat({
  id: 'conntrack',
  title: 'Connection tracking events (conntrack -E)',
  source: 'conntrack(8); libnetfilter_conntrack src/conntrack/snprintf_default.c',
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const line = read(text, header)
    if (!line) return undefined
    const { first, back = '' } = line
    const seconds = Number(valueIn(back, 'delta-time') ?? Number.NaN)
    const flow: Flow = {
      ...{
        transport: line.transport ?? valueIn(first, 'proto'),
        from: valueIn(first, 'src'),
        fromPort: valueIn(first, 's(?:por|p)t'),
      },
      ...{ to: valueIn(first, 'dst'), toPort: valueIn(first, 'd(?:por|p)t') },
      // Whom the answers come from and go to, where the box translates.
      ...{ natFrom: valueIn(back, 'dst'), natFromPort: valueIn(back, 'd(?:por|p)t') },
      ...{ natTo: valueIn(back, 'src'), natToPort: valueIn(back, 's(?:por|p)t') },
      ...{ packetsOut: valueIn(first, '(?:packets|pkts)'), bytesOut: valueIn(first, 'bytes') },
      ...{ packetsBack: valueIn(back, '(?:packets|pkts)'), bytesBack: valueIn(back, 'bytes') },
      ...(seconds >= 0 && { durationMs: seconds * 1_000 }),
    }
    const fields = flowFields(flow, endOf(line, back.includes('[ASSURED]')))
    fields['observer.type'] = 'firewall'
    fields.message = text.slice(0, 500)
    const own = line.at ?? line.stamp
    return accept(fields, own === undefined ? undefined : readTime(own)?.time)
  },
})
