import { createGunzip } from 'node:zlib'
import { WhytimeoutError } from '../../errors.js'
import { unxz } from '../xz/xz.js'
import { unzstd } from '../zstd/stream.js'
import { type ByteReader, createByteReader, EarlyEnd, restOf } from './byte-reader.js'

/** What all that is unpacked from one file has come to: a small file can be made to fill a day. */
export type Guard = { packed: number; unpacked: number }
/** Deflate makes at most 1032 of a byte; logs, however alike their lines, seldom 200. */
const MOST_FOR_A_BYTE = 1200
const ALWAYS_ALLOWED = 256 * 1024 * 1024

export const newGuard = (): Guard => ({ packed: 0, unpacked: 0 })

/** @throws WhytimeoutError INPUT_TOO_LARGE */
export async function* guarded(source: AsyncIterable<Uint8Array>, guard: Guard): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    guard.unpacked += chunk.length
    if (guard.unpacked > ALWAYS_ALLOWED + guard.packed * MOST_FOR_A_BYTE)
      throw new WhytimeoutError('INPUT_TOO_LARGE', `it unpacks to more than ${MOST_FOR_A_BYTE} times its size`)
    yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  }
}

type Unpack = (source: AsyncIterable<Buffer>) => AsyncIterable<Uint8Array>
const CODECS: readonly { readonly name: string; readonly magic: readonly number[]; readonly unpack: Unpack }[] = [
  { name: 'gzip', magic: [0x1f, 0x8b], unpack: gunzip },
  { name: 'zstd', magic: [0x28, 0xb5, 0x2f, 0xfd], unpack: unzstd },
  { name: 'xz', magic: [0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], unpack: unxz },
]
/** `BZh1` to `BZh9`, and the mark of a block behind it. */
const BZIP2 = /^BZh[1-9]1AY&SY/
const LONGEST_MAGIC = 10
/** A log packed twice is still a log; what is packed deeper was packed to be a nuisance. */
const MOST_LAYERS = 3

/**
 * Takes compression off, by the first bytes: gzip, zstd, xz, one within another. Other bytes come as they are.
 * @throws WhytimeoutError INPUT_TRUNCATED where they end too early or are damaged, after what could be read; INPUT_TOO_LARGE; INPUT_UNREADABLE for bzip2
 */
export async function uncompressed(source: AsyncIterable<Uint8Array>, guard: Guard): Promise<ByteReader> {
  let reader = createByteReader(source)
  for (let layer = 0; layer < MOST_LAYERS; layer++) {
    const head = await reader.peek(LONGEST_MAGIC)
    const codec = CODECS.find(({ magic }) => magic.every((byte, i) => head[i] === byte))
    if (codec === undefined) {
      if (BZIP2.test(head.toString('latin1')))
        throw new WhytimeoutError('INPUT_UNREADABLE', 'bzip2 is not read; unpack it with bunzip2')
      break
    }
    reader = createByteReader(guarded(named(codec.unpack(restOf(reader)), codec.name), guard))
  }
  return reader
}

/** Errors of a codec in the words of the input. */
async function* named(source: AsyncIterable<Uint8Array>, codec: string): AsyncGenerator<Uint8Array> {
  try {
    yield* source
  } catch (error) {
    throw asInputError(error, codec)
  }
}

function asInputError(error: unknown, codec: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (error instanceof WhytimeoutError && code !== 'KAFKA_BATCH_DAMAGED') return error
  if (/^E[A-Z]+$/.test(code)) return error
  const isShort = code === 'Z_BUF_ERROR' || error instanceof EarlyEnd
  const why = isShort ? 'ends too early' : `is damaged${code.startsWith('Z_') ? ` (${code})` : ''}`
  return new WhytimeoutError('INPUT_TRUNCATED', `the ${codec} data ${why}`, undefined, { cause: error })
}

async function* gunzip(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  const unpacker = createGunzip()
  let failure: unknown
  const room = () =>
    new Promise<void>((go) => {
      const done = () => {
        unpacker.off('drain', done).off('close', done)
        go()
      }
      unpacker.on('drain', done).on('close', done)
    })
  const feeding = (async () => {
    try {
      for await (const part of source) if (!unpacker.write(part)) await room()
      unpacker.end()
    } catch (error) {
      failure = error
      unpacker.destroy(error as Error)
    }
  })()
  for await (const part of unpacker) yield part as Buffer
  await feeding
  if (failure !== undefined) throw failure
}
