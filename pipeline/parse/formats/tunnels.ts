import type { ParsedFields } from '../../../schemas/event.js'
import { readEnds } from '../ends.js'
import { accept, defineFormat, type Header, keepingLast } from '../format.js'
import { readingsOf } from '../readings.js'
import { readTime, type WallTime } from '../time.js'
import { describe } from './application.js'

/**
 * Tunnels: OpenVPN (its own file or syslog), strongSwan's charon, WireGuard in the kernel's log. A tunnel that does not come up or falls is a link that is
 * down for all that goes through it; its own waits (of UDP) are no time-outs of a connection.
 * Source: OpenVPN 2.6 src/openvpn/forward.c, socket.c, ssl.c, sig.c; strongSwan src/libcharon/sa/ike_sa.c, ikev2/task_manager_v2.c; Linux
 * drivers/net/wireguard/timers.c, receive.c.
 */
const OWN_TIME =
  /^(?:\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)? (?:us=\d{1,6} )?|[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} (?:us=\d{1,6} )?|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d )/
/** What OpenVPN alone says. */
const OPENVPN =
  /\[AF_INET6?\]|--ping-restart|\bOpenVPN \d|^(?:[\w.:[\]/-]{3,80} )?(?:TLS(?:_ERROR| Error)?: |VERIFY (?:OK|ERROR)|Initialization Sequence Completed|SIG[A-Z0-9]{3,5}\[|RESOLVE: |AUTH: Received|MULTI: |PUSH: |Control Channel|Data Channel|TUN\/TAP|net_(?:addr|route|iface)_)/
const CHARON = /^(?:\d\d)?\[(?:DMN|MGR|IKE|CHD|JOB|CFG|KNL|NET|ASN|ENC|TNC|LIB|ESP|TLS|APP|IMC|IMV|PTS)\] /
const WIREGUARD = /^(?:\[ {0,6}\d{1,10}\.\d{6}\] )?wireguard: ([\w.-]{1,15}): /
const PROGRAMS = /^(?:openvpn|ovpn|charon|ipsec)/i

export const DOWN: ParsedFields = { 'event.action': 'link-down', 'event.outcome': 'failure' }
export const UP: ParsedFields = { 'event.action': 'link-up', 'event.outcome': 'success' }
/** What it sends is not answered; whether the other end, its own line or whoever carries it is to blame it does not know. */
export const AGAIN: ParsedFields = { 'event.action': 'retransmission', 'event.reason': 'a tunnel gets no answer' }
const FAILED: ParsedFields = { 'event.action': 'request-failed', 'event.outcome': 'failure' }
/** The other end answers, and takes nothing of what it is offered: no way leads through the tunnel. */
const REFUSED: ParsedFields = {
  'event.action': 'route-changed',
  'event.outcome': 'failure',
  'event.reason': 'two ends are set differently',
}
const TLS: ParsedFields = { 'event.action': 'tls-failed', 'event.outcome': 'failure', 'whytimeout.phase': 'tls' }
const readingOf = readingsOf([
  // Half of all addresses is how `redirect-gateway def1` takes the default route: OpenVPN src/openvpn/route.c.
  [
    /(?:route (?:-\d )?add(?: -net)?|net_route_v4_add:) (?<x_net>(?:0|128)\.0\.0\.0(?:\/[01])?|default)\b/,
    {
      'event.action': 'route-changed',
      'event.outcome': 'success',
      'event.reason': 'a tunnel takes the default route',
    },
  ],
  [/Inactivity timeout \(--(?<reason>ping-restart|ping-exit|inactive)\)/, DOWN],
  [/(?<reason>TLS key negotiation failed to occur) within (?<secs>\d{1,5}) seconds/, DOWN],
  [/SIG(?:USR1|HUP)\[(?<reason>[\w,-]{1,60})\] received, .{0,80}restarting/, DOWN],
  [/SIG(?:TERM|INT)\[(?<reason>[\w,-]{1,60})\] received, process exiting/, { 'event.action': 'program-stopped' }],
  [/Initialization Sequence Completed/, UP],
  [/Peer Connection Initiated with/, { 'event.action': 'session-started', 'event.outcome': 'success' }],
  [
    /VERIFY ERROR|TLS handshake failed|TLS_ERROR|TLS Error: (?:Unroutable|cannot locate|incoming packet auth|tls-crypt)/,
    TLS,
  ],
  [/AUTH_FAILED|AUTH: Received control message/, FAILED],
  [/TCP connection established with/, { 'event.action': 'connect-succeeded', 'event.outcome': 'success' }],
  [/retransmit (?<retries>\d{1,3}) of (?:request|response) with message ID/, AGAIN],
  [
    /(?<reason>giving up after \d{1,3} retransmits)|(?<x_expired>closing expired CHILD_SA|scheduling CHILD_SA recreate after hard expire)/,
    DOWN,
  ],
  [/(?<reason>peer not responding)|establishing (?:IKE|CHILD)_SA .{0,80}failed/, DOWN],
  [/deleting half open IKE_SA with (?<src>[0-9a-fA-F.:]{3,45}) after (?<reason>timeout)/, DOWN],
  [/CHILD_SA [\w.{}-]{1,64} established with SPIs/, UP],
  [/IKE_SA [\w.[\]-]{1,64} established between/, { 'event.action': 'session-started', 'event.outcome': 'success' }],
  [/deleting IKE_SA|closing (?:CHILD|IKE)_SA|IKE_SA deleted/, { 'event.action': 'session-ended' }],
  [/received (?:NO_PROPOSAL_CHOSEN|AUTHENTICATION_FAILED|TS_UNACCEPTABLE|INVALID_KE_PAYLOAD)/, REFUSED],
  [
    /Handshake for peer \d{1,6} .{0,80}did not complete after (?<secs>\d{1,4}) seconds, retrying \(try (?<retries>\d{1,4})\)/,
    AGAIN,
  ],
  [/Handshake for peer \d{1,6} .{0,80}(?<reason>did not complete after \d{1,4} attempts, giving up)/, DOWN],
  [/Keypair \d{1,10} created for peer/, UP],
  [/(?:sending|received) packet: from/, { 'event.action': 'other' }],
])

type Line = {
  readonly time: WallTime | undefined
  readonly said: string
  readonly iface: string | undefined
  readonly isSure: boolean
}

const read = keepingLast((text: string, header: Header): Line | undefined => {
  const own = OWN_TIME.exec(text)
  const rest = own ? text.slice(own[0].length) : text
  const wireguard = WIREGUARD.exec(rest)
  const isOurs = wireguard !== null || CHARON.test(rest) || PROGRAMS.test(header.program ?? '')
  if (!isOurs && !(own && OPENVPN.test(rest))) return undefined
  const time = own ? readTime(text)?.time : undefined
  if (!time && !header.time) return undefined
  const said = rest.replace(wireguard ? WIREGUARD : CHARON, '').replace(/^<[^>]{1,80}> /, '')
  return { time, said, iface: wireguard?.[1], isSure: isOurs }
})

export const tunnels = defineFormat({
  id: 'tunnels',
  title: 'Tunnels: OpenVPN, strongSwan, WireGuard',
  source: 'OpenVPN src/openvpn, strongSwan src/libcharon, Linux drivers/net/wireguard',
  detect: (text, header) => {
    const line = read(text, header)
    return line === undefined ? 0 : line.isSure ? 1 : 0.9
  },
  parse: (text, header) => {
    const line = read(text, header)
    if (!line) return undefined
    const { said, iface, time } = line
    const known = readingOf(said)
    const fields: ParsedFields = known ?? describe(said)
    // A tunnel's own networks are no ends of a connection.
    if (known && known['event.action'] !== 'link-up') addEnds(fields, said)
    if (iface !== undefined) fields['interface.name'] = iface
    fields.message = said.slice(0, 1_000)
    return accept(fields, time)
  },
})

/** What networks go through a tunnel are no ends of it. */
const SELECTORS = / and TS \S{1,90} === .{1,200}$/

function addEnds(fields: ParsedFields, said: string): void {
  const { source, destination, others } = readEnds(said.replaceAll(/\[AF_INET6?\]/g, '').replace(SELECTORS, ''))
  const from = source ?? (destination ? undefined : others[0])
  if (from) {
    fields['source.ip'] ??= from.ip
    if (from.port !== undefined) fields['source.port'] ??= from.port
  }
  if (destination && destination.ip !== fields['source.ip']) {
    fields['destination.ip'] = destination.ip
    if (destination.port !== undefined) fields['destination.port'] = destination.port
  }
}
