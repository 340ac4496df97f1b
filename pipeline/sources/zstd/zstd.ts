import { BATCH_LIMITS, createOutput, type Output, tooLarge } from '../unpack.js'
import { broken } from './bits.js'
import { MAX_BLOCK_BYTES, newFrame, unpackBlock } from './block.js'

const MAGIC = 0xfd2fb528
/** 16 magics whose frames mean nothing to us. */
const isSkippable = (magic: number) => magic >>> 4 === 0x184d2a5
/** So that a word can be loaded at the last byte. */
const PADDING = Buffer.alloc(8)

/**
 * Zstandard frames, one after the other. All of a batch stays in memory anyway, so a frame's window costs nothing, whatever it says. Checksums are not looked
 * at: Kafka's own covers the batch.
 * Source: RFC 8878.
 * @throws WhytimeoutError KAFKA_BATCH_TOO_LARGE, KAFKA_BATCH_DAMAGED
 */
export function unpackZstd(packed: Buffer, maxBytes: number = BATCH_LIMITS.bytes): Buffer {
  const output = createOutput('zstd', maxBytes, packed.length * 4)
  const end = packed.length
  const source = Buffer.concat([packed, PADDING])
  let at = 0
  do {
    const magic = unsigned(source, at, 4, end)
    if (isSkippable(magic)) at += 8 + unsigned(source, at + 4, 4, end)
    else if (magic === MAGIC) at = unpackFrame(source, at + 4, end, output, maxBytes)
    else throw broken('it is no frame')
    if (at > end) throw broken('it ends too early')
  } while (at < end)
  return output.bytes()
}

/** @returns where the frame ends */
function unpackFrame(source: Buffer, start: number, end: number, output: Output, maxBytes: number): number {
  const flags = unsigned(source, start, 1, end)
  const isSingle = (flags & 0x20) !== 0
  const hasSum = (flags & 0x04) !== 0
  if ((flags & 0x08) !== 0) throw broken('a reserved bit is set')
  if ((flags & 0x03) !== 0) throw broken('it needs a dictionary')
  let at = start + (isSingle ? 1 : 2)
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >>> 6] as number
  let size: number | undefined
  if (sizeBytes > 0) {
    const low = unsigned(source, at, Math.min(4, sizeBytes), end)
    size = low + (sizeBytes === 8 ? unsigned(source, at + 4, 4, end) * 2 ** 32 : sizeBytes === 2 ? 256 : 0)
    if (size > maxBytes) throw tooLarge(`${maxBytes} bytes`)
    at += sizeBytes
  }
  const frame = newFrame(output.size())
  for (let isLast = false; !isLast; ) {
    const head = unsigned(source, at, 3, end)
    isLast = (head & 1) === 1
    const kind = (head >>> 1) & 3
    const length = head >>> 3
    at += 3
    const next = at + (kind === 1 ? 1 : length)
    if (next > end) throw broken('it ends inside a block')
    if (length > MAX_BLOCK_BYTES) throw broken('a block is longer than it may be')
    if (kind === 0) output.literals(source, at, length)
    else if (kind === 1) output.repeat(source[at] as number, length)
    else if (kind === 2) unpackBlock(source, at, next, frame, output)
    else throw broken('a block is of no known kind')
    at = next
  }
  if (size !== undefined && size !== output.size() - frame.from) throw broken('it is not as long as it says')
  return at + (hasSum ? 4 : 0)
}

function unsigned(source: Buffer, at: number, bytes: number, end: number): number {
  if (at + bytes > end) throw broken('it ends too early')
  return source.readUIntLE(at, bytes)
}
