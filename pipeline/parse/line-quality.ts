import type { ParsedFields } from '../../schemas/event.js'
import { readHostPort } from './access-line.js'
import { gated } from './gate.js'

/**
 * What a line says of the quality of a link, in whoever's words: summaries of probes (ping, fping, dpinger, mwan3, link monitors), and readings of
 * a radio. Scripts write them under any name, so they are read wherever the format that took the line saw nothing in it.
 * Source: iputils ping_common.c (finish), busybox networking/ping.c, ping(8) of BSD, Windows' ping, fping(8) -c, dpinger.c (report), mwan3track
 * (validate_track_method ping), FortiOS log 22925 (SD-WAN SLA), telegraf's ping input.
 */
const SUMMARY = gated(
  /(?<sent>\d{1,6}) packets? transmitted, (?<got>\d{1,6}) (?:packets? )?received,(?: \+\d{1,6} \w{1,12},)? (?<loss>\d{1,3}(?:\.\d{1,6})?)% (?:packet )?loss/,
)
const FPING_SUMMARY = gated(/\bxmt\/rcv\/%loss = (?<sent>\d{1,6})\/(?<got>\d{1,6})\/(?<loss>\d{1,3})%/)
/** Windows, in any language: sent, received, lost, and the share in brackets. */
const WINDOWS = gated(
  /= (?<sent>\d{1,6})\s?[,，、]\s?[^=\n]{1,24}= (?<got>\d{1,6})\s?[,，、]\s?[^=\n]{1,24}= \d{1,6}\s?\((?<loss>\d{1,3})% ?[^)\n]{1,24}\)/,
)
/** A script's: `ping 9.9.9.9 3/3 avg 32ms`. */
const COUNTED = gated(
  /\b(?:ping|icmp) (?<host>\d{1,3}(?:\.\d{1,3}){3}) (?<got>\d{1,3})\/(?<sent>\d{1,3})(?:,? (?:avg|rtt)[ =]?(?<avg>\d{1,6}(?:\.\d{1,3})?) ?ms)?/,
)
/**
 * RouterOS' `/tool ping`, Junos' probe tests and scripts that name what was sent and what came back or did not: `sent=10 received=9 avg-rtt=11ms`,
 * `probes sent 10, responses 6`, `sent=10 lost=6`.
 */
