import type { ParsedFields } from '../../../schemas/event.js'
import { flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * NetScaler (Citrix ADC): `11/24/2026:10:00:31 GMT ns1 0-PPE-0 : default TCP CONN_TERMINATE 1234 0 : Source … - Destination … - …`. Its own time is
 * inside the syslog message, day and month in the order that its configuration says.
 * Source: NetScaler Syslog Message Reference (modules TCP, EVENT, SSLLOG).
 */
/** 1 module, 2 message, behind its counters the text */
const HEAD = /(?:^|\s)\d{1,3}-PPE-\d{1,3} : (?:[\w-]{1,64} )?([A-Z]{2,12}) (\w{3,40}) \d{1,12} \d{1,9} : {0,4}/
const CLOCK = /(\d{2}\/\d{2}\/\d{4}:\d{2}:\d{2}:\d{2}(?: GMT)?) ?(?:[A-Z]{3,5} )?([\w.-]{0,255})$/
const MOST_HEAD = 400

type Found = {
  readonly time: WallTime | undefined
  readonly host: string
  readonly module: string
  readonly kind: string
  readonly said: string
}

const read = keepingLast((text): Found | undefined => {
  const m = HEAD.exec(text.slice(0, MOST_HEAD))
  if (!m) return undefined
  const clock = CLOCK.exec(text.slice(0, m.index))
  return {
    time: clock ? readTime(clock[1] as string)?.time : undefined,
    host: clock?.[2] ?? '',
    module: m[1] as string,
    kind: m[2] as string,
    said: text.slice(m.index + m[0].length),
  }
})

const END = String.raw`([0-9a-fA-F.:]{2,45}):(\d{1,5})`
const part = (name: string) => new RegExp(`(?:^|- )${name} ${END}`)
const [SOURCE, TARGET, VSERVER, NAT] = ['Source', 'Destination', 'Vserver', '(?:NatIP|Nat)'].map(part) as [
  RegExp,
  RegExp,
  RegExp,
  RegExp,
]
const STARTED = /Start Time (\d{2}\/\d{2}\/\d{4}:\d{2}:\d{2}:\d{2}(?: GMT)?)/
const ENDED = /(?:End|Delink) Time (\d{2}\/\d{2}\/\d{4}:\d{2}:\d{2}:\d{2}(?: GMT)?)/
/** `Device "server_svc_NSSVC_TCP_10.30.0.11:8443(pos-1)" - State DOWN`, `Monitor MonServiceBinding_10.30.0.11:8443_(tcp-default)` */
const DEVICE = /(?:Device "?|Monitor )([\w.:()[\]/-]{1,255})"? - (?:State )?([A-Z]{2,12})\b/
const DEVICE_END = /[_(](\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-fA-F:]{2,45}\]):(\d{1,5})/
const PROBE = /(?:Probe Failed\??:? "?(?:Failure - )?|Failure - )([^"]{1,200})/

export const netscaler = defineFormat({
  id: 'netscaler',
  title: 'NetScaler (Citrix ADC)',
  source: 'NetScaler Syslog Message Reference',
  block: { starts: /^(?:<\d{1,3}>)? ?\d{2}\/\d{2}\/\d{4}:\d{2}:\d{2}:\d{2} .{0,200}-PPE-\d{1,3} : / },
  detect: (text, header) => {
    const found = read(text, header)
    return found && (found.time || header.time) ? 1 : 0
  },
  parse: (text, header) => {
    const found = read(text, header)
    if (!found || !(found.time || header.time)) return undefined
    const { time, host, module, kind, said } = found
    const fields =
      module === 'EVENT' ? deviceFields(said, kind) : module === 'SSLLOG' ? tlsFields(said, kind) : flow(said, kind)
    fields['event.code'] = `${module} ${kind}`
    fields['observer.type'] = 'loadbalancer'
    if (host !== '') fields['observer.name'] = host
    fields.message = said.slice(0, 1_000)
    return accept(fields, time)
  },
})

