import { createRequire } from 'node:module'
import { Decompress } from 'fzstd'
import kafkajs from 'kafkajs'
import { WhytimeoutError } from '../errors.js'

const { CompressionCodecs, CompressionTypes } = kafkajs
// Both are CommonJS without types.
const require = createRequire(import.meta.url)
const lz4 = require('lz4js') as {
  decompressBound(source: Uint8Array): number
  decompress(source: Uint8Array, size?: number): Uint8Array
}
const snappy = require('snappyjs') as { uncompress(source: Uint8Array, maxLength?: number): Uint8Array }

/** The most one batch of messages may unpack to: a small batch can be made to fill memory. */
const MAX_BATCH_BYTES = 256 * 1024 * 1024

const tooLarge = () =>
  new WhytimeoutError('KAFKA_BATCH_TOO_LARGE', `a compressed batch unpacks to more than ${MAX_BATCH_BYTES} bytes`)

export function unpackZstd(packed: Uint8Array, maxBytes = MAX_BATCH_BYTES): Buffer {
  const parts: Uint8Array[] = []
  let size = 0
  const stream = new Decompress((part) => {
    size += part.length
    if (size > maxBytes) throw tooLarge()
    parts.push(part)
  })
  stream.push(packed, true)
  return Buffer.concat(parts)
}

export function unpackLz4(packed: Uint8Array, maxBytes = MAX_BATCH_BYTES): Buffer {
  const bound = lz4.decompressBound(packed)
  if (bound > maxBytes) throw tooLarge()
  return Buffer.from(lz4.decompress(packed, bound))
}

/** Java clients frame snappy by blocks: a magic of 8 bytes, two versions, then (length, block)*. Source: xerial snappy-java. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])

export function unpackSnappy(packed: Buffer, maxBytes = MAX_BATCH_BYTES): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return Buffer.from(snappy.uncompress(packed, maxBytes))
  const parts: Uint8Array[] = []
  let left = maxBytes
  for (let at = 16; at + 4 <= packed.length; ) {
    const length = packed.readUInt32BE(at)
    const part = snappy.uncompress(packed.subarray(at + 4, at + 4 + length), left)
    left -= part.length
    parts.push(part)
    at += 4 + length
  }
  return Buffer.concat(parts)
}

/** Codecs that the client does not bring. It is read only: we write without compression. */
export function registerCodecs(): void {
  const readOnly = (unpack: (packed: Buffer) => Buffer) => () => ({
    compress: () => Promise.reject(new Error('this codec is for reading only')),
    decompress: async (packed: Buffer) => unpack(packed),
  })
  CompressionCodecs[CompressionTypes.Snappy] = readOnly(unpackSnappy)
  CompressionCodecs[CompressionTypes.LZ4] = readOnly(unpackLz4)
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly(unpackZstd)
}
