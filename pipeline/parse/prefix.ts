import { isIP } from 'node:net'

/** An address of IPv4 and how many of its bits name the network: `192.0.2.0/24`. */
const PREFIX = /^(\d{1,3}(?:\.\d{1,3}){3})\/(\d{1,2})$/
const BITS = 32

type Prefix = { readonly base: number; readonly bits: number }

/** An IPv4 address as a number. */
export const numberOf = (ip: string): number => ip.split('.').reduce((n, part) => n * 256 + Number(part), 0)
const networkOf = (n: number, bits: number): number => Math.floor(n / 2 ** (BITS - bits))

/** @returns undefined for what is none, IPv6, what holds everything, and one address alone where that is no network */
function parse(prefix: string, mostBits = BITS - 1): Prefix | undefined {
  const m = PREFIX.exec(prefix)
  const bits = Number(m?.[2])
  const ip = m?.[1]
  return ip !== undefined && isIP(ip) === 4 && bits > 0 && bits <= mostBits ? { base: numberOf(ip), bits } : undefined
}

/** A network as `address/bits`, of an address in it and its bits or mask (`255.255.255.0`). @returns undefined where they are none */
export function prefixOf(ip: string, mask: string): string | undefined {
  if (isIP(ip) !== 4) return undefined
  const bits = isIP(mask) === 4 ? bitsOf(numberOf(mask)) : Number(mask)
  if (!Number.isInteger(bits) || bits <= 0 || bits >= BITS) return undefined
  const n = networkOf(numberOf(ip), bits) * 2 ** (BITS - bits)
  return `${[24, 16, 8, 0].map((shift) => Math.floor(n / 2 ** shift) % 256).join('.')}/${bits}`
}

/** @returns NaN where the ones do not stand together at the front */
function bitsOf(mask: number): number {
  const zeros = Math.log2(2 ** BITS - mask)
  return Number.isInteger(zeros) ? BITS - zeros : Number.NaN
}

/** Whether the network holds the address. Both of IPv4; anything else is false. */
export function holds(prefix: string, ip: string): boolean {
  const p = parse(prefix)
  return p !== undefined && isIP(ip) === 4 && networkOf(numberOf(ip), p.bits) === networkOf(p.base, p.bits)
}

/**
 * Finds what all addresses of a network have in common: their site. Built once of all addresses, it looks a network up without going through them.
 * @returns undefined where the network holds none of them, or of several sites
 */
export function createNetworkIndex(
  addresses: Iterable<readonly [ip: string, site: string]>,
): (network: string) => string | undefined {
  const all = [...addresses].filter(([ip]) => isIP(ip) === 4).map(([ip, site]) => ({ n: numberOf(ip), site }))
  all.sort((a, b) => a.n - b.n)
  return (network) => {
    const p = parse(network, BITS)
    if (!p) return undefined
    const from = networkOf(p.base, p.bits) * 2 ** (BITS - p.bits)
    const end = from + 2 ** (BITS - p.bits)
    let [low, high] = [0, all.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((all[middle]?.n ?? 0) < from) low = middle + 1
      else high = middle
    }
    const site = all[low]?.site
    for (let i = low; i < all.length && (all[i]?.n ?? end) < end; i++) if (all[i]?.site !== site) return undefined
    return low < all.length && (all[low]?.n ?? end) < end ? site : undefined
  }
}
