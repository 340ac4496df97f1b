import { unzip } from 'node:zlib'
import kafkajs from 'kafkajs'
import { unpackLz4 } from './lz4.js'
import { unpackSnappy } from './snappy.js'
import { BATCH_LIMITS, damaged, tooLarge } from './unpack.js'
import { unpackZstd } from './zstd/zstd.js'

const { CompressionCodecs, CompressionTypes, KafkaJSNonRetriableError } = kafkajs

/** @throws WhytimeoutError KAFKA_BATCH_TOO_LARGE, KAFKA_BATCH_DAMAGED */
export const unpackGzip = (packed: Buffer, maxBytes: number = BATCH_LIMITS.bytes): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    unzip(packed, { maxOutputLength: maxBytes }, (error, bytes) => {
      if (!error) resolve(bytes)
      else if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') reject(tooLarge(`${maxBytes} bytes`))
      else reject(damaged('gzip', error.message))
    })
  })

/**
 * Every record becomes objects of some hundred bytes, however short it is, so their number counts too.
 * @param unpacked records one after the other, each with its length before it (zigzag varint)
 * @throws WhytimeoutError KAFKA_BATCH_TOO_LARGE
 * @see Kafka protocol, record format v2
 */
export function checkRecords(unpacked: Buffer, maxRecords: number = BATCH_LIMITS.records): Buffer {
  let records = 0
  for (let at = 0; at < unpacked.length; records++) {
    if (records === maxRecords) throw tooLarge(`${maxRecords} records`)
    let length = 0
    let shift = 0
    for (let byte = 0x80; byte >= 0x80 && at < unpacked.length; shift += 7) {
      byte = unpacked[at++] as number
      if (shift < 28) length += (byte & 0x7f) << shift
    }
    at += length >>> 1
  }
  return unpacked
}

/** A codec's error as one that the client does not try again: the same bytes would come. */
async function once(unpack: () => Buffer | Promise<Buffer>): Promise<Buffer> {
  try {
    return checkRecords(await unpack())
  } catch (error) {
    const final = new KafkaJSNonRetriableError(error as Error)
    throw Object.assign(final, { cause: error })
  }
}

/** The client's own gzip, for whoever writes with it; it reads without a limit. */
const { compress } = CompressionCodecs[CompressionTypes.GZIP]()

/** The client brings gzip only, without a limit. These are for reading: we write without compression. */
export function registerCodecs(): void {
  const reading = (unpack: (packed: Buffer) => Buffer | Promise<Buffer>) => ({
    decompress: (packed: Buffer) => once(() => unpack(packed)),
  })
  const readOnly = (unpack: (packed: Buffer) => Buffer | Promise<Buffer>) => () => ({
    compress: () => Promise.reject(new Error('this codec is for reading only')),
    ...reading(unpack),
  })
  CompressionCodecs[CompressionTypes.GZIP] = () => ({ compress, ...reading(unpackGzip) })
  CompressionCodecs[CompressionTypes.Snappy] = readOnly(unpackSnappy)
  CompressionCodecs[CompressionTypes.LZ4] = readOnly(unpackLz4)
  CompressionCodecs[CompressionTypes.ZSTD] = readOnly(unpackZstd)
}
