import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import zlib, { deflateRawSync, gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import kafkajs from 'kafkajs'
import { describe, expect, test } from 'vitest'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { checkRecords, registerCodecs, unpackGzip } from '../../pipeline/sources/codecs.js'
import { unpackLz4 } from '../../pipeline/sources/lz4.js'
import { unpackSnappy } from '../../pipeline/sources/snappy.js'
import { unpackZstd } from '../../pipeline/sources/zstd/zstd.js'

// Independent compressors, CommonJS without types.
const require = createRequire(import.meta.url)
const snappy = require('snappyjs') as { compress(source: Buffer): Buffer<ArrayBuffer> }
const lz4 = require('lz4js') as { compress(source: Uint8Array): Uint8Array }

const text = Buffer.from('2026-03-01 10:00:00 pos-1 connect timed out after 3000 ms\n'.repeat(3_000))
const noise = Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7919 + (i >> 3) * 104_729) & 0xff))

type Plain = Buffer<ArrayBuffer>

/** A frame as snappy-java makes it: 32 KiB blocks. */
function xerial(plain: Plain, size = 32 * 1024): Buffer {
  const parts: Buffer[] = [Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1])]
  for (let at = 0; at < plain.length; at += size) {
    const block = snappy.compress(plain.subarray(at, at + size))
    const length = Buffer.alloc(4)
    length.writeInt32BE(block.length)
    parts.push(length, block)
  }
  return Buffer.concat(parts)
}

type Block = { readonly kind: 0 | 1; readonly bytes: Buffer; readonly length: number }
/** A zstd frame of stored (0) and run-length (1) blocks. Source: RFC 8878, 3.1.1. */
function zstd(blocks: readonly Block[], header = Buffer.from([0x00, 0x58])): Buffer {
  const parts: Buffer[] = [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), header]
  blocks.forEach(({ kind, bytes, length }, i) => {
    const head = Buffer.alloc(3)
    head.writeUIntLE((length << 3) | (kind << 1) | (i === blocks.length - 1 ? 1 : 0), 0, 3)
    parts.push(head, bytes)
  })
  return Buffer.concat(parts)
}
const stored = (bytes: Buffer): Block => ({ kind: 0, bytes, length: bytes.length })
const run = (byte: number, length: number): Block => ({ kind: 1, bytes: Buffer.from([byte]), length })

/** A sequence of an lz4 block whose run lengths go past 15. */
const lz4Length = (rest: number): number[] => [...Array<number>(Math.floor(rest / 255)).fill(255), rest % 255]
/** An lz4 frame around blocks as they are; 64 KiB at most each, by its header. */
function lz4Frame(...blocks: readonly Buffer[]): Buffer {
  const parts: Buffer[] = [Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82])]
  for (const block of blocks) {
    const head = Buffer.alloc(4)
    head.writeUInt32LE(block.length)
    parts.push(head, block)
  }
  return Buffer.concat([...parts, Buffer.alloc(4)])
}

const codecs = {
  gzip: { pack: (plain: Plain) => gzipSync(plain), unpack: unpackGzip },
  snappy: {
    pack: (plain: Plain) => snappy.compress(plain),
    unpack: async (p: Buffer, max?: number) => unpackSnappy(p, max),
  },
  'snappy of Java': {
    pack: (plain: Plain) => xerial(plain),
    unpack: async (p: Buffer, max?: number) => unpackSnappy(p, max),
  },
  lz4: {
    pack: (plain: Plain) => Buffer.from(lz4.compress(plain)),
    unpack: async (p: Buffer, max?: number) => unpackLz4(p, max),
  },
  zstd: {
    pack: (plain: Plain) => {
      const blocks: Block[] = []
      for (let at = 0; at < plain.length; at += 100_000) blocks.push(stored(plain.subarray(at, at + 100_000)))
      return zstd(blocks)
    },
    unpack: async (p: Buffer, max?: number) => unpackZstd(p, max),
  },
}

const codeOf = async (work: () => unknown): Promise<string> => {
  try {
    await work()
    return 'no error'
  } catch (error) {
    return error instanceof WhytimeoutError ? error.code : `${error}`
  }
}