const NAMED = gated(
  /\b(?:sent|xmt|transmitted|enviados|gesendet|envoyés)\b["']?\s?[=: ]{1,2}["']?(?<sent>\d{1,5})\b[^\n]{0,24}?\b(?:(?:recv|rcvd?|received|responses|replies|got|recebidos|recibidos|empfangen|reçus)|(?<gone>lost|loss|dropped|perdidos|verloren|perdus))\b["']?\s?[=: ]{1,2}["']?(?<got>\d{1,5})\b(?!\.\d| ?%)/,
)
/** 发送10个，丢失6个 */
const NAMED_IN_CHINESE = gated(
  /(?:发送|已发送|发出|发包)(?:数|包数)?\s?[=:： ]?\s?(?<sent>\d{1,5})\s?[个包次]?[^\n\d]{0,12}(?:(?:接收|已接收|收到|收包|回应|应答)|(?<gone>丢失|丢包|未回|无响应|超时))(?:数|包数)?\s?[=:： ]?\s?(?<got>\d{1,5})(?![\d.]|\s?%)/,
)
/** The mean of the round trips that stands beside such counts. */
const NAMED_TRIP =
  /\b(?:avg(?:-rtt)?|rtt[ _-]avg)\b["']?\s?[=: ]{1,2}["']?(?<avg>\d{1,7}(?:\.\d{1,6})?) ?(?<unit>[muµ]?s)|(?:\b|_)min\/avg\/max(?:\/\w{1,8})?\s?[=:]\s?[\d.]{1,12}\/(?<mean>\d{1,7}(?:\.\d{1,6})?)\/|平均(?:时延|延迟|往返)?\D{0,3}(?<average>\d{1,7}(?:\.\d{1,6})?) ?(?:ms|毫秒)/
/** SmokePing's: lost of sent, the median. */
const FRACTION = gated(
  /\b(?<gone>loss)[=: ]{1,2}(?<got>\d{1,3})\/(?<sent>[1-9]\d{0,2})\b(?:[^\n]{0,24}\b(?:median|avg|rtt)[=: ]{1,2}(?<avg>\d{1,6}(?:\.\d{1,3})?) ?(?<unit>[muµ]?s))?/,
)
/** mwan3track says both. */
const FOUND = gated(/\bCheck \(ping\) success for target "(?<host>[^"\s]{2,255})"/)
/**
 * What routers call the end of a probe, and whether it was lost. Source: System Log Explorer of Junos OS (PING_PROBE_FAILED and others of rmopd),
 * Cisco IOS system messages (RTT), H3C Comware system log messages (NQA_LOG_UNREACHABLE), Huawei NE log reference (NQA).
 */
const VENDORS: readonly (readonly [{ test: (text: string) => boolean }, boolean])[] = [
  [gated(/\bPING_(?:PROBE|TEST)_FAILED\b/), true],
  [gated(/\bPING_TEST_COMPLETED\b/), false],
  [gated(/\bIP ?SLAs?\(\d{1,9}\): Threshold (?:Occurred|exceeded) for (?:timeout|connectionLoss|packetLoss)/i), true],
  [gated(/\bIP ?SLAs?\(\d{1,9}\): Threshold (?:Below|cleared) for (?:timeout|connectionLoss|packetLoss)/i), false],
  [gated(/\bNQA_LOG_UNREACHABLE\b|\bNQA\b[^\n]{0,80}\b(?:test|probe)s? (?:has |have )?failed\b/), true],
]
const SUMMARIES = [SUMMARY, FPING_SUMMARY, WINDOWS]
/** Lowest, mean, highest. */
const ROUND_TRIPS = gated(
  /\bmin\/avg\/max(?:\/\w{1,8})? = \d{1,7}(?:\.\d{1,6})?\/(?<avg>\d{1,7}(?:\.\d{1,6})?)\/\d{1,7}(?:\.\d{1,6})?/,
)
const WINDOWS_MEAN = gated(/(?:Average|平均|Mittelwert|Moyenne|Media|Médio) = (?<avg>\d{1,7}) ?ms/i)
/** A mean without a share of lost ones, of a test that says what it measures. Source: Nokia SR OS, SAA; Cisco and Huawei name theirs alike. */
const MEAN = gated(
  /\b(?:test|probe|probing|saa|sla|nqa|ping)\b[^\n]{0,80}?\b(?:average|mean|avg)[- ](?:round[- ]?trip(?:[- ]time)?|rtt|latency)[ =:]{1,3}(?<avg>\d{1,7}(?:\.\d{1,6})?) ?(?<unit>ms|us)\b/i,
)
/** Both by name: a round trip in its unit, a share of lost ones. */
const KEYED = gated(
  /\b(?:latency|rtt|delay|ping|avg|average_response_ms|round-?trip)\b["']?(?:\s?[=:]\s?| (?=\d[\d.]{0,15} ?[muµ]?s\b))["']?(?<avg>\d{1,9}(?:\.\d{1,6})?) ?(?<unit>[muµ]?s)?\b.{0,60}?\b(?:packet[ _-]?)?loss(?:_percent)?\b["']?\s?[=: ]\s?["']?(?<loss>\d{1,3}(?:\.\d{1,6})?) ?%/i,
)
const LOSS_FIRST = gated(
  /\b(?:percent_)?(?:packet[ _-]?)?loss\b["']?\s?[=: ]\s?["']?(?<loss>\d{1,3}(?:\.\d{1,6})?) ?%.{0,60}?\b(?:latency|rtt|delay|avg|round-?trip)\b["']?\s?[=: ]\s?["']?(?<avg>\d{1,9}(?:\.\d{1,6})?) ?(?<unit>[muµ]?s)\b/i,
)
/** The value without a name, as PRTG's ping sensor tells it: `12 msec, packet loss 0 %`. */
const NAMELESS = gated(
  /(?<![\w.])(?<avg>\d{1,7}(?:\.\d{1,6})?) ?(?<unit>ms)(?:ec)?[,;] ?(?:packet[ _-]?)?loss[:=]? ?(?<loss>\d{1,3}(?:\.\d{1,6})?) ?%/i,
)
const CHINESE = gated(
  /(?:时延|延迟|往返)[^\d\n]{0,8}(?<avg>\d{1,7}(?:\.\d{1,6})?) ?(?<unit>毫秒|ms)[^\n]{0,24}(?:丢包率?|丢失率?)[^\d\n]{0,8}(?<loss>\d{1,3}(?:\.\d{1,6})?) ?%/,
)
const TOGETHER = [KEYED, LOSS_FIRST, NAMELESS, CHINESE, MEAN]
/** Nobody answered a check of one address. What routers make of that (tracks, SLAs) their own formats read. */
const LOST = gated(
  /\bCheck \(ping\) failed for target "(?<host>[^"\s]{2,255})"|\bping (?:to |of |check (?:of |to )?)?(?<pinged>\d{1,3}(?:\.\d{1,3}){3}) (?:has )?(?:failed|lost|timed out|got no (?:reply|answer))\b/i,
)
const PROBED = /^(?:PING |--- )?(?<host>\d{1,3}(?:\.\d{1,3}){3}|[A-Za-z0-9][\w-]{0,62}(?:\.[\w-]{1,63}){1,8})(?= |:)/
const TARGET = /\b(?:target|to|host|server|dest(?:ination)?)[ =:]{1,2}"?(?<host>\d{1,3}(?:\.\d{1,3}){3})\b/i

/** Name, unit, reading; names may say the technology before it: `lte_rsrp`, `nr5g rsrp`, `RSRP (dBm)`. */
const RADIO_WORD = gated(/rsrp|\bRSSI\b|\brssi["'=]|\+CSQ: ?\d|\+QCSQ: ?"|\+CESQ: ?\d|\+QENG: ?"servingcell"/i)
const RADIO =
  /(?:^|[^a-z])(?:(?:lte|nr|nr5g|5g|4g|ss)[ _-]?)?(?<name>rsrp|rsrq|rssi)(?:[ _]?\(?dbm?\)?)?(?:["'\]]|<?[=:>]|\s){1,4}(?:\{\s?"value"\s?: ?)?(?:["'a-z0-9]{0,6}:? )?["']?(?<value>-?\d{1,3}(?:\.\d{1,2})?)(?!\d)/gi
const CSQ = /\+CSQ: ?(?<rssi>\d{1,2}),/
const QCSQ =
  /\+QCSQ: ?"(?:LTE|CAT-?M1?|CAT-?NB1?|NBIoT|eMTC)",(?<rssi>-\d{1,3}),(?<rsrp>-\d{1,3}),-?\d{1,3},(?<rsrq>-\d{1,2})/i
const CESQ = /\+CESQ: ?\d{1,3},\d{1,3},\d{1,3},\d{1,3},(?<rsrq>\d{1,3}),(?<rsrp>\d{1,3})/
/** …, band widths, tracking area, then RSRP, RSRQ, RSSI, SINR. */
const QENG = /\+QENG: ?"servingcell",.{0,120}?,(?<rsrp>-\d{2,3}),(?<rsrq>-\d{1,2}),(?<rssi>-\d{2,3}),-?\d{1,3}\b/

/**
 * Round trip as the kernel of a server or proxy keeps it (tcp_info.tcpi_rtt, microseconds): HAProxy's fc_rtt is in milliseconds unless it is asked
 * otherwise, Cloudflare says so in the name. nginx' own layouts are read with the format.
 */
const KERNEL_TRIP = gated(
  /\b(?<name>fc_rtt|tcpinfo_rtt|tcpi_rtt|ClientTCPRTTMs|(?:client_)?tcp_?rtt_(?:ms|us))\b(?:\((?<asked>us|ms)\))?["']?\s?[=:]\s?["']?(?<value>[1-9]\d{0,8}(?:\.\d{1,3})?) ?(?<unit>us|ms)?\b/i,
)

/** Below these a link loses frames: RSRP as TS 36.133 9.1.4 reports it and operators grade it; RSSI of 2G, 3G and Wi-Fi. */
const WEAK_RSRP_DBM = -112
const WEAK_RSSI_DBM = -95

/** What other words may not be overruled: an event of its own. */
const EMPTY: ReadonlySet<string> = new Set(['other', 'request-failed', 'request-succeeded', 'request-started'])

/** Adds to what a format read what the text says of the link. @returns the same fields */
export function addLineQuality(fields: ParsedFields, text: string): ParsedFields {
  const action = fields['event.action'] ?? 'other'
  const probe = readProbe(text)
  if (probe && OF_SIZE.test(text)) return Object.assign(fields, sizeOf(probe))
  // A share of lost probes is nothing else; that nobody answered may have been read for what it led to.
  const isFree = EMPTY.has(action) || action.endsWith('-timeout')
  if (probe && (probe['whytimeout.loss_percent'] !== undefined || isFree) && !action.startsWith('link-')) {
    for (const name of ['event.outcome', 'whytimeout.phase', 'event.duration', 'error.code', 'source.ip'] as const)
      delete fields[name]
    return Object.assign(fields, probe)
  }
  if (fields['whytimeout.rtt_ms'] === undefined) addKernelTrip(fields, text)
  if (EMPTY.has(action) || action === 'link-up') addMru(fields, text)
  if (EMPTY.has(action) && fields['whytimeout.signal_dbm'] === undefined) addRadio(fields, text)
  return fields
}

/** How large a packet the line of a router may take, as RFC 1661 6.1 agrees on it or as a link manager says: `LCP ConfAck MRU=1280`, `WAN1 is up. MTU 1280`. */
const MRU = gated(
  /\b(?:LCP|PPP(?:oE|oA)?|WAN ?\d?|pppoe?-\w{1,12}|uplink)\b[^\n]{0,60}?\bM[RT]U\b["']?(?:[ =:]{1,3}| (?:is|set to|of) )["']?(?<mru>\d{3,4})\b(?! ?->)/i,
)
function addMru(fields: ParsedFields, text: string): void {
  const mru = MRU.exec(text)?.groups?.mru
  if (mru === undefined || fields['whytimeout.counters']?.mru !== undefined) return
  fields['whytimeout.counters'] = { ...fields['whytimeout.counters'], mru: Number(mru) }
}

const HEADED = /^--- (?<host>[\w.:-]{2,255}) ping statistics ---/
/** The summaries of probes that a record of many lines has, each of its own target. */
export function probesIn(text: string): readonly ParsedFields[] {
  if (!FPING_SUMMARY.test(text) && !SUMMARY.test(text)) return []
  let headed: string | undefined
  return text.split('\n').flatMap((line) => {
    headed = HEADED.exec(line)?.groups?.host ?? headed
    if (!FPING_SUMMARY.test(line) && !SUMMARY.test(line)) return []
    const probe = readProbe(SUMMARY.test(line) && headed !== undefined ? `${headed} : ${line}` : line)
    return probe ? [{ ...probe, message: line.slice(0, 200) }] : []
  })
}

/** A probe as large as a packet may be, which nobody may cut: what it loses tells of the size and not of the line. */
const OF_SIZE = gated(
  /\bping\b[^\n]{0,60}-M do\b|\bping\b[^\n]{0,60} -f -l \d{3,4}\b|\bMTU[-_ ]?\d{3,4}\b[^\n]{0,12}\bDF\b|\bdf-bit set\b/i,
)
function sizeOf(probe: ParsedFields): ParsedFields {
  const isLost = probe['event.action'] === 'probe-lost'
  const { 'whytimeout.loss_percent': _, 'whytimeout.rtt_ms': __, ...rest } = probe
  return {
    ...rest,
    ...(isLost && { 'event.outcome': 'failure', 'event.reason': 'large packets are lost' }),
    'event.action': isLost ? 'mtu-exceeded' : 'other',
  }
}

function readProbe(text: string): ParsedFields | undefined {
  const found = FOUND.exec(text)?.groups
  if (found) return probeOf({ isLost: false, host: found.host, trip: undefined, loss: undefined })
  const counted = readCounted(text)
  if (counted) return probeOf(counted)
  const vendors = VENDORS.find(([pattern]) => pattern.test(text))
  if (vendors) return probeOf({ isLost: vendors[1], host: targetOf(text), trip: undefined, loss: undefined })
  const sum = firstOf(SUMMARIES, text)
  const both = sum ? undefined : firstOf(TOGETHER, text)
  const alone = sum || both ? undefined : ROUND_TRIPS.exec(text)?.groups
  const lost = sum || both || alone ? undefined : LOST.exec(text)?.groups
  const measured = sum ?? both ?? alone
  if (!measured && lost === undefined && !LOST.test(text)) return undefined
  const loss = measured?.loss === undefined ? undefined : Number(measured.loss)
  const trip = (sum ? (ROUND_TRIPS.exec(text) ?? WINDOWS_MEAN.exec(text))?.groups : measured)?.avg
  const isLost = !measured || loss === 100 || (sum !== undefined && Number(sum.got) === 0)
  const host = lost?.host ?? lost?.pinged ?? PROBED.exec(text)?.groups?.host ?? targetOf(text)
  const ms = !isLost && trip !== undefined ? inMs(Number(trip), measured?.unit) : undefined
  return probeOf({ isLost, host, trip: ms, loss })
}

/** How many of a test's probes came back. */
function readCounted(text: string): Probe | undefined {
  const whole = COUNTED.exec(text) ?? FRACTION.exec(text)
  const named = whole ? null : (NAMED.exec(text) ?? NAMED_IN_CHINESE.exec(text))
  const g = (whole ?? named)?.groups
  if (!g) return undefined
  const [sent, count] = [Number(g.sent), Number(g.got)]
  if (sent === 0 || count > sent) return undefined
  const trip = named ? NAMED_TRIP.exec(text.slice(named.index))?.groups : g
  // Bytes and segments are sent, received and lost too: a probe tells its round trip, or that it is one.
  if (named && trip === undefined && !OF_PROBES.test(text)) return undefined
  const loss = Math.round((100 * (g.gone === undefined ? sent - count : count)) / sent)
  const mean = trip?.avg ?? trip?.mean ?? trip?.average
  const ms = mean === undefined ? undefined : inMs(Number(mean), trip?.unit)
  return { isLost: loss === 100, host: g.host ?? targetOf(text), trip: ms, loss }
}
const OF_PROBES = /\b(?:ping|icmp|probes?|rtt|nqa|rpm|ip ?sla)\b|探测|丢包/i

type Probe = {
  readonly isLost: boolean
  readonly host: string | undefined
  /** Round trip, ms. */
  readonly trip: number | undefined
  /** Percent. */
  readonly loss: number | undefined
}

function probeOf({ isLost, host, trip, loss }: Probe): ParsedFields {
  const to = host === undefined ? undefined : readHostPort(host)
  return {
    'event.kind': 'metric',
    'event.category': ['network'],
    'event.action': isLost ? 'probe-lost' : 'probe-answered',
    'network.transport': 'icmp',
    ...(to?.ip !== undefined && { 'destination.ip': to.ip }),
    ...(to?.domain !== undefined && { 'destination.domain': to.domain }),
    ...(!isLost && trip !== undefined && { 'whytimeout.rtt_ms': trip }),
    ...(loss !== undefined && loss <= 100 && { 'whytimeout.loss_percent': loss }),
  }
}

function addKernelTrip(fields: ParsedFields, text: string): void {
  const g = KERNEL_TRIP.exec(text)?.groups
  if (!g) return
  const unit = (g.unit ?? g.asked ?? /(?:us|ms)$/i.exec(g.name ?? '')?.[0] ?? '').toLowerCase()
  const isMicro = unit === 'us' || (unit === '' && /tcpi/i.test(g.name ?? ''))
  fields['whytimeout.rtt_ms'] = isMicro ? Number(g.value) / 1_000 : Number(g.value)
}

const targetOf = (text: string): string | undefined => TARGET.exec(text)?.groups?.host

const inMs = (value: number, unit: string | undefined): number =>
  unit === 'us' || unit === 'µs' ? value / 1_000 : unit === 's' ? value * 1_000 : value

function firstOf(patterns: readonly { exec: (text: string) => RegExpExecArray | null }[], text: string) {
  for (const pattern of patterns) {
    const m = pattern.exec(text)
    if (m) return m.groups
  }
  return undefined
}

type Radio = { rsrp?: number; rsrq?: number; rssi?: number }

/** What readings can be: TS 36.133 9.1.4 and 9.1.7, TS 38.133 10.1.6; of RSSI what receivers bear. */
const RANGE: Readonly<Record<keyof Radio, readonly [number, number]>> = {
  rsrp: [-156, -31],
  rsrq: [-43, 20],
  rssi: [-125, -20],
}

function addRadio(fields: ParsedFields, text: string): void {
  if (!RADIO_WORD.test(text)) return
  const radio = readRadio(text.slice(0, 2_000))
  if (radio.rsrp !== undefined) fields['whytimeout.rsrp_dbm'] = radio.rsrp
  else if (radio.rssi !== undefined) fields['whytimeout.signal_dbm'] = radio.rssi
  else return
  if (radio.rsrq !== undefined) fields['whytimeout.counters'] = { ...fields['whytimeout.counters'], rsrq: radio.rsrq }
  const isWeak = radio.rsrp === undefined ? (radio.rssi ?? 0) <= WEAK_RSSI_DBM : radio.rsrp <= WEAK_RSRP_DBM
  if (isWeak) Object.assign(fields, { 'event.action': 'signal-weak', 'event.outcome': 'failure' })
}

/** Readings are negative dB; what modems give as steps is counted back (TS 27.007, +CSQ and +CESQ). */
function readRadio(text: string): Radio {
  const radio: Radio = {}
  const put = (name: keyof Radio, value: number) => {
    const [low, high] = RANGE[name]
    if (radio[name] === undefined && value >= low && value <= high) radio[name] = value
  }
  const exact = (QCSQ.exec(text) ?? QENG.exec(text))?.groups
  if (exact) for (const name of ['rsrp', 'rsrq', 'rssi'] as const) put(name, Number(exact[name]))
  const csq = CSQ.exec(text)?.groups
  if (csq && Number(csq.rssi) <= 31) put('rssi', -113 + 2 * Number(csq.rssi))
  const cesq = CESQ.exec(text)?.groups
  if (cesq && Number(cesq.rsrp) <= 97) put('rsrp', -141 + Number(cesq.rsrp))
  if (cesq && Number(cesq.rsrq) <= 34) put('rsrq', -20 + Number(cesq.rsrq) / 2)
  for (const m of text.matchAll(RADIO)) {
    const name = (m.groups?.name ?? '').toLowerCase()
    if (name === 'rsrp' || name === 'rsrq' || name === 'rssi') put(name, Number(m.groups?.value))
  }
  return radio
}
