import type { ParsedFields } from '../../../schemas/event.js'
import { endpointsIn } from '../endpoints.js'
import { count, type End, flowFields } from '../flow.js'
import { accept, defineFormat } from '../format.js'
import { gated } from '../gate.js'

/**
 * Packets logged by pf: `filterlog` of pfSense and OPNsense (comma-separated), and pflog as tcpdump prints it.
 * Source: Netgate docs, "Raw Filter Log Format" (order of the fields); pflogd(8), tcpdump(8).
 */
/** 1 rule, 2 tracker or label, 3 interface, 4 reason, 5 action, 6 direction, 7 version, 8 rest */
const CSV = gated(
  /^(\d{0,6}),[^,]{0,20},[^,]{0,80},([^,]{0,80}),([\w.-]{1,32}),(match|bad-offset|fragment|short|normalize|memory|bad-timestamp|congestion|ip-option|proto-cksum|state-mismatch|state-insert|state-limit|src-limit|synproxy),(pass|block|unkn\(\d{1,3}\)|rdr|nat|binat|scrub),(in|out),([46]),(.{0,600})/,
)
/** 1 rule, 2 reason, 3 action, 4 direction, 5 interface, 6 packet */
const PRINTED = gated(
  /\brule (\d{1,6}(?:[./][\w./]{1,40})?)\(?([\w-]{0,24})\)?(?: \[[^\]]{1,40}\])?: (pass|block|rdr|nat|binat) (in|out) on ([\w.-]{1,32}): (.{0,400})/,
)

export const filterlog = defineFormat({
  id: 'filterlog',
  title: 'pf: pfSense and OPNsense filterlog, pflog as printed by tcpdump',
  source: 'Netgate documentation, Raw Filter Log Format; tcpdump(8)',
  detect: (text) => (CSV.test(text) || PRINTED.test(text) ? 1 : 0),
  parse: (text) => {
    const csv = CSV.exec(text)
    if (csv) return accept({ ...packet(csv), message: text.slice(0, 600) })
    const m = PRINTED.exec(text)
    if (!m) return undefined
    const [, rule, reason, action = '', direction = '', name, rest = ''] = m
    const [from, to] = pairIn(rest)
    return accept({
      ...flowFields(
        {
          transport: /Flags \[|: [SFRP.]{1,4} \d|\btcp\b/i.test(rest)
            ? 'tcp'
            : (/\bICMP6?\b/i.exec(rest)?.[0] ?? (/\bUDP\b|: \d+\+? |NBT|domain/i.test(rest) ? 'udp' : undefined)),
          ...from,
          ...to,
          ruleId: rule,
          reason,
          [direction === 'in' ? 'ingress' : 'egress']: name,
          flags: /Flags \[([SFRPUEW.]{1,8})\]/.exec(rest)?.[1],
        },
        action === 'block' ? 'denied' : 'allowed',
      ),
      'observer.type': 'firewall',
      'network.direction': direction === 'in' ? 'inbound' : 'outbound',
      message: text.slice(0, 600),
    })
  },
})

/** `10.0.0.1.1234 > 10.0.0.2.80`: tcpdump sets the port off with a dot. */
function pairIn(rest: string): [{ from?: string; fromPort?: string }, { to?: string; toPort?: string }] {
  const m =
    /((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]{2,45})(?:\.(\d{1,5}))? > ((?:\d{1,3}\.){3}\d{1,3}|[0-9a-f:]{2,45}?)(?:\.(\d{1,5}))?:? /.exec(
      rest,
    )
  if (!m) {
    const [from, to] = endpointsIn(rest)
    return [from ? { from: from.ip } : {}, to ? { to: to.ip } : {}]
  }
  return [
    { ...(m[1] && { from: m[1] }), ...(m[2] && { fromPort: m[2] }) },
    { ...(m[3] && { to: m[3] }), ...(m[4] && { toPort: m[4] }) },
  ]
}

function packet(m: RegExpExecArray): ParsedFields {
  const [, rule, tracker, name, reason, action = '', direction, version, tail = ''] = m
  const c = (tail.split('\n')[0] as string).split(',')
  const at = version === '4' ? 8 : 5
  const transport = (version === '4' ? c[7] : c[3])?.toLowerCase()
  const [length, from, to] = [c[at], c[at + 1], c[at + 2]]
  const hasPorts = transport === 'tcp' || transport === 'udp'
  const end: End = action === 'block' ? 'denied' : action.startsWith('unkn') || action === 'scrub' ? 'other' : 'allowed'
  const bytes = count(length)
  return {
    ...flowFields(
      {
        transport,
        from,
        to,
        ...(hasPorts && { fromPort: c[at + 3], toPort: c[at + 4] }),
        flags: transport === 'tcp' ? c[at + 6] : undefined,
        ruleId: tracker || rule,
        reason: reason === 'match' ? undefined : reason,
        [direction === 'in' ? 'ingress' : 'egress']: name,
      },
      end,
    ),
    'observer.type': 'firewall',
    'network.direction': direction === 'in' ? 'inbound' : 'outbound',
    ...(bytes !== undefined && { 'whytimeout.packet_bytes': bytes }),
  }
}
