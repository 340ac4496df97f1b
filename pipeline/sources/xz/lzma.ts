import { damaged } from '../unpack.js'

/** Bytes unpacked so far, the newest last: what a match may repeat. */
export type Dictionary = {
  buffer: Buffer
  /** Where the next byte goes. */
  at: number
  /** Matches reach back to here: what came before was said to be forgotten. */
  from: number
}

const STATES = 12
const MATCHES_LEN = 2 + 16 * 8 + 16 * 8 + 256
/** Of one table of all probabilities, where each kind begins. Names follow the specification. */
const IS_MATCH = 0
const IS_REP = IS_MATCH + STATES * 16
const IS_REP0 = IS_REP + STATES
const IS_REP1 = IS_REP0 + STATES
const IS_REP2 = IS_REP1 + STATES
const IS_REP0_LONG = IS_REP2 + STATES
const DIST_SLOT = IS_REP0_LONG + STATES * 16
const DIST_SPECIAL = DIST_SLOT + 4 * 64
const DIST_ALIGN = DIST_SPECIAL + 128
const MATCH_LEN = DIST_ALIGN + 16
const REP_LEN = MATCH_LEN + MATCHES_LEN
const LITERAL = REP_LEN + MATCHES_LEN
const LITERAL_STATES = 0x300
/** lc + lp is at most 4. */
const ALL = LITERAL + LITERAL_STATES * 16
const HALF = 1024

const broken = (why: string): Error => damaged('xz', why)

/**
 * LZMA as LZMA2 has it: in chunks that know their lengths, with a range coder that begins anew in each.
 * Source: LZMA specification (7-zip SDK, lzma-specification.txt); XZ Embedded, linux/lib/xz/xz_dec_lzma2.c for what LZMA2 resets.
 */
