import type { ParsedFields } from '../../../schemas/event.js'
import type { Action } from '../../../schemas/vocabulary.js'
import { address, macOf } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { type JsonLine, objectAt, readJsonLine } from '../json-line.js'
import { readTime, type WallTime } from '../time.js'
import { describe } from './application.js'

/**
 * Events of Windows as XML (wevtutil, Event Viewer, forwarding) and as JSON (Winlogbeat, NXLog, Get-WinEvent | ConvertTo-Json). What the operating system says of
 * its network is told by provider and number, in every language; of others the message is read as an application's.
 * Source: Microsoft Learn, Event Schema; the message tables of tcpip.sys, dnsapi.dll, dhcpcore.dll, ndis.sys and netprofm.dll.
 */
type Known = { readonly action: Action; readonly more?: ParsedFields }
const link = (action: Action): Known => ({ action })
const DNS: Known = {
  action: 'dns-timeout',
  more: { 'whytimeout.phase': 'dns', 'event.category': ['network'], 'event.type': ['connection', 'end'] },
}
/** By provider, without `Microsoft-Windows-`, and number. */
const KNOWN: Readonly<Record<string, Known>> = {
  // The stack opens only so many connections at a time (Windows XP).
  'tcpip 4226': { action: 'rate-limited' },
  'tcpip 4227': { action: 'ports-exhausted' },
  'tcpip 4231': { action: 'ports-exhausted' },
  'tcpip 4266': { action: 'ports-exhausted' },
  'tcpip 4198': link('address-conflict'),
  'tcpip 4199': link('address-conflict'),
  'tcpip 4201': link('link-up'),
  'tcpip 4202': link('link-down'),
  'dns-client 1014': DNS,
  'dns-client 1015': DNS,
  'dhcp-client 1001': link('dhcp-no-answer'),
  'dhcp-client 1002': link('address-lost'),
  'dhcp-client 1003': link('dhcp-no-answer'),
  'dhcp-client 1005': link('address-conflict'),
  'dhcp-client 1007': link('address-lost'),
  'ndis 10400': link('nic-error'),
  'ndis 10317': link('nic-error'),
  'networkprofile 10000': link('link-up'),
  'networkprofile 10001': link('link-down'),
  'wlan-autoconfig 8001': link('link-up'),
  'wlan-autoconfig 8002': link('link-down'),
  'wlan-autoconfig 8003': link('link-down'),
  'kernel-power 41': link('power-event'),
  'eventlog 6008': link('power-event'),
  'kernel-general 1': link('clock-stepped'),
  'resource-exhaustion-detector 2004': link('memory-pressure'),
  'windows defender 1000': link('job-started'),
  'windows defender 1001': link('job-ended'),
  'windows defender 1002': link('job-ended'),
  'bits-client 59': { action: 'transfer-started' },
  'bits-client 60': { action: 'transfer-ended' },
  'windowsupdateclient 41': { action: 'transfer-ended' },
  'windowsupdateclient 44': { action: 'transfer-started' },
  'schannel 36874': link('tls-failed'),
  'schannel 36887': link('tls-failed'),
  'schannel 36888': link('tls-failed'),
}
/** Drivers of network cards have numbers of their own; their words are Intel's and Realtek's. */
const DRIVER = /^(?:e1\w|e2f|ixgb|rt(?:l|64|25)|b57|l2nd|q57|netw|athr|mlx|vmxnet)/i
const DRIVER_SAYS: readonly (readonly [RegExp, Action])[] = [
  [/link (?:is |has been )?(?:disconnected|down|lost)|链路已断开|连接断开/i, 'link-down'],
  [/link (?:is |has been )?(?:established|up)|链路已建立/i, 'link-up'],
  [/hardware failure|reset|hang|not respond/i, 'nic-error'],
]
/** By number, and as Windows in Chinese names them. */
const LEVELS: Readonly<Record<string, string>> = {
  严重: 'critical',
  错误: 'error',
  警告: 'warning',
  信息: 'info',
  1: 'critical',
  2: 'error',
  3: 'warning',
  4: 'info',
  5: 'debug',
}
const HEAD = /^(?:<\?xml [^>]{0,80}\?>\s{0,8})?<Event[ >]/

export type WindowsEvent = {
  readonly provider: string
  readonly id: string
  readonly time: WallTime
  readonly host: string | undefined
  readonly level: string | undefined
  readonly message: string | undefined
  /** By name, or `1`, `2`… where it has none. */
  readonly values: ReadonlyMap<string, string>
}

