import type { ParsedFields } from '../../../schemas/event.js'
import { type Closing, type End, endOf, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { keyValues } from '../key-values.js'
import { readingsOf } from '../readings.js'
import { readTime, type WallTime } from '../time.js'

/**
 * Switches, routers and firewalls of Huawei (VRP) and H3C (Comware): `MODULE/severity/MNEMONIC` behind a time and a host, with `%%01` or `%%10` before it on
 * the way to a collector. Firewalls put their sessions and denials into keys.
 * Source: Huawei VRP, "Log Reference", log format, IFNET, POLICY, SECLOG; H3C Comware 7, "System log messages reference", 1.2 and IFNET, FILTER, SESSION.
 */
/** 1 time, 2 host, 3 module, 4 severity, 5 mnemonic, 6 what is said */
const LINE =
  /^(?:<\d{1,3}>)?%?((?:[A-Z][a-z]{2} {1,2}\d{1,2} (?:\d{4} )?\d\d:\d\d:\d\d(?::\d{3})?(?: \d{4})?|\d{4}-\d{1,2}-\d{1,2} \d\d:\d\d:\d\d)(?:\.\d{1,6})?(?:[+-]\d\d:\d\d)?(?: DST)?) ([\w.:-]{1,255}) (?:%%\d{2})?([A-Z][A-Z0-9_]{1,31})\/([0-7])\/([A-Za-z0-9_]{2,64})(?:\([a-zA-Z]\))?(?:\[\d{1,10}\])?: ?([\s\S]{0,6000})/
const LEVELS = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug']

const DOWN: ParsedFields = { 'event.action': 'link-down' }
const UP: ParsedFields = { 'event.action': 'link-up' }
const readingOf = readingsOf([
  [
    /(?:Physical state|Line protocol state|Link state) on the interface (?<iface>[\w./:-]{1,64}) changed to down/i,
    DOWN,
  ],
  [/(?:Physical state|Line protocol state|Link state) on the interface (?<iface>[\w./:-]{1,64}) changed to up/i, UP],
  [/interface (?<iface>[\w./:-]{1,64}) has (?:entered|turned into) (?:the )?DOWN state/i, DOWN],
  [/interface (?<iface>[\w./:-]{1,64}) has (?:entered|turned into) (?:the )?UP state/i, UP],
  [
    /(?:IP address (?:conflict|collision)|duplicate (?:IP )?address)\D{0,60}(?<addr>(?:\d{1,3}\.){3}\d{1,3})/i,
    { 'event.action': 'address-conflict' },
  ],
  [/(?:CPU usage|CPU utilization)[^\n]{0,60}(?:exceed|over|threshold)/i, { 'event.action': 'cpu-usage' }],
  [/memory usage[^\n]{0,60}(?:exceed|over|threshold)/i, { 'event.action': 'memory-pressure' }],
  [
    /(?:session (?:table|number)|number of sessions|NAT (?:table|port)s?)[^\n]{0,60}(?:exceed|full|reach|exhaust)/i,
    { 'event.action': 'table-full' },
  ],
  [/configuration (?:was )?(?:changed|saved)|CFGMAN_CFGCHANGED/i, { 'event.action': 'config-changed' }],
  // Every command is recorded: those that only look change nothing.
  [
    /(?:CMDRECORD|SHELL_CMD)\b.{0,200}\bCommand(?:="| is )(?!(?:display|dis|ping|tracert|quit|return|system-view|sys|save|screen|terminal|more|dir)\b)/i,
    { 'event.action': 'config-changed' },
  ],
  // H3C's OPTMOD, Huawei's optical alarms; `RX power is normal` and `… OFF` end them.
  [
    /\b[RT]X[ _]?power is (?:too )?(?:low|high)\b|RX_not_ready is detected|(?:receive|Rx|optical) power[^\n]{0,60}(?:below|too low|lower than|abnormal)|RX_ALM_ON/i,
    { 'event.action': 'optics-weak', 'event.outcome': 'failure' },
  ],
  [/(?:CRC|input|output) errors?[^\n]{0,60}(?:exceed|threshold|increas)/i, { 'event.action': 'nic-error' }],
])
const DENY = /DENY|DROP|BLOCK|REJECT/i
const CLOSED: readonly (readonly [RegExp, Closing])[] = [
  [/aged|ageing|timeout/i, 'aged-out'],
  [/fin|finish|normal/i, 'finished'],
  [/rst|reset/i, 'reset-server'],
]

type Line = {
  readonly time: WallTime
  readonly host: string
  readonly module: string
  readonly severity: number
  readonly mnemonic: string
  readonly said: string
}

const read = keepingLast((text): Line | undefined => {
  const m = LINE.exec(text)
  if (!m) return undefined
  const [, stamp = '', host = '', module = '', severity = '', mnemonic = '', said = ''] = m
  // H3C puts milliseconds behind a colon, and the year behind them.
  const h3c = /^([A-Z][a-z]{2} {1,2}\d{1,2} )(\d\d:\d\d:\d\d):(\d{3}) (\d{4})$/.exec(stamp)
  const time = readTime(h3c ? `${h3c[1]}${h3c[4]} ${h3c[2]}.${h3c[3]}` : stamp.replace(/ DST$/, ''))?.time
  return time && { time, host, module, severity: Number(severity), mnemonic, said }
})

export const huawei = defineFormat({
  id: 'huawei',
  title: 'Huawei VRP and H3C Comware (switches, routers, USG and SecPath firewalls)',
  source: 'Huawei VRP Log Reference; H3C Comware 7 System log messages reference',
  block: { starts: LINE },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const line = read(text, header)
    if (!line) return undefined
    const fields = flowOf(line) ?? readingOf(`${line.mnemonic} ${line.said}`) ?? { 'event.action': 'other' }
    fields['host.name'] = line.host
    fields['log.level'] = LEVELS[line.severity] ?? ''
    fields['event.code'] = `${line.module}/${line.severity}/${line.mnemonic}`
    fields.message = line.said.slice(0, 1_000)
    return accept(fields, line.time)
  },
})

/** A session or a denial, by the names that both makes and their versions have for its ends. */
function flowOf({ module, mnemonic, said }: Line): ParsedFields | undefined {
  const keys = keyValues(said.replace(/\(\d{1,5}\)(?==)/g, ''), KEYS)
  const k = (...names: string[]) => names.map((n) => keys.get(n)).find((v) => v !== undefined && v !== '')
  const [from, to] = [
    k('SourceIP', 'source-ip', 'SrcIPAddr', 'SrcIP'),
    k('DestinationIP', 'destination-ip', 'DstIPAddr', 'DstIP'),
  ]
  if (from === undefined || to === undefined) return undefined
  const flow = {
    transport: k('Protocol', 'protocol', 'Protocol(1001)'),
    from,
    fromPort: k('SourcePort', 'source-port', 'SrcPort'),
    to,
    toPort: k('DestinationPort', 'destination-port', 'DstPort'),
    natFrom: k('SourceNatIP', 'NATSrcIPAddr'),
    natFromPort: k('SourceNatPort', 'NATSrcPort'),
    natTo: k('DestinationNatIP', 'NATDstIPAddr'),
    natToPort: k('DestinationNatPort', 'NATDstPort'),
    ingressZone: k('source-zone', 'SrcZoneName', 'SourceZone'),
    egressZone: k('destination-zone', 'DstZoneName', 'DestinationZone'),
    rule: k('rule-name', 'PolicyName', 'RuleName'),
    ruleId: k('RuleID'),
    reason: k('CloseReason', 'Event'),
    packetsOut: k('SendPkts', 'InitPktCount'),
    bytesOut: k('SendBytes', 'InitByteCount'),
    packetsBack: k('RcvPkts', 'RplyPktCount'),
    bytesBack: k('RcvBytes', 'RplyByteCount'),
  }
  const closing = CLOSED.find(([words]) => words.test(flow.reason ?? ''))?.[1] ?? 'other'
  const action = k('Action', 'action', 'Event') ?? ''
  const end: End =
    DENY.test(mnemonic) || DENY.test(action)
      ? 'denied'
      : /TEARDOWN|CLOSE|DELETE|AGED/i.test(mnemonic) || flow.packetsBack !== undefined
        ? endOf(flow, closing)
        : /CREATE|BUILT|OPEN/i.test(mnemonic)
          ? 'started'
          : /PERMIT|ALLOW|PASS/i.test(`${mnemonic} ${action}`)
            ? 'allowed'
            : 'other'
  return { ...flowFields(flow, end), 'observer.type': 'firewall', 'process.name': module }
}

/** `SourceIP=10.1.1.1,` and H3C's `SrcIPAddr(1003)=10.1.1.1;`, its number taken off. */
const KEYS =
  /(?<![\w.-])([A-Za-z_][\w.-]{0,63})=(?:"([^"\\]{0,2000})"|'([^']{0,2000})'|([^,;"']{0,400}?)(?=\s?[,;]|\.?\s{0,4}$))/g
