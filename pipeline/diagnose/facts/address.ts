import { type AddressKind, addressKind } from '../../parse/address-kind.js'
import type { Scene } from './fact.js'

/** What the addresses of an attempt say by themselves, whatever else is logged. */
export function addressFacts({ episode: e, put }: Scene): void {
  if (e.sufferer !== 'terminal' || e.phase === 'dns') return
  const kind = e.ip !== undefined ? addressKind(e.ip) : e.domain === 'localhost' ? 'own-host' : undefined
  const seen = e.symptoms.filter((s) => s.event['destination.ip'] === e.ip)
  put('dial.address_kind', kind, seen.length > 0 ? seen : e.symptoms)
  const both = e.symptoms.find((s) => s.event['source.ip'] !== undefined && s.event['destination.ip'] !== undefined)
  const [from, to] = [both?.event['source.ip'], both?.event['destination.ip']]
  if (both && from !== undefined && to !== undefined) put('dial.from_other_network', fromOther(from, to), [both])
}

/** Networks that nobody reaches from outside without a router of the same owner between. */
const OWN_RANGES: ReadonlySet<AddressKind | undefined> = new Set(['private', 'container', 'link-local'])

/**
 * Only where it is plain: a private address dialled from an address of another range. Within one range a router may well lead from one
 * network to the next.
 */
function fromOther(from: string, to: string): boolean | undefined {
  if (from.includes(':') || to.includes(':') || !OWN_RANGES.has(addressKind(to))) return undefined
  if (addressKind(from) === 'own-host') return undefined
  if (from.split('.', 3).join('.') === to.split('.', 3).join('.')) return false
  return rangeOf(from) === rangeOf(to) ? undefined : true
}

/** RFC 1918's three blocks, link-local, anything else. */
const rangeOf = (ip: string): string => {
  const kind = addressKind(ip)
  if (kind !== 'private' && kind !== 'container' && kind !== 'emulator') return kind ?? ''
  return ip.startsWith('10.') ? '10' : ip.startsWith('192.') ? '192.168' : '172.16'
}