const read = keepingLast((text): WindowsEvent | undefined =>
  text.charCodeAt(0) === BRACE ? fromJson(text) : HEAD.test(text) ? fromXml(text) : fromRow(text),
)
const BRACE = 123

export const windowsEvent = defineFormat({
  id: 'windows-event',
  title: 'Windows event log (XML; JSON of Winlogbeat, NXLog, PowerShell; text of Event Viewer and Get-WinEvent)',
  source: 'Microsoft Learn, Event Schema; message tables of tcpip.sys, dnsapi.dll, dhcpcore.dll, ndis.sys',
  block: { starts: HEAD, ends: /<\/Event>\s{0,8}$/ },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const event = read(text, header)
    return event && accept(windowsFields(event), event.time)
  },
})

export function windowsFields({ provider, id, host, level, message, values }: WindowsEvent): ParsedFields {
  const name = provider.replace(/^Microsoft-Windows-/i, '').toLowerCase()
  const said = message ?? [...values.values()].join(' ')
  const driver = DRIVER.test(name) ? DRIVER_SAYS.find(([words]) => words.test(said))?.[1] : undefined
  const known = KNOWN[`${name} ${id}`] ?? (driver && link(driver))
  const failed = known && !/-up$|power-event|clock-stepped|^(?:transfer|job)-/.test(known.action)
  const fields: ParsedFields = known
    ? { 'event.action': known.action, ...(failed && { 'event.outcome': 'failure' as const }), ...known.more }
    : name === 'service control manager'
      ? { 'event.action': /^70(?:31|34|24)$/.test(id) ? 'program-stopped' : 'other' }
      : describe(said)
  fields['event.code'] = id
  fields['process.name'] = provider
  if (known) fields['event.reason'] = `${provider} ${id}`
  if (host !== undefined) fields['host.name'] = shortName(host)
  if (level !== undefined) fields['log.level'] = LEVELS[level] ?? level.toLowerCase()
  if (known) addValues(fields, known.action, said, values)
  const more = Object.fromEntries([...values].filter(([, value]) => value !== '').slice(0, 32))
  if (Object.keys(more).length > 0) fields['whytimeout.extra'] = more
  fields.message = said.slice(0, 1_000)
  return fields
}

/** Windows gives the name with its domain; other logs of the machine, and the folder they lie in, seldom do. */
const shortName = (host: string): string => (address(host) === undefined ? (host.split('.', 1)[0] as string) : host)

