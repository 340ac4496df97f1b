import { type ByteReader, createByteReader } from '../bundles/byte-reader.js'
import { damaged } from '../unpack.js'
import { createLzma, type Dictionary } from './lzma.js'

const MAGIC = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])
const LZMA2 = 0x21
/** Bytes of a block's check by its kind. */
const CHECKS = [0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64]
/** `xz -9` takes 64 MiB. */
const MOST_OF_A_DICTIONARY = 256 * 1024 * 1024
const MOST_OF_A_CHUNK = 2 * 1024 * 1024

const broken = (why: string): Error => damaged('xz', why)

/**
 * A file of .xz streams, chunk by chunk: memory is the dictionary that the file was packed with and a chunk. Checks are not looked at: of damaged bytes nearly
 * all show by themselves. Filters beside LZMA2 (they are for programs) are not read.
 * Source: The .xz File Format 1.2.1.
 * @throws WhytimeoutError KAFKA_BATCH_DAMAGED; EarlyEnd
 */
export async function* unxz(source: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
  const reader = createByteReader(source)
  for (;;) {
    const head = await reader.peek(4)
    if (head.length === 0) return
    // Streams are padded to four bytes with zeros.
    if (head.length === 4 && head.readUInt32LE() === 0) await reader.skip(4)
    else yield* unpackStream(reader)
  }
}

async function* unpackStream(reader: ByteReader): AsyncGenerator<Buffer> {
  const header = Buffer.from(await reader.take(12))
  if (!header.subarray(0, 6).equals(MAGIC) || header[6] !== 0) throw broken('it is no stream')
  const check = CHECKS[(header[7] as number) & 15] as number
  for (;;) {
    const [size = 0] = await reader.peek(1)
    if ((await reader.peek(1)).length > 0 && size === 0) break
    yield* unpackBlock(reader, check)
  }
  await skipIndex(reader)
  const footer = await reader.take(12)
  if (footer.toString('latin1', 10) !== 'YZ') throw broken('its end is not where it should be')
}

async function* unpackBlock(reader: ByteReader, check: number): AsyncGenerator<Buffer> {
  const [size = 0] = await reader.peek(1)
  const header = Buffer.from(await reader.take((size + 1) * 4))
  const flags = header[1] as number
  if ((flags & 0x3f) !== 0) throw broken('it is packed with a filter that is not read')
  const numbers = numbersIn(header, 2)
  if ((flags & 0x40) !== 0) numbers.next()
  if ((flags & 0x80) !== 0) numbers.next()
  const [id, length] = [numbers.next(), numbers.next()]
  if (id !== LZMA2 || length !== 1) throw broken('it is packed with a filter that is not read')
  const bits = (header[numbers.at()] as number) & 0x3f
  const dictionarySize = bits === 40 ? 2 ** 32 : (2 | (bits & 1)) * 2 ** (Math.floor(bits / 2) + 11)
  if (dictionarySize > MOST_OF_A_DICTIONARY) throw broken(`its dictionary is larger than ${MOST_OF_A_DICTIONARY} bytes`)
  const read = yield* unpackChunks(reader, dictionarySize)
  await reader.skip(((4 - (read % 4)) % 4) + check)
}

/** @returns how many bytes the chunks took */
async function* unpackChunks(reader: ByteReader, dictionarySize: number): AsyncGenerator<Buffer, number> {
  const dictionary: Dictionary = { buffer: Buffer.alloc(0), at: 0, from: 0 }
  const lzma = createLzma(dictionary)
  let read = 0
  let [needsReset, needsProperties] = [true, true]
  for (;;) {
    const control = (await reader.take(1)).readUInt8()
    read++
    if (control === 0) return read
    const isPacked = control >= 0x80
    if (!isPacked && control > 2) throw broken('a chunk is of no known kind')
    const head = Buffer.from(await reader.take(isPacked ? 4 : 2))
    read += head.length
    const size = head.readUInt16BE(0) + (isPacked ? (control & 0x1f) * 65_536 : 0) + 1
    const resets = isPacked ? (control >>> 5) & 3 : control === 1 ? 3 : 0
    if (resets === 3) dictionary.from = dictionary.at
    else if (needsReset) throw broken('it begins in the middle')
    needsReset = false
    makeRoom(dictionary, dictionarySize, size)
    const start = dictionary.at
    if (isPacked) {
      if (resets >= 2) {
        lzma.setProperties((await reader.take(1)).readUInt8())
        read++
        needsProperties = false
      } else if (needsProperties) throw broken('its properties are missing')
      if (resets >= 1) lzma.resetState()
      const packed = head.readUInt16BE(2) + 1
      lzma.unpack(Buffer.from(await reader.take(packed)), size)
      read += packed
    } else {
      ;(await reader.take(size)).copy(dictionary.buffer, dictionary.at)
      dictionary.at += size
      read += size
    }
    yield Buffer.from(dictionary.buffer.subarray(start, dictionary.at))
  }
}

/** Room for a chunk behind the last bytes that may be repeated; grows by need, then slides. */
function makeRoom(dictionary: Dictionary, window: number, size: number): void {
  if (dictionary.at + size <= dictionary.buffer.length) return
  const most = window + 2 * MOST_OF_A_CHUNK
  const { buffer, at } = dictionary
  const wanted = at + size
  if (buffer.length < most && wanted <= most) {
    const larger = Buffer.allocUnsafe(Math.min(most, Math.max(wanted, buffer.length * 2, 65_536)))
    buffer.copy(larger, 0, 0, at)
    dictionary.buffer = larger
    return
  }
  const drop = at - window
  buffer.copyWithin(0, drop, at)
  dictionary.at = at - drop
  dictionary.from -= drop
}

/** Numbers of seven bits a byte. */
function numbersIn(bytes: Buffer, start: number) {
  let at = start
  return {
    at: () => at,
    next: (): number => {
      let value = 0
      for (let i = 0; i < 9; i++) {
        const byte = bytes[at++]
        if (byte === undefined) throw broken('a header ends too early')
        value += (byte & 0x7f) * 2 ** (7 * i)
        if (byte < 0x80) return value
      }
      throw broken('a number in it is too long')
    },
  }
}

async function skipIndex(reader: ByteReader): Promise<void> {
  let read = 0
  const byte = async (): Promise<number> => {
    read++
    return (await reader.take(1)).readUInt8()
  }
  const number = async (): Promise<number> => {
    let value = 0
    for (let i = 0; i < 9; i++) {
      const b = await byte()
      value += (b & 0x7f) * 2 ** (7 * i)
      if (b < 0x80) return value
    }
    throw broken('a number in it is too long')
  }
  await byte()
  const records = await number()
  for (let i = 0; i < records * 2; i++) await number()
  await reader.skip(((4 - (read % 4)) % 4) + 4)
}
