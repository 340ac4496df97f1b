/** Bytes of a source that come in chunks of any size, taken as they are needed. Holds no more than a chunk and what was asked for. */
export type ByteReader = {
  /** Up to `n` bytes from here, fewer at the end; they stay unread. */
  readonly peek: (n: number) => Promise<Buffer>
  /** @throws EarlyEnd where fewer than `n` are left */
  readonly take: (n: number) => Promise<Buffer>
  /** Some bytes, at most `n`; empty at the end. */
  readonly some: (n: number) => Promise<Buffer>
  /** Puts back what was taken too much. */
  readonly unread: (bytes: Buffer) => void
  /** @throws EarlyEnd */
  readonly skip: (n: number) => Promise<void>
}

/** A source that ends before what it began. */
export class EarlyEnd extends Error {
  constructor() {
    super('it ends too early')
  }
}

const NOTHING = Buffer.alloc(0)

export function createByteReader(source: AsyncIterable<Uint8Array>): ByteReader {
  const iterator = source[Symbol.asyncIterator]()
  let ready: Buffer = NOTHING
  const more = async (): Promise<boolean> => {
    const next = await iterator.next()
    if (next.done) return false
    const chunk = Buffer.from(next.value.buffer, next.value.byteOffset, next.value.byteLength)
    ready = ready.length === 0 ? chunk : Buffer.concat([ready, chunk])
    return true
  }
  const some = async (n: number): Promise<Buffer> => {
    while (ready.length === 0) if (!(await more())) return NOTHING
    const part = ready.subarray(0, n)
    ready = ready.subarray(part.length)
    return part
  }
  const peek = async (n: number): Promise<Buffer> => {
    while (ready.length < n) if (!(await more())) break
    return ready.subarray(0, n)
  }
  return {
    peek,
    some,
    take: async (n) => {
      const bytes = await peek(n)
      if (bytes.length < n) throw new EarlyEnd()
      ready = ready.subarray(n)
      return bytes
    },
    unread: (bytes) => {
      if (bytes.length > 0) ready = ready.length === 0 ? bytes : Buffer.concat([bytes, ready])
    },
    skip: async (n) => {
      for (let left = n; left > 0; ) {
        const part = await some(left)
        if (part.length === 0) throw new EarlyEnd()
        left -= part.length
      }
    },
  }
}

/** The same bytes as a source that can be left and gone on with: breaking out of a loop over it does not close it. */
export function resumable(next: () => Promise<Buffer>): AsyncIterable<Buffer> {
  const iterator: AsyncIterator<Buffer> = {
    next: async () => {
      const value = await next()
      return value.length === 0 ? { done: true, value: undefined } : { done: false, value }
    },
  }
  return { [Symbol.asyncIterator]: () => iterator }
}

const PIECE = 64 * 1024
/** All that a reader has left. */
export const restOf = (reader: ByteReader): AsyncIterable<Buffer> => resumable(() => reader.some(PIECE))

/** Goes to the end of a source. */
export async function drain(source: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of source);
}