export function createLzma(dictionary: Dictionary) {
  const probabilities = new Uint16Array(ALL)
  /** The coder's range and code, as 32 bits without sign. */
  const coder = new Uint32Array(2)
  const recent = new Uint32Array(4)
  let state = 0
  let [lc, lpMask, pbMask] = [0, 0, 0]
  let source: Buffer = Buffer.alloc(0)
  let place = 0
  let end = 0

  const normalize = (): void => {
    if ((coder[0] as number) >= 0x1000000) return
    if (place >= end) throw broken('a chunk is longer than it says')
    coder[0] = (coder[0] as number) << 8
    coder[1] = ((coder[1] as number) << 8) | (source[place++] as number)
  }
  const bit = (index: number): 0 | 1 => {
    const range = coder[0] as number
    const code = coder[1] as number
    const p = probabilities[index] as number
    const bound = (range >>> 11) * p
    const isZero = code < bound
    if (isZero) {
      coder[0] = bound
      probabilities[index] = p + ((2048 - p) >>> 5)
    } else {
      coder[0] = range - bound
      coder[1] = code - bound
      probabilities[index] = p - (p >>> 5)
    }
    normalize()
    return isZero ? 0 : 1
  }
  const tree = (base: number, limit: number): number => {
    let symbol = 1
    while (symbol < limit) symbol = (symbol << 1) | bit(base + symbol)
    return symbol - limit
  }
  const reverseTree = (base: number, bits: number): number => {
    let [symbol, value] = [1, 0]
    for (let i = 0; i < bits; i++) {
      const b = bit(base + symbol)
      symbol = (symbol << 1) | b
      value |= b << i
    }
    return value
  }
  const direct = (bits: number): number => {
    let value = 0
    for (let i = 0; i < bits; i++) {
      const range = (coder[0] as number) >>> 1
      coder[0] = range
      const b = (coder[1] as number) >= range ? 1 : 0
      if (b === 1) coder[1] = (coder[1] as number) - range
      value = value * 2 + b
      normalize()
    }
    return value
  }
  const length = (base: number, posState: number): number => {
    if (bit(base) === 0) return 2 + tree(base + 2 + posState * 8, 8)
    if (bit(base + 1) === 0) return 10 + tree(base + 2 + 128 + posState * 8, 8)
    return 18 + tree(base + 2 + 256, 256)
  }
  const distance = (matched: number): number => {
    const slot = tree(DIST_SLOT + Math.min(matched - 2, 3) * 64, 64)
    if (slot < 4) return slot
    const bits = (slot >>> 1) - 1
    const base = (2 | (slot & 1)) * 2 ** bits
    if (slot < 14) return base + reverseTree(DIST_SPECIAL + base - slot, bits)
    return base + direct(bits - 4) * 16 + reverseTree(DIST_ALIGN, 4)
  }
  const literal = (): void => {
    const { buffer, at, from } = dictionary
    const before = at > from ? (buffer[at - 1] as number) : 0
    const base = LITERAL + LITERAL_STATES * ((((at - from) & lpMask) << lc) + (before >>> (8 - lc)))
    let symbol = 1
    if (state >= 7) {
      let matched = repeated()
      let offset = 0x100
      while (symbol < 0x100) {
        matched <<= 1
        const matchBit = matched & offset
        if (bit(base + offset + matchBit + symbol) === 1) {
          symbol = (symbol << 1) | 1
          offset &= matchBit
        } else {
          symbol <<= 1
          offset &= ~matchBit
        }
      }
    } else while (symbol < 0x100) symbol = (symbol << 1) | bit(base + symbol)
    buffer[at] = symbol & 0xff
    dictionary.at = at + 1
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  }
  const repeated = (): number => {
    const back = dictionary.at - (recent[0] as number) - 1
    if (back < dictionary.from || back < 0) throw broken('it repeats what never was')
    return dictionary.buffer[back] as number
  }
  /** @returns how many bytes to repeat; `recent[0]` says from where */
  const match = (posState: number): number => {
    if (bit(IS_REP + state) === 0) {
      recent[3] = recent[2] as number
      recent[2] = recent[1] as number
      recent[1] = recent[0] as number
      state = state < 7 ? 7 : 10
      const matched = length(MATCH_LEN, posState)
      recent[0] = distance(matched)
      return matched
    }
    if (bit(IS_REP0 + state) === 0) {
      if (bit(IS_REP0_LONG + (state << 4) + posState) === 0) {
        state = state < 7 ? 9 : 11
        return 1
      }
    } else {
      const which = bit(IS_REP1 + state) === 0 ? 1 : bit(IS_REP2 + state) === 0 ? 2 : 3
      const chosen = recent[which] as number
      for (let i = which; i > 0; i--) recent[i] = recent[i - 1] as number
      recent[0] = chosen
    }
    state = state < 7 ? 8 : 11
    return length(REP_LEN, posState)
  }
  const copy = (count: number, limit: number): void => {
    const { buffer, from } = dictionary
    const start = dictionary.at
    const back = start - (recent[0] as number) - 1
    if (back < from || back < 0) throw broken('it repeats what never was')
    if (start + count > limit) throw broken('a chunk is longer than it says')
    for (let i = 0; i < count; i++) buffer[start + i] = buffer[back + i] as number
    dictionary.at = start + count
  }

  return {
    /** @throws WhytimeoutError for bytes that no encoder writes */
    setProperties: (byte: number): void => {
      if (byte > 224) throw broken('its properties are out of range')
      const lp = Math.floor(byte / 9) % 5
      lc = byte % 9
      if (lc + lp > 4) throw broken('its properties are out of range')
      lpMask = 2 ** lp - 1
      pbMask = 2 ** Math.floor(byte / 45) - 1
    },
    resetState: (): void => {
      probabilities.fill(HALF)
      recent.fill(0)
      state = 0
    },
    /** Unpacks one chunk into the dictionary, which has room for it. */
    unpack: (chunk: Buffer, size: number): void => {
      if (chunk.length < 5 || chunk[0] !== 0) throw broken('a chunk does not begin as it should')
      source = chunk
      place = 5
      end = chunk.length
      coder[0] = 0xffffffff
      coder[1] = chunk.readUInt32BE(1)
      const limit = dictionary.at + size
      while (dictionary.at < limit) {
        const posState = (dictionary.at - dictionary.from) & pbMask
        if (bit(IS_MATCH + (state << 4) + posState) === 0) literal()
        else copy(match(posState), limit)
      }
      if (place !== end || coder[1] !== 0) throw broken('a chunk does not end as it should')
    },
  }
}
