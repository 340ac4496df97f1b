import { type Closing, endOf, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { keyValues } from '../key-values.js'
import { readTime } from '../time.js'

/**
 * Sophos Firewall (XG, XGS) in its device format: keys with the date and the time each under its own, or one timestamp.
 * Source: Sophos Firewall, Syslog Guide, "Firewall logs", log_subtype and con_event.
 */
const HEAD = /^(?:<\d{1,3}>)?device(?:_name)?="?(?:SFW|Sophos)[^\s"]{0,40}"? /
const CLOSING: Readonly<Record<string, Closing>> = { stop: 'finished', interim: 'other', timeout: 'aged-out' }

/** 0 stands for a port that was not translated. */
const portOf = (text: string | undefined): string | undefined => (text === '0' ? undefined : text)

const read = keepingLast((text) => (HEAD.test(text) ? keyValues(text) : undefined))

export const sophos = defineFormat({
  id: 'sophos',
  title: 'Sophos Firewall (XG, XGS)',
  source: 'Sophos Firewall, Syslog Guide',
  block: { starts: HEAD },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const keys = read(text, header)
    if (!keys) return undefined
    const k = (...names: string[]) => names.map((n) => keys.get(n)).find((v) => v !== undefined && v !== '')
    const stamp = k('timestamp') ?? `${k('date') ?? ''} ${k('time') ?? ''}`
    const time = readTime(stamp)?.time
    if (!time && !header.time) return undefined
    const flow = {
      transport: k('protocol'),
      from: k('src_ip'),
      fromPort: k('src_port'),
      fromMac: k('src_mac'),
      to: k('dst_ip'),
      toPort: k('dst_port'),
      natFrom: k('src_trans_ip', 'tran_src_ip'),
      natFromPort: portOf(k('src_trans_port', 'tran_src_port')),
      natTo: k('dst_trans_ip', 'tran_dst_ip'),
      natToPort: portOf(k('dst_trans_port', 'tran_dst_port')),
      ingress: k('in_interface'),
      egress: k('out_interface'),
      rule: k('fw_rule_name'),
      ruleId: k('fw_rule_id'),
      app: k('application', 'app_name'),
      reason: k('message', 'con_event', 'connevent'),
      packetsOut: k('sent_pkts', 'packets_sent'),
      packetsBack: k('recv_pkts', 'packets_received'),
      bytesOut: k('sent_bytes', 'bytes_sent'),
      bytesBack: k('recv_bytes', 'bytes_received'),
      durationMs: Number(k('duration') ?? Number.NaN) * 1000,
    }
    const said = (k('log_subtype') ?? k('status') ?? '').toLowerCase()
    const event = (k('con_event', 'connevent') ?? '').toLowerCase()
    const end = /den|drop/.test(said)
      ? 'denied'
      : event === 'start'
        ? 'started'
        : event in CLOSING
          ? endOf(flow, CLOSING[event] as Closing)
          : /allow/.test(said)
            ? 'allowed'
            : 'other'
    const fields = flowFields({ ...flow, ...(Number.isNaN(flow.durationMs) && { durationMs: undefined }) }, end)
    const code = k('log_id')
    const box = k('device_name', 'device_serial_id', 'device_id')
    return accept(
      {
        ...fields,
        'observer.type': 'firewall',
        ...(code !== undefined && { 'event.code': code }),
        ...(box !== undefined && { 'observer.name': box }),
        message: `${k('log_component') ?? ''} ${k('log_subtype', 'status') ?? ''} ${k('message') ?? ''}`.trim(),
      },
      time,
    )
  },
})
