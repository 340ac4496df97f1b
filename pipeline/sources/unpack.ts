import { WhytimeoutError } from '../errors.js'

/** What a compressed batch of messages may unpack to: a small one can be made to fill memory. */
export const BATCH_LIMITS = { bytes: 128 * 1024 * 1024, records: 1_000_000 } as const

export const tooLarge = (limit: string): WhytimeoutError =>
  new WhytimeoutError('KAFKA_BATCH_TOO_LARGE', `a compressed batch unpacks to more than ${limit}`)

/** @param why what is wrong with its bytes; no log content */
export const damaged = (codec: string, why: string): WhytimeoutError =>
  new WhytimeoutError('KAFKA_BATCH_DAMAGED', `a batch compressed with ${codec} cannot be unpacked: ${why}`)

/** Bytes unpacked so far; later ones may be copies of them. */
export type Output = {
  readonly literals: (from: Uint8Array, start: number, length: number) => void
  readonly repeat: (byte: number, length: number) => void
  /** Repeats what was written `offset` bytes ago; the copy may overlap what it copies. */
  readonly match: (offset: number, length: number) => void
  readonly size: () => number
  readonly bytes: () => Buffer
}

/**
 * Grows by need, never past the limit, so a length that lies costs nothing.
 * @throws WhytimeoutError KAFKA_BATCH_TOO_LARGE, KAFKA_BATCH_DAMAGED from its functions
 */
export function createOutput(codec: string, maxBytes: number, expected: number): Output {
  let buffer = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(1024, expected)))
  let size = 0
  const makeRoom = (length: number): void => {
    if (size + length > maxBytes) throw tooLarge(`${maxBytes} bytes`)
    if (size + length <= buffer.length) return
    const larger = Buffer.allocUnsafe(Math.min(maxBytes, Math.max(size + length, buffer.length * 2)))
    buffer.copy(larger, 0, 0, size)
    buffer = larger
  }
  return {
    literals: (from, start, length) => {
      if (length > from.length - start) throw damaged(codec, 'it ends inside a literal')
      makeRoom(length)
      // A call costs more than a few bytes by hand.
      if (length > 32) buffer.set(from.subarray(start, start + length), size)
      else for (let i = 0; i < length; i++) buffer[size + i] = from[start + i] as number
      size += length
    },
    repeat: (byte, length) => {
      makeRoom(length)
      buffer.fill(byte, size, size + length)
      size += length
    },
    match: (offset, length) => {
      if (offset === 0 || offset > size) throw damaged(codec, 'it repeats what never was')
      makeRoom(length)
      const from = size - offset
      if (length > 32 && offset >= length) buffer.copyWithin(size, from, from + length)
      else if (length > 32 && offset === 1) buffer.fill(buffer[from] as number, size, size + length)
      else for (let i = 0; i < length; i++) buffer[size + i] = buffer[from + i] as number
      size += length
    },
    size: () => size,
    bytes: () => buffer.subarray(0, size),
  }
}