function addValues(fields: ParsedFields, action: Action, said: string, values: WindowsEvent['values']): void {
  if (action === 'dns-timeout') {
    const name = values.get('QueryName') ?? /(?:for the name|名称)\s{1,3}["“]?([\w.-]{1,255}?)["”]?\s/.exec(said)?.[1]
    if (name !== undefined) fields['dns.question.name'] = name.replace(/\.$/, '')
    return
  }
  if (!/^(?:address-|dhcp-)/.test(action)) return
  const ip = address(/(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/.exec(said)?.[0])
  if (ip !== undefined && ip !== '0.0.0.0') fields['whytimeout.address'] = ip
  const mac = macOf(
    /(?<![\w:-])(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![\w:-])|(?<=0x)[0-9A-Fa-f]{12}(?!\w)/.exec(said)?.[0],
  )
  if (mac !== undefined) fields[action === 'address-conflict' ? 'source.mac' : 'host.mac'] = mac
}

const tag = (text: string, name: string): string | undefined =>
  new RegExp(`<${name}(?: [^>]{0,400})?>([^<]{0,4000})</${name}>`).exec(text)?.[1]
const plain = (text: string): string =>
  text.replace(/&(lt|gt|amp|quot|apos|#(\d{1,5})|#x([0-9a-fA-F]{1,5}));/g, (whole, name: string, dec, hex) => {
    if (dec !== undefined || hex !== undefined) {
      const code = Number.parseInt(dec ?? hex, dec === undefined ? 16 : 10)
      return code <= 0x10ffff ? String.fromCodePoint(code) : whole
    }
    return { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" }[name] ?? whole
  })

function fromXml(text: string): WindowsEvent | undefined {
  const head = text.slice(0, 16_000)
  const provider = /<Provider Name=["']([^"']{1,128})["']/.exec(head)?.[1]
  const id = tag(head, 'EventID')?.trim()
  const stamp = /<TimeCreated SystemTime=["']([^"']{10,40})["']/.exec(head)?.[1]
  const time = stamp === undefined ? undefined : readTime(stamp)?.time
  if (provider === undefined || id === undefined || !/^\d{1,6}$/.test(id) || !time) return undefined
  const values = new Map<string, string>()
  for (const m of head.matchAll(/<Data(?: Name=["']([^"']{1,64})["'])?>([^<]{0,2000})<\/Data>/g))
    values.set(m[1] ?? String(values.size + 1), plain(m[2] ?? ''))
  const message = tag(head, 'Message')
  return {
    ...{ provider, id, time, host: tag(head, 'Computer'), level: tag(head, 'Level'), values },
    message: message === undefined ? undefined : plain(message).trim(),
  }
}

const LEVEL = String.raw`(?<level>Information|Warning|Error|Critical|Verbose|Audit Success|Audit Failure|信息|警告|错误|严重|详细|关键)`
const REST = String.raw`(?:\t| {1,40})(?<provider>[A-Za-z][\w .\/()-]{2,80}?)(?:\t| {1,60})(?<id>\d{1,5})(?:\t| {1,20})(?<message>\S[\s\S]{0,4000})$`
/** Rows of Event Viewer's text export (level first) and of Get-WinEvent as a table (time first). */
const LEVEL_FIRST = new RegExp(String.raw`^${LEVEL}\t(?<at>[\d/.:\- APMapm]{14,24})${REST}`)
const TIME_FIRST = new RegExp(String.raw`^(?<at>[\d/.:\- APMapm]{14,24}?)(?:\t| {1,20})${LEVEL}${REST}`)
/** Event Viewer's export as CSV. */
const COMMAS = new RegExp(
  String.raw`^"?${LEVEL}"?,"?(?<at>[\d/.:\- APMapm]{14,24})"?,"?(?<provider>[A-Za-z][\w .\/()-]{2,80}?)"?,"?(?<id>\d{1,5})"?,(?:"[^"]{0,80}"|[^,"]{0,80}),"?(?<message>\S[\s\S]{0,4000}?)"?$`,
)
const ROW =
  /\b(?:Information|Warning|Error|Critical|Verbose|Audit (?:Success|Failure))(?:\t| {1,20}|"?,)|[信警错严详关][息告误重细键](?:\t| |"?,)/

function fromRow(text: string): WindowsEvent | undefined {
  if (!ROW.test(text.slice(0, 80))) return undefined
  const g = (LEVEL_FIRST.exec(text) ?? TIME_FIRST.exec(text) ?? COMMAS.exec(text))?.groups
  const time = g && readTime((g.at as string).trim())?.time
  if (!g || !time) return undefined
  // Event Viewer has the task's category between number and text.
  const message = (g.message as string).replace(/^(?:None|\(\d{1,5}\)|无)\t/, '').trim()
  return {
    ...{ provider: (g.provider as string).trim(), id: g.id as string, time },
    ...{ host: undefined, level: g.level, message, values: new Map() },
  }
}

function fromJson(text: string): WindowsEvent | undefined {
  if (!/"(?:EventID|event_id|ProviderName|provider_name)"/.test(text)) return undefined
  const json = readJsonLine(text)
  if (!json) return undefined
  const winlog = objectAt(json, 'winlog') ?? json
  const word = (from: JsonLine, ...names: string[]): string | undefined => {
    for (const name of names) {
      const value = from[name]
      if ((typeof value === 'string' && value !== '') || typeof value === 'number') return String(value)
    }
    return undefined
  }
  const provider = word(winlog, 'provider_name', 'ProviderName', 'SourceName', 'Provider')
  const id = word(winlog, 'event_id', 'EventID', 'Id')
  const stamp = word(json, 'EventTime', 'TimeCreated', '@timestamp', 'EventReceivedTime', 'timestamp')
  // PowerShell 5 writes `/Date(1795183201000)/`.
  const time = stamp === undefined ? undefined : readTime(stamp.replace(/^\/Date\((\d{13})\)\/$/, '$1'))?.time
  if (provider === undefined || id === undefined || !/^\d{1,6}$/.test(id) || !time) return undefined
  const values = new Map<string, string>()
  for (const [name, value] of Object.entries(objectAt(winlog, 'event_data') ?? objectAt(json, 'EventData') ?? {}))
    if (typeof value === 'string' || typeof value === 'number') values.set(name, String(value))
  return {
    ...{ provider, id, time, values },
    host: word(winlog, 'computer_name', 'Hostname', 'MachineName', 'Computer'),
    level:
      word(json, 'LevelDisplayName', 'Severity') ?? word(objectAt(json, 'log') ?? {}, 'level') ?? word(winlog, 'Level'),
    message: word(json, 'message', 'Message'),
  }
}
