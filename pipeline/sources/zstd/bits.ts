import { damaged } from '../unpack.js'

export const broken = (why: string) => damaged('zstd', why)

/** Position of the highest bit that is set; -1 for 0. */
export const highestBit = (value: number): number => 31 - Math.clz32(value)

/**
 * Bits of a part of the input, read from its end to its beginning: the last byte's highest set bit marks where they start.
 * Source: RFC 8878, 4.1 and 4.2.2.
 */
export type BackwardBits = {
  /** The next `count` bits (at most 31). @throws WhytimeoutError KAFKA_BATCH_DAMAGED if there are fewer */
  readonly read: (count: number) => number
  /** The same without going on, at most 11 bits; zeros stand in for what is not there. */
  readonly peek: (count: number) => number
  /** Goes on by `count` bits, past the beginning too. */
  readonly skip: (count: number) => void
  /** Bits not read yet; negative when more were skipped than there are. */
  readonly left: () => number
}

/** @param source has at least 4 bytes more than `end`, so that a word can be loaded anywhere */
export function backwardBits(source: Buffer, start: number, end: number): BackwardBits {
  const last = end > start ? (source[end - 1] as number) : 0
  if (last === 0) throw broken('a bit stream has no mark')
  let left = (end - start - 1) * 8 + highestBit(last)
  const at = (position: number, count: number): number => {
    const byte = start + (position >>> 3)
    const word =
      (source[byte] as number) |
      ((source[byte + 1] as number) << 8) |
      ((source[byte + 2] as number) << 16) |
      ((source[byte + 3] as number) << 24)
    return (word >>> (position & 7)) & ((1 << count) - 1)
  }
  const read = (count: number): number => {
    if (count > 24) return read(count - 16) * 65_536 + read(16)
    left -= count
    if (left < 0) throw broken('a bit stream ends too early')
    return at(left, count)
  }
  return {
    read,
    peek: (count) => {
      if (left >= count) return at(left - count, count)
      return left > 0 ? at(0, left) << (count - left) : 0
    },
    skip: (count) => {
      left -= count
    },
    left: () => left,
  }
}
