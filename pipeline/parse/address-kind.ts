import { BlockList, isIP } from 'node:net'

const listOf = (networks: readonly (readonly [string, number])[]): BlockList => {
  const list = new BlockList()
  for (const [network, bits] of networks) list.addSubnet(network, bits, network.includes(':') ? 'ipv6' : 'ipv4')
  return list
}

/** What an address is by itself, whoever has it. */
export type AddressKind =
  | 'own-host'
  | 'metadata'
  | 'link-local'
  | 'emulator'
  | 'container'
  | 'private'
  | 'shared'
  | 'outside'

/**
 * The first that holds it decides. Addresses of RFC 5737 and RFC 3849 (documentation) count as outside: they stand in logs for others.
 * Source: RFC 1122 3.2.1.3, RFC 4291 (own host); RFC 3927 (link-local); RFC 1918, RFC 4193 (private); RFC 6598 (shared);
 * AWS, Azure and Google: instance metadata at 169.254.169.254, ECS at 169.254.170.2, Alibaba Cloud at 100.100.100.200;
 * Android emulator networking: 10.0.2.2 is the developer's machine, Genymotion: 10.0.3.2; Docker: docker0 is 172.17.0.0/16.
 */
const KINDS: readonly (readonly [AddressKind, BlockList])[] = [
  [
    'own-host',
    listOf([
      ['127.0.0.0', 8],
      ['0.0.0.0', 8],
      ['::', 127],
    ]),
  ],
  [
    'metadata',
    listOf([
      ['169.254.169.254', 32],
      ['169.254.170.2', 32],
      ['100.100.100.200', 32],
      ['fd00:ec2::254', 128],
    ]),
  ],
  [
    'link-local',
    listOf([
      ['169.254.0.0', 16],
      ['fe80::', 10],
    ]),
  ],
  [
    'emulator',
    listOf([
      ['10.0.2.2', 32],
      ['10.0.3.2', 32],
    ]),
  ],
  ['container', listOf([['172.17.0.0', 16]])],
  [
    'private',
    listOf([
      ['10.0.0.0', 8],
      ['172.16.0.0', 12],
      ['192.168.0.0', 16],
      ['fc00::', 7],
    ]),
  ],
  ['shared', listOf([['100.64.0.0', 10]])],
]

/** @returns undefined for what is no address */
export function addressKind(ip: string): AddressKind | undefined {
  const version = isIP(ip)
  if (version === 0) return undefined
  const family = version === 6 ? 'ipv6' : 'ipv4'
  return KINDS.find(([, list]) => list.check(ip, family))?.[0] ?? 'outside'
}

const INSIDE: ReadonlySet<AddressKind | undefined> = new Set(['emulator', 'container', 'private'])

/** Of a private range (RFC 1918, RFC 4193). */
export const isPrivate = (ip: string): boolean => INSIDE.has(addressKind(ip))