describe.each(Object.entries(codecs))('%s', (_, { pack, unpack }) => {
  test.each([
    ['text', text],
    ['noise', noise],
    ['one byte', Buffer.from('x')],
    ['long runs', Buffer.concat([Buffer.alloc(70_000, 'a'), noise, Buffer.alloc(70_000, 'ab'), noise])],
  ])('brings back %s', async (__, plain) => expect((await unpack(pack(plain))).equals(plain)).toBe(true))

  test('a batch of more than the limit is refused', async () => {
    expect(await codeOf(() => unpack(pack(text), text.length - 1))).toBe('KAFKA_BATCH_TOO_LARGE')
    expect((await unpack(pack(text), text.length)).equals(text)).toBe(true)
  })

  test('a cut batch is refused, wherever it is cut', async () => {
    const packed = pack(Buffer.concat([text.subarray(0, 300), noise.subarray(0, 300)]))
    for (let end = 0; end < packed.length; end++)
      // A cut between two blocks of Java's snappy frame cannot be seen: it counts neither blocks nor bytes. There is one block here.
      expect(await codeOf(() => unpack(packed.subarray(0, end))), `${end} of ${packed.length}`).toBe(
        end === 16 && packed[0] === 0x82 ? 'no error' : 'KAFKA_BATCH_DAMAGED',
      )
  })

  test('any bytes give a result or an error of ours, within the limit', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.boolean(),
        async (changes, isShort) => {
          const packed = Buffer.from(pack(isShort ? text.subarray(0, 400) : noise.subarray(0, 900)))
          for (const [at, byte] of changes) packed[at % packed.length] = byte
          const limit = 4_096
          try {
            expect((await unpack(packed, limit)).length).toBeLessThanOrEqual(limit)
          } catch (error) {
            expect(error).toBeInstanceOf(WhytimeoutError)
          }
        },
      ),
      { numRuns: 400 },
    ))
})

describe('lengths that lie', () => {
  const lie = (text: string, unpack: () => unknown, code = 'KAFKA_BATCH_DAMAGED') =>
    test(text, async () => {
      const before = process.memoryUsage()
      const began = performance.now()
      expect(await codeOf(unpack)).toBe(code)
      expect(performance.now() - began).toBeLessThan(5_000)
      const after = process.memoryUsage()
      expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(64 * 1024 * 1024)
    })

  lie('snappy: 100 MB said, two bytes there', () =>
    unpackSnappy(Buffer.from([0x80, 0xc2, 0xd7, 0x2f, 0x04, 0x61, 0x62])),
  )
  lie('snappy: 4 GB said', () => unpackSnappy(Buffer.from([0xff, 0xff, 0xff, 0xff, 0x0f, 0])), 'KAFKA_BATCH_TOO_LARGE')
  lie('snappy: a length without end', () => unpackSnappy(Buffer.alloc(100, 0xff)))
  lie('snappy: a copy from before the beginning', () => unpackSnappy(Buffer.from([8, 0x01, 0x05])))
  lie('snappy: more than it says', () => unpackSnappy(Buffer.from([1, 0x04, 0x61, 0x62])))
  lie('snappy: a literal of 4 GB', () => unpackSnappy(Buffer.from([8, 0xfc, 0xff, 0xff, 0xff, 0xff])))
  lie('snappy of Java: a block of 2 GB', () =>
    unpackSnappy(Buffer.concat([xerial(Buffer.alloc(0)), Buffer.from([0x7f, 0xff, 0xff, 0xff])])),
  )
  lie('lz4: a block that unpacks to 2 MB where 64 KiB may be', () => {
    // One literal, then a match of it, over and over.
    const bomb = Buffer.from([0x1f, 0x61, 1, 0, ...lz4Length(2_000_000), 0x10, 0x62])
    return unpackLz4(lz4Frame(bomb))
  })
  lie('lz4: a match from before the beginning', () => unpackLz4(lz4Frame(Buffer.from([0x10, 0x61, 9, 0, 0x10, 0x62]))))
  lie('lz4: a match at no distance', () => unpackLz4(lz4Frame(Buffer.from([0x10, 0x61, 0, 0, 0x10, 0x62]))))
  lie('lz4: a run length without end', () => unpackLz4(lz4Frame(Buffer.alloc(60_000, 0xff))))
  lie('lz4: a skipped frame of 4 GB', () => unpackLz4(Buffer.from([0x50, 0x2a, 0x4d, 0x18, 0xff, 0xff, 0xff, 0xff])))
  lie(
    'zstd: a window of 2 GB, which is no fault, over and over',
    () => unpackZstd(Buffer.concat(Array(500).fill(zstd([run(0x61, 9)], Buffer.from([0x00, 0xa0]))))),
    'no error',
  )
  lie(
    'zstd: 2^40 bytes said',
    () => unpackZstd(zstd([stored(noise)], Buffer.from([0xc0, 0x58, 0, 0, 0, 0, 0, 1, 0, 0]))),
    'KAFKA_BATCH_TOO_LARGE',
  )
  const limit = 16 * 1024 * 1024
  const bombs = {
    gzip: gzipSync(Buffer.alloc(3 * limit)),
    zstd: zstd(Array(600).fill(run(0x61, 100_000))),
    lz4: Buffer.from(lz4.compress(Buffer.alloc(3 * limit, 'a'))),
  }
  lie('gzip: a bomb', () => unpackGzip(bombs.gzip, limit), 'KAFKA_BATCH_TOO_LARGE')
  lie('zstd: a bomb', () => unpackZstd(bombs.zstd, limit), 'KAFKA_BATCH_TOO_LARGE')
  lie('lz4: a bomb', () => unpackLz4(bombs.lz4, limit), 'KAFKA_BATCH_TOO_LARGE')
  lie('gzip: deflate without a header', () => unpackGzip(deflateRawSync(text)))
})

