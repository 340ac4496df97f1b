import { BATCH_LIMITS, createOutput, damaged, tooLarge } from './unpack.js'

/** Java clients frame snappy by blocks: a magic of 8 bytes, two versions, then (length, block)*. Source: xerial snappy-java. */
const XERIAL = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0])
const XERIAL_HEADER = 16
/** The most that a tag can say with its bytes: a copy of 64 bytes in 3. */
const MAX_RATIO = 22

/**
 * Snappy as Kafka carries it: plain, or in the frame of snappy-java.
 * @throws WhytimeoutError KAFKA_BATCH_TOO_LARGE, KAFKA_BATCH_DAMAGED
 */
export function unpackSnappy(packed: Buffer, maxBytes: number = BATCH_LIMITS.bytes): Buffer {
  if (!packed.subarray(0, XERIAL.length).equals(XERIAL)) return unpackBlock(packed, maxBytes)
  if (packed.length < XERIAL_HEADER) throw damaged('snappy', 'it ends inside a header')
  const parts: Buffer[] = []
  let left = maxBytes
  for (let at = XERIAL_HEADER; at < packed.length; ) {
    const length = at + 4 > packed.length ? -1 : packed.readInt32BE(at)
    at += 4
    if (length < 0 || length > packed.length - at) throw damaged('snappy', 'it ends inside a block')
    const part = unpackBlock(packed.subarray(at, at + length), left)
    left -= part.length
    parts.push(part)
    at += length
  }
  return Buffer.concat(parts)
}

/** One block: its size as a varint, then literals and copies. Source: snappy format description. */
function unpackBlock(block: Buffer, maxBytes: number): Buffer {
  const [length, start] = declaredLength(block)
  if (length > maxBytes) throw tooLarge(`${maxBytes} bytes`)
  if (length > block.length * MAX_RATIO) throw damaged('snappy', 'it cannot be as long as it says')
  const output = createOutput('snappy', length, length)
  for (let at = start; at < block.length; ) {
    const tag = block[at++] as number
    const kind = tag & 3
    if (kind === 0) {
      const short = tag >>> 2
      const extra = short < 60 ? 0 : short - 59
      const count = extra === 0 ? short + 1 : number(block, at, extra) + 1
      at += extra
      room(output.size() + count, length)
      output.literals(block, at, count)
      at += count
      continue
    }
    const bytes = kind === 3 ? 4 : kind
    const count = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1
    const offset = number(block, at, bytes) + (kind === 1 ? (tag >>> 5) << 8 : 0)
    at += bytes
    room(output.size() + count, length)
    output.match(offset, count)
  }
  if (output.size() !== length) throw damaged('snappy', 'it is shorter than it says')
  return output.bytes()
}

const room = (size: number, length: number): void => {
  if (size > length) throw damaged('snappy', 'it is longer than it says')
}

function declaredLength(block: Buffer): [length: number, next: number] {
  let length = 0
  for (let i = 0; i < 5 && i < block.length; i++) {
    const byte = block[i] as number
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80 && length < 2 ** 32) return [length, i + 1]
  }
  throw damaged('snappy', 'it says no length')
}

function number(block: Buffer, at: number, bytes: number): number {
  if (at + bytes > block.length) throw damaged('snappy', 'it ends inside a tag')
  return block.readUIntLE(at, bytes)
}
