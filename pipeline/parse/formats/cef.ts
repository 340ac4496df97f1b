import type { ParsedFields } from '../../../schemas/event.js'
import { type End, flowFields } from '../flow.js'
import { accept, defineFormat, type Header, keepingLast } from '../format.js'
import { readTime, type WallTime } from '../time.js'

/**
 * CEF (ArcSight) and LEEF (QRadar), what gateways and firewalls of many makes (Check Point, SonicWall, Trend Micro, Imperva, F5) write for collectors: a head
 * of fields between bars, then keys of a dictionary that all share.
 * Source: ArcSight Common Event Format, implementation standard 26, "Extension dictionary"; IBM QRadar LEEF 2.0, "Predefined event attributes".
 */
const PRIORITY = /^<\d{1,3}>/
const CEF = /^CEF:\s?\d{1,2}\|/
const LEEF = /^LEEF:\s?([12])\.0\|/
const MOST = 8_000
/** `act`, and what makes call it. */
const DENIED = /^(?:drop|den|block|reject|discard|prevent|refus|reset)/i
const ALLOWED = /^(?:allow|accept|permit|pass)/i

type Line = {
  readonly vendor: string
  readonly product: string
  readonly code: string
  readonly name: string
  readonly severity: string
  readonly keys: ReadonlyMap<string, string>
  readonly time: WallTime | undefined
}

const read = keepingLast((text: string, { program }: Header): Line | undefined => {
  // Behind a syslog header the mark looks like the program's name.
  const whole = program === 'CEF' || program === 'LEEF' ? `${program}:${text}` : text.replace(PRIORITY, '')
  const line = whole.length > MOST ? whole.slice(0, MOST) : whole
  return CEF.test(line) ? readCef(line) : LEEF.test(line) ? readLeef(line) : undefined
})

export const cef = defineFormat({
  id: 'cef',
  title: 'CEF and LEEF (ArcSight, QRadar)',
  source: 'ArcSight Common Event Format 26; IBM QRadar LEEF 2.0',
  block: { starts: /^(?:<\d{1,3}>)?(?:CEF:\s?\d{1,2}|LEEF:\s?[12]\.0)\|/ },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const line = read(text, header)
    if (!line || (!line.time && !header.time)) return undefined
    return accept(fieldsOf(line), line.time)
  },
})

function fieldsOf({ vendor, product, code, name, severity, keys }: Line): ParsedFields {
  const k = (...names: string[]) => names.map((n) => keys.get(n)).find((v) => v !== undefined && v !== '')
  const act = k('act', 'action', 'deviceAction') ?? name
  const end: End = DENIED.test(act) ? 'denied' : ALLOWED.test(act) ? 'allowed' : 'other'
  const fields: ParsedFields = {
    ...flowFields(
      {
        transport: k('proto'),
        from: k('src', 'sourceAddress', 'c6a2'),
        fromPort: k('spt', 'srcPort', 'sourcePort'),
        fromMac: k('smac', 'srcMAC'),
        to: k('dst', 'destinationAddress', 'c6a3'),
        toPort: k('dpt', 'dstPort', 'destinationPort'),
        toMac: k('dmac', 'dstMAC'),
        natFrom: k('sourceTranslatedAddress', 'srcPostNAT'),
        natFromPort: k('sourceTranslatedPort', 'srcPostNATPort'),
        natTo: k('destinationTranslatedAddress', 'dstPostNAT'),
        natToPort: k('destinationTranslatedPort', 'dstPostNATPort'),
        ingress: k('deviceInboundInterface'),
        egress: k('deviceOutboundInterface'),
        rule: k('rule', 'policy', 'cs2'),
        app: k('app'),
        reason: k('reason'),
        bytesOut: k('out', 'srcBytes'),
        bytesBack: k('in', 'dstBytes'),
      },
      end,
    ),
    'observer.type': 'firewall',
    'event.code': code.slice(0, 200),
    message: k('msg') ?? name,
  }
  if (vendor !== '') fields['process.name'] = product === '' ? vendor : `${vendor} ${product}`.slice(0, 200)
  if (severity !== '') fields['log.level'] = severity.toLowerCase().slice(0, 20)
  const host = k('shost', 'identHostName')
  const domain = k('dhost')
  if (domain !== undefined && !/\s/.test(domain)) fields['destination.domain'] = domain.toLowerCase().slice(0, 255)
  const box = k('dvchost', 'deviceExternalId')
  if (box !== undefined) fields['observer.name'] = box.slice(0, 255)
  if (host !== undefined) fields['whytimeout.extra'] = { shost: host.slice(0, 255) }
  return fields
}

/** Bars in a head are escaped, and so are equals signs in a value. */
function headOf(line: string, parts: number): { readonly head: string[]; readonly rest: string } {
  const head: string[] = []
  let part = ''
  let at = 0
  for (; at < line.length && head.length < parts; at++) {
    const c = line[at] as string
    if (c === '\\' && at + 1 < line.length) part += line[++at] as string
    else if (c === '|') {
      head.push(part)
      part = ''
    } else part += c
  }
  return { head, rest: line.slice(at) }
}

function readCef(line: string): Line | undefined {
  const { head, rest } = headOf(line, 7)
  if (head.length < 7) return undefined
  const [, vendor = '', product = '', , code = '', name = '', severity = ''] = head
  const keys = new Map<string, string>()
  // A value goes on to the blank before the next key.
  const marks = [...rest.matchAll(/(?:^|\s)([A-Za-z][\w.-]{0,63})=/g)]
    .filter((m) => rest[m.index - 1] !== '\\')
    .slice(0, 128)
  for (const [i, m] of marks.entries()) {
    const value = rest.slice(m.index + m[0].length, marks[i + 1]?.index).trim()
    keys.set(m[1] as string, value.replace(/\\([=\\|])/g, '$1'))
  }
  return {
    vendor,
    product,
    code,
    name,
    severity,
    keys,
    time: timeOf(keys, ['rt', 'end', 'start', 'deviceReceiptTime']),
  }
}

function readLeef(line: string): Line | undefined {
  const isTwo = LEEF.exec(line)?.[1] === '2'
  const { head, rest } = headOf(line, isTwo ? 6 : 5)
  if (head.length < (isTwo ? 6 : 5)) return undefined
  const [, vendor = '', product = '', , code = ''] = head
  const stated = isTwo ? (head[5] ?? '') : ''
  const hex = /^(?:0x|x)([0-9a-fA-F]{1,4})$/.exec(stated)?.[1]
  const separator =
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : stated === '' ? '\t' : (stated[0] as string)
  const keys = new Map<string, string>()
  for (const pair of rest.split(separator, 128)) {
    const at = pair.indexOf('=')
    if (at > 0 && at <= 64) keys.set(pair.slice(0, at).trim(), pair.slice(at + 1).trim())
  }
  return {
    vendor,
    product,
    code,
    name: keys.get('cat') ?? code,
    severity: keys.get('sev') ?? '',
    keys,
    time: timeOf(keys, ['devTime', 'deviceTime']),
  }
}

function timeOf(keys: ReadonlyMap<string, string>, names: readonly string[]): WallTime | undefined {
  for (const name of names) {
    const found = readTime(keys.get(name) ?? '')
    if (found) return found.time
  }
  return undefined
}
