import { BATCH_LIMITS, createOutput, damaged, type Output } from './unpack.js'

const MAGIC = 0x184d2204
/** 16 magics whose frames mean nothing to us. */
const isSkippable = (magic: number) => magic >>> 4 === 0x184d2a5
const BLOCK_SIZES: Readonly<Record<number, number>> = { 4: 1 << 16, 5: 1 << 18, 6: 1 << 20, 7: 1 << 22 }
const STORED = 0x8000_0000
const MIN_MATCH = 4

/**
 * LZ4 frames, one after the other. Checksums are not looked at: Kafka's own covers the batch.
 * Source: LZ4 Frame Format Description 1.6.4, LZ4 Block Format Description.
 * @throws WhytimeoutError KAFKA_BATCH_TOO_LARGE, KAFKA_BATCH_DAMAGED
 */
export function unpackLz4(packed: Buffer, maxBytes: number = BATCH_LIMITS.bytes): Buffer {
  const output = createOutput('lz4', maxBytes, packed.length * 4)
  let at = 0
  do {
    const magic = word(packed, at)
    if (isSkippable(magic)) at += 8 + word(packed, at + 4)
    else if (magic === MAGIC) at = unpackFrame(packed, at + 4, output)
    else throw damaged('lz4', 'it is no frame')
    if (at > packed.length) throw damaged('lz4', 'it ends too early')
  } while (at < packed.length)
  return output.bytes()
}

/** @returns where the frame ends */
function unpackFrame(packed: Buffer, start: number, output: Output): number {
  if (start + 3 > packed.length) throw damaged('lz4', 'it ends inside a header')
  const flags = packed[start] as number
  const blockSize = BLOCK_SIZES[((packed[start + 1] as number) >>> 4) & 7]
  if (flags >>> 6 !== 1 || blockSize === undefined) throw damaged('lz4', 'its version is unknown')
  const hasBlockSum = (flags & 0x10) !== 0
  const hasSize = (flags & 0x08) !== 0
  const hasSum = (flags & 0x04) !== 0
  const hasDictionary = (flags & 0x01) !== 0
  if (hasDictionary) throw damaged('lz4', 'it needs a dictionary')
  // The header ends with its own checksum.
  let at = start + 2 + (hasSize ? 8 : 0) + 1
  for (;;) {
    const head = word(packed, at)
    at += 4
    if (head === 0) return at + (hasSum ? 4 : 0)
    const length = head & ~STORED
    if (length > packed.length - at) throw damaged('lz4', 'it ends inside a block')
    const limit = output.size() + blockSize
    if ((head & STORED) === 0) unpackBlock(packed.subarray(at, at + length), output, limit)
    else output.literals(packed, at, length)
    if (output.size() > limit) throw damaged('lz4', 'a block is longer than it may be')
    at += length + (hasBlockSum ? 4 : 0)
  }
}

/** Sequences of literals and a match; the last has literals only. A block may repeat what blocks before it held. */
function unpackBlock(block: Buffer, output: Output, limit: number): void {
  let at = 0
  const run = (first: number): number => {
    let length = first
    for (let more = first === 15 ? 255 : 0; more === 255; length += more) {
      more = byte(block, at++)
      if (length > limit) throw damaged('lz4', 'a block is longer than it may be')
    }
    return length
  }
  while (at < block.length) {
    const token = byte(block, at++)
    const literals = run(token >>> 4)
    output.literals(block, at, literals)
    at += literals
    if (at === block.length) return
    const offset = byte(block, at++) | (byte(block, at++) << 8)
    const length = run(token & 15) + MIN_MATCH
    if (output.size() + length > limit) throw damaged('lz4', 'a block is longer than it may be')
    output.match(offset, length)
  }
}

function byte(block: Buffer, at: number): number {
  if (at >= block.length) throw damaged('lz4', 'it ends inside a sequence')
  return block[at] as number
}

function word(packed: Buffer, at: number): number {
  if (at + 4 > packed.length) throw damaged('lz4', 'it ends too early')
  return packed.readUInt32LE(at)
}
