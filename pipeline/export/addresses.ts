import { isIPv6 } from 'node:net'
import { numberOf } from '../parse/prefix.js'
import type { Keyed } from './keyed.js'

/** Replaces addresses so that whatever two have in common in front they still have in common afterwards. */
export type Addresses = {
  readonly ip4: (text: string) => string
  readonly ip6: (text: string) => string
  /** Six bytes with whatever stands between them. */
  readonly mac: (text: string) => string
}

/**
 * Blocks that mean something (RFC 6890): an address stays in its block, and no address gets into one. The first number of bits is kept as it
 * is; `whole` blocks (this host, loopback, multicast, masks) are kept altogether.
 */
const BLOCKS: readonly { readonly base: number; readonly bits: number; readonly whole?: true }[] = [
  { base: 0x00000000, bits: 8, whole: true },
  { base: 0x0a000000, bits: 8 },
  { base: 0x64400000, bits: 10 },
  { base: 0x7f000000, bits: 8, whole: true },
  { base: 0xa9fe0000, bits: 16 },
  { base: 0xac100000, bits: 12 },
  { base: 0xc0a80000, bits: 16 },
  { base: 0xe0000000, bits: 3, whole: true },
]
/** Resolvers that everybody may ask: who asks them is no secret, and that they were asked says something. */
const RESOLVERS = new Set(
  '1.0.0.1 1.1.1.1 8.8.4.4 8.8.8.8 9.9.9.9 114.114.114.114 114.114.115.115 119.29.29.29 180.76.76.76 208.67.220.220 208.67.222.222 223.5.5.5 223.6.6.6'.split(
    ' ',
  ),
)

const maskOf = (bits: number): number => (bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0)
const blockOf = (ip: number) => BLOCKS.find((b) => (ip & maskOf(b.bits)) >>> 0 === b.base)
/** Whether a block lies below the first `bits` of the address: then the next bit tells the block from its neighbours. */
const isAboveBlock = (ip: number, bits: number): boolean =>
  BLOCKS.some((b) => bits < b.bits && (b.base & maskOf(bits)) >>> 0 === (ip & maskOf(bits)) >>> 0)

const textOf = (ip: number): string => [24, 16, 8, 0].map((shift) => (ip >>> shift) & 255).join('.')

/** Whether an IPv4 address stays as it is. */
export const isKept = (text: string): boolean => RESOLVERS.has(text) || blockOf(numberOf(text))?.whole === true

/**
 * Flips the eight bits of a number, each by a coin that hangs on the bits before it: a permutation that keeps common beginnings.
 * @param isFixed  whether the bit after the first `n` of the eight must stay
 */
function flip(coins: Buffer, byte: number, isFixed: (n: number) => boolean = () => false): number {
  let node = 1
  let out = 0
  for (let n = 0; n < 8; n++) {
    const bit = (byte >>> (7 - n)) & 1
    const coin = isFixed(n) ? 0 : ((coins[node >>> 3] as number) >>> (node & 7)) & 1
    out = out * 2 + (bit ^ coin)
    node = node * 2 + bit
  }
  return out
}

