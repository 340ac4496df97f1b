import { type ByteReader, createByteReader } from '../bundles/byte-reader.js'
import { damaged, type Output } from '../unpack.js'
import { broken } from './bits.js'
import { MAX_BLOCK_BYTES, newFrame, unpackBlock } from './block.js'

const MAGIC = 0xfd2fb528
const isSkippable = (magic: number) => magic >>> 4 === 0x184d2a5
/** What `zstd -d` takes without being asked for more. */
const MAX_WINDOW = 128 * 1024 * 1024
const PADDING = Buffer.alloc(8)

/**
 * A file of Zstandard frames, block by block: memory is the frame's window, whatever the file unpacks to. Checksums are not looked at.
 * Source: RFC 8878.
 * @throws WhytimeoutError KAFKA_BATCH_DAMAGED; EarlyEnd
 */
export async function* unzstd(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = createByteReader(source)
  while ((await reader.peek(1)).length > 0) {
    const magic = (await reader.take(4)).readUInt32LE()
    if (isSkippable(magic)) await reader.skip((await reader.take(4)).readUInt32LE())
    else if (magic === MAGIC) yield* unpackFrame(reader)
    else throw broken('it is no frame')
  }
}

async function* unpackFrame(reader: ByteReader): AsyncGenerator<Buffer> {
  const flags = (await reader.take(1)).readUInt8()
  const isSingle = (flags & 0x20) !== 0
  if ((flags & 0x08) !== 0) throw broken('a reserved bit is set')
  if ((flags & 0x03) !== 0) throw broken('it needs a dictionary')
  const descriptor = isSingle ? 0 : (await reader.take(1)).readUInt8()
  const sizeBytes = [isSingle ? 1 : 0, 2, 4, 8][flags >>> 6] as number
  const size = sizeBytes === 0 ? 0 : sizeOf(await reader.take(sizeBytes))
  const base = 2 ** (10 + (descriptor >>> 3))
  const window = isSingle ? size : base + (base / 8) * (descriptor & 7)
  if (window > MAX_WINDOW) throw broken(`its window is larger than ${MAX_WINDOW} bytes`)
  const output = createWindow(window)
  const frame = newFrame(0)
  for (let isLast = false; !isLast; ) {
    const head = (await reader.take(3)).readUIntLE(0, 3)
    isLast = (head & 1) === 1
    const kind = (head >>> 1) & 3
    const length = head >>> 3
    if (length > MAX_BLOCK_BYTES) throw broken('a block is longer than it may be')
    const block = await reader.take(kind === 1 ? 1 : length)
    if (kind === 0) output.literals(block, 0, length)
    else if (kind === 1) output.repeat(block[0] as number, length)
    else if (kind === 2) unpackBlock(Buffer.concat([block, PADDING]), 0, length, frame, output)
    else throw broken('a block is of no known kind')
    const fresh = output.fresh()
    if (fresh.length > 0) yield fresh
  }
  if ((flags & 0x04) !== 0) await reader.take(4)
}

const sizeOf = (bytes: Buffer): number =>
  bytes.length === 8
    ? bytes.readUInt32LE(0) + bytes.readUInt32LE(4) * 2 ** 32
    : bytes.readUIntLE(0, bytes.length) + (bytes.length === 2 ? 256 : 0)

type Window = Omit<Output, 'bytes'> & {
  /** What was written since the last call; a copy. */
  readonly fresh: () => Buffer
}

/** The last `window` bytes of what was written, and room for a block. Grows by need. */
function createWindow(window: number): Window {
  const most = window + 2 * MAX_BLOCK_BYTES
  let buffer = Buffer.allocUnsafe(Math.min(most, 4 * MAX_BLOCK_BYTES))
  let at = 0
  let taken = 0
  let gone = 0
  const makeRoom = (length: number): void => {
    if (at + length <= buffer.length) return
    // Never within a block, whose fresh bytes would go: a block fits behind the window.
    if (buffer.length < most) {
      const larger = Buffer.allocUnsafe(Math.min(most, Math.max(at + length, buffer.length * 2)))
      buffer.copy(larger, 0, 0, at)
      buffer = larger
    }
    if (at + length > buffer.length) throw damaged('zstd', 'a block is longer than it may be')
  }
  return {
    literals: (from, start, length) => {
      if (length > from.length - start) throw damaged('zstd', 'it ends inside a literal')
      makeRoom(length)
      // A call costs more than a few bytes by hand.
      if (length > 32) buffer.set(from.subarray(start, start + length), at)
      else for (let i = 0; i < length; i++) buffer[at + i] = from[start + i] as number
      at += length
    },
    repeat: (byte, length) => {
      makeRoom(length)
      buffer.fill(byte, at, at + length)
      at += length
    },
    match: (offset, length) => {
      if (offset === 0 || offset > at) throw damaged('zstd', 'it repeats what never was')
      makeRoom(length)
      const from = at - offset
      if (length > 32 && offset >= length) buffer.copyWithin(at, from, from + length)
      else if (length > 32 && offset === 1) buffer.fill(buffer[from] as number, at, at + length)
      else for (let i = 0; i < length; i++) buffer[at + i] = buffer[from + i] as number
      at += length
    },
    size: () => gone + at,
    fresh: () => {
      const bytes = Buffer.from(buffer.subarray(taken, at))
      if (at > most - MAX_BLOCK_BYTES) {
        const keep = Math.min(window, at)
        buffer.copyWithin(0, at - keep, at)
        gone += at - keep
        at = keep
      }
      taken = at
      return bytes
    },
  }
}