function flow(said: string, kind: string): ParsedFields {
  const [from, to, vserver, nat] = [SOURCE, TARGET, VSERVER, NAT].map((p) => p.exec(said))
  if (!from && !to) return { 'event.action': 'other' }
  const [began, ended] = [STARTED, ENDED].map((p) => readTime(p.exec(said)?.[1] ?? '')?.time)
  const took = began && ended ? secondsOf(ended) - secondsOf(began) : undefined
  const bytes = (name: string) => new RegExp(`${name} (\\d{1,15})`).exec(said)?.[1]
  return flowFields(
    {
      ...{ transport: 'tcp', from: from?.[1], fromPort: from?.[2] },
      // What the client dialled is the virtual server; the destination behind it is its translation.
      ...{ to: vserver?.[1] ?? to?.[1], toPort: vserver?.[2] ?? to?.[2] },
      ...(vserver && { natTo: to?.[1], natToPort: to?.[2] }),
      ...{ natFrom: nat?.[1], natFromPort: nat?.[2] },
      ...{ bytesOut: bytes('Total_bytes_send'), bytesBack: bytes('Total_bytes_recv') },
      ...(took !== undefined && took >= 0 && { durationMs: took * 1_000 }),
    },
    /TERMINATE|DELINK/.test(kind) ? 'ended' : 'other',
  )
}

/** Both stand in one message: only their difference counts. */
const secondsOf = ({ year = 0, month = 1, day = 1, hour, minute, second }: WallTime): number =>
  Date.UTC(year, month - 1, day, hour, minute, second) / 1_000

function deviceFields(said: string, kind: string): ParsedFields {
  const device = DEVICE.exec(said)
  if (!device) return { 'event.action': /^(?:STOP|START)/.test(kind) ? 'program-started' : 'other' }
  const isDown = device[2] === 'DOWN' || /DOWN|OUTOFSERVICE/.test(kind)
  const isMonitor = kind.startsWith('MONITOR')
  const end = DEVICE_END.exec(device[1] as string)
  const failure = PROBE.exec(said)?.[1]
  return {
    'event.category': ['network'],
    'event.action': isMonitor
      ? isDown
        ? 'health-check-failed'
        : 'health-check-passed'
      : isDown
        ? 'server-down'
        : 'server-up',
    'event.outcome': isDown ? 'failure' : 'success',
    'service.target.name': device[1] as string,
    ...(end && {
      'destination.ip': (end[1] as string).replace(/[[\]]/g, ''),
      'destination.port': Math.min(65_535, Number(end[2])),
    }),
    ...(failure !== undefined && { 'event.reason': failure }),
    ...(failure !== undefined &&
      /syn sent|connect|timed? ?out/i.test(failure) && { 'whytimeout.phase': 'connect' as const }),
  }
}

function tlsFields(said: string, kind: string): ParsedFields {
  const of = (name: string) => new RegExp(`${name} ([0-9a-fA-F.:]{1,45})`).exec(said)?.[1]
  const isFailure = kind.endsWith('FAILURE')
  const reason = /Reason "([^"]{1,200})"/.exec(said)?.[1]
  const fields = flowFields(
    {
      ...{ transport: 'tcp', from: of('ClientIP'), fromPort: of('ClientPort'), to: of('VserverServiceIP') },
      ...{ toPort: of('VserverServicePort'), reason },
    },
    'other',
  )
  const version = /ClientVersion (\S{3,16})/.exec(said)?.[1]
  return {
    ...fields,
    'network.protocol': 'tls',
    ...(isFailure && { 'event.action': 'tls-failed' as const, 'whytimeout.phase': 'tls' as const }),
    'event.outcome': isFailure ? 'failure' : 'success',
    'tls.established': !isFailure,
    ...(version !== undefined && { 'tls.version': version }),
  }
}