/** @param salt  another one gives other addresses; 0 unless those of the input would come out again */
export function addresses(ask: Keyed, salt = 0): Addresses {
  const coins = new Map<string, Buffer>()
  const coinsOf = (question: string): Buffer => {
    const known = coins.get(question)
    if (known) return known
    const fresh = ask(`${salt}:${question}`)
    coins.set(question, fresh)
    return fresh
  }
  const known = new Map<string, string>()
  const remember = (text: string, make: () => string): string => {
    const found = known.get(text) ?? make()
    known.set(text, found)
    return found
  }

  const ip4 = (text: string): string =>
    remember(text, () => {
      if (isKept(text)) return text
      const ip = numberOf(text)
      let out = 0
      for (let octet = 0; octet < 4; octet++) {
        const before = octet === 0 ? 0 : ip >>> (32 - 8 * octet)
        const byte = (ip >>> (24 - 8 * octet)) & 255
        const table = coinsOf(`4:${octet}:${before}`)
        out = out * 256 + (octet < 3 ? flip(table, byte, (n) => isAboveBlock(ip, octet * 8 + n)) : lastOf(table, byte))
      }
      return textOf(out)
    })
  /** The last number: a network's own address (0) and its broadcast (255) stay what they are. */
  const lastOf = (table: Buffer, byte: number): number => {
    if (byte === 0 || byte === 255) return byte
    let out = flip(table, byte)
    while (out === 0 || out === 255) out = flip(table, out)
    return out
  }

  const group = (before: string, value: number, kept: number): number => {
    if (value === 0) return 0
    let out = value
    do {
      const high = flip(coinsOf(`6:${before}`), out >>> 8, (n) => n < kept)
      const low = flip(coinsOf(`6:${before}:${out >>> 8}`), out & 255, (n) => n + 8 < kept)
      out = high * 256 + low
    } while (out === 0)
    return out
  }
  const ip6 = (text: string): string =>
    remember(text, () => {
      const tail = /(?<=:)\d{1,3}(?:\.\d{1,3}){3}$/.exec(text)?.[0]
      const groups = expand(tail === undefined ? text : `${text.slice(0, -tail.length)}0:0`)
      if (groups === undefined) return text
      const [first = 0, second] = groups
      // Unspecified, loopback, multicast; an address of version 4 in one of version 6 is replaced as such.
      if ((first === 0 && tail === undefined) || first >= 0xff00) return text
      const isKeptPrefix = first === 0 || (first === 0x64 && second === 0xff9b)
      let before = ''
      const mapped = groups.map((value, i) => {
        const out =
          isKeptPrefix || (i === 0 && first >>> 6 === 0x3fa) ? value : group(before, value, keptBits(first, i))
        before += `${value.toString(16)}:`
        return out
      })
      const isUpper = /[A-F]/.test(text)
      let at = 0
      const out = (tail === undefined ? text : text.slice(0, -tail.length))
        .split('::')
        .map((side, i, sides) => {
          const parts = side.split(':').filter((p) => p !== '')
          if (i === 1) at = mapped.length - parts.length - (tail !== undefined ? 2 : 0)
          if (sides.length === 1) at = 0
          return (
            parts.map((_, k) => (mapped[at + k] as number).toString(16)).join(':') + (side.endsWith(':') ? ':' : '')
          )
        })
        .join('::')
      return (isUpper ? out.toUpperCase() : out) + (tail === undefined ? '' : ip4(tail))
    })

  const mac = (text: string): string => {
    const digits = text.toLowerCase().replace(/[^0-9a-f]/g, '')
    // Nobody's, everybody's, and groups (IEEE 802, I/G bit).
    if (/^(?:0{12}|f{12})$/.test(digits) || (Number.parseInt(digits.slice(0, 2), 16) & 1) === 1) return text
    const mapped = remember(`mac ${digits}`, () => {
      const maker = coinsOf(`mac:${digits.slice(0, 6)}`)
      const own = coinsOf(`mac:${digits}`)
      // Whether the address was given by a maker or locally (U/L bit) stays.
      const first = ((maker[0] as number) & 0xfc) | (Number.parseInt(digits.slice(0, 2), 16) & 3)
      return Buffer.from([first, maker[1] as number, maker[2] as number, ...own.subarray(0, 3)]).toString('hex')
    })
    const isUpper = /[A-F]/.test(text)
    let n = 0
    return text.replace(/[0-9A-Fa-f]/g, () => {
      const c = mapped[n++] as string
      return isUpper ? c.toUpperCase() : c
    })
  }
  return { ip4, ip6, mac }
}

/** Bits of a group that say what kind of address it is: global (2000::/3), unique local (fc00::/7). */
const keptBits = (first: number, i: number): number => (i > 0 ? 0 : first >>> 9 === 0x7e ? 8 : 4)

/** The eight groups; undefined for what is no address of version 6. */
function expand(text: string): number[] | undefined {
  if (!isIPv6(text)) return undefined
  const [left = '', right] = text.split('::')
  const parse = (side: string): number[] =>
    side
      .split(':')
      .filter((p) => p !== '')
      .map((p) => Number.parseInt(p, 16))
  const [head, tail] = [parse(left), parse(right ?? '')]
  return [...head, ...Array.from({ length: 8 - head.length - tail.length }, () => 0), ...tail]
}

/**
 * Addresses of which no replacement is an address of the input: then none of the input's can be met in the output. With very many addresses in
 * a small block there may be no such salt; the best of those tried is taken.
 */
export function addressesApartFrom(ask: Keyed, seen4: ReadonlySet<string>): Addresses {
  let best: { made: Addresses; hits: number } | undefined
  for (let salt = 0; salt < 64; salt++) {
    const made = addresses(ask, salt)
    let hits = 0
    for (const ip of seen4) {
      const other = made.ip4(ip)
      if (!isKept(ip) && (seen4.has(other) || isKept(other))) hits++
    }
    if (best === undefined || hits < best.hits) best = { made, hits }
    if (hits === 0) break
  }
  return (best as { made: Addresses }).made
}
