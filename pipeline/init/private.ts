import { BlockList, isIP } from 'node:net'

/** Addresses that are no place in the Internet: RFC 1918, RFC 6598 (shared by carriers), RFC 3927, RFC 4193, RFC 4291. */
const PRIVATE = new BlockList()
for (const [net, bits] of [
  ['10.0.0.0', 8],
  ['172.16.0.0', 12],
  ['192.168.0.0', 16],
  ['100.64.0.0', 10],
  ['169.254.0.0', 16],
] as const)
  PRIVATE.addSubnet(net, bits, 'ipv4')
PRIVATE.addSubnet('fc00::', 7, 'ipv6')
PRIVATE.addSubnet('fe80::', 10, 'ipv6')

export function isPrivate(ip: string): boolean {
  const kind = isIP(ip)
  return kind !== 0 && PRIVATE.check(ip, kind === 4 ? 'ipv4' : 'ipv6')
}