test('lz4: frames one after the other, stored blocks, frames to skip, a block that repeats an earlier one', () => {
  const skip = Buffer.from([0x5f, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])
  const linked = lz4Frame(Buffer.from([0x50, ...Buffer.from('abcde')]), Buffer.from([0x01, 5, 0, 0x10, 0x21]))
  const storedBlock = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82, 2, 0, 0, 0x80, 0x68, 0x69, 0, 0, 0, 0])
  expect(unpackLz4(Buffer.concat([skip, linked, storedBlock])).toString()).toBe('abcdeabcde!hi')
})

/** What the zstd program (1.5.4) made of the text below, at three levels: with Huffman and state tables, new and taken over, in one and four streams. */
const goldens = ['level-3', 'level-9-piped', 'level-19'].map((name) => ({
  name,
  packed: readFileSync(join(import.meta.dirname, 'golden', `${name}.zst`)),
}))
function goldenText(): string {
  let seed = 1
  const next = (n: number) => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % n
  }
  let lines = ''
  while (lines.length < 300_000)
    lines += `2026-03-01T10:00 pos-${next(4)} connect to gw-1:9443 ${['timed out', 'refused', '超时'][next(3)]} after 3000 ms\n`
  return lines
}
describe.each(goldens)('zstd: $name', ({ packed }) => {
  test('brings back the text', () => expect(unpackZstd(packed).toString()).toBe(goldenText()))
  test('any change gives a result or an error of ours', () =>
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = Buffer.from(packed)
        // Most of the tables are at the front.
        for (const [at, byte] of changes) changed[at % (at % 2 === 0 ? 300 : changed.length)] = byte
        try {
          unpackZstd(changed)
        } catch (error) {
          expect(error).toBeInstanceOf(WhytimeoutError)
        }
      }),
      { numRuns: 150 },
    ))
})

// Node.js 20 cannot pack.
if ('zstdCompressSync' in zlib)
  test('zstd: what this Node.js packs', () => {
    const { zstdCompressSync, constants } = zlib as unknown as {
      zstdCompressSync(plain: Buffer, options: object): Buffer
      constants: { ZSTD_c_compressionLevel: number }
    }
    const plain = Buffer.concat([Buffer.from(goldenText()), noise, text])
    for (const level of [-5, 1, 3, 9, 16, 22]) {
      const packed = zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: level } })
      expect(unpackZstd(packed).equals(plain), `level ${level}`).toBe(true)
    }
  })

test('zstd: run-length blocks and several frames', () =>
  expect(
    unpackZstd(Buffer.concat([zstd([run(0x61, 5), stored(Buffer.from('b'))]), zstd([run(0x63, 2)])])).toString(),
  ).toBe('aaaaabcc'))

describe('the number of records counts too', () => {
  const records = (n: number, length: number) =>
    Buffer.concat(Array(n).fill(Buffer.concat([varint(length), Buffer.alloc(length)])))
  const varint = (length: number) => {
    const bytes: number[] = []
    let rest = length * 2
    for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
    return Buffer.from([...bytes, rest])
  }
  test.each([7, 100, 20_000])('records of %i bytes', async (length) => {
    expect(checkRecords(records(10, length), 10).length).toBe(10 * (length + varint(length).length))
    expect(await codeOf(() => checkRecords(records(11, length), 10))).toBe('KAFKA_BATCH_TOO_LARGE')
  })
})

test('the client gets an error that it does not try again, with ours as its cause', async () => {
  registerCodecs()
  const codec = kafkajs.CompressionCodecs[kafkajs.CompressionTypes.ZSTD]()
  const error = await codec.decompress(zstd(Array(2_000).fill(run(0x61, 100_000)))).catch((e: unknown) => e)
  expect(error).toMatchObject({ retriable: false, cause: { code: 'KAFKA_BATCH_TOO_LARGE' } })
  await expect(codec.compress({ buffer: text })).rejects.toThrow('for reading only')
  const ours = kafkajs.CompressionCodecs[kafkajs.CompressionTypes.GZIP]()
  expect(gunzipSync(await ours.compress({ buffer: text })).equals(text)).toBe(true)
})
