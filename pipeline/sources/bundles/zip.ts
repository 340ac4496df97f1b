import { createInflateRaw } from 'node:zlib'
import { WhytimeoutError } from '../../errors.js'
import { type ByteReader, drain, EarlyEnd, resumable } from './byte-reader.js'
import type { Member } from './members.js'

const LOCAL = 0x04034b50
const DESCRIPTOR = 0x08074b50
/** Headers that come behind the last file. */
const AFTER = new Set([0x02014b50, 0x06054b50, 0x08064b50, 0x06064b50])
const PIECE = 16 * 1024
const UNKNOWN = 0xffffffff

export const isZip = (head: Buffer): boolean =>
  head.length >= 4 && (head.readUInt32LE() === LOCAL || head.readUInt32LE() === 0x06054b50)

/**
 * Files of a zip in the order they lie in it, read without its directory, so that a pipe and a zip within a zip will do.
 * Source: PKWARE APPNOTE.TXT 6.3.10, 4.3.7, 4.3.9 and 4.5.3.
 * @throws EarlyEnd; WhytimeoutError INPUT_UNREADABLE for what is encrypted, or packed in a way that is not read here
 */
export async function* zipMembers(reader: ByteReader): AsyncGenerator<Member> {
  for (;;) {
    const mark = await reader.peek(4)
    if (mark.length < 4) throw new EarlyEnd()
    const kind = mark.readUInt32LE()
    if (AFTER.has(kind)) return
    if (kind !== LOCAL) throw new WhytimeoutError('INPUT_TRUNCATED', 'the zip is damaged')
    const header = Buffer.from(await reader.take(30))
    const flags = header.readUInt16LE(6)
    const method = header.readUInt16LE(8)
    const name = Buffer.from(await reader.take(header.readUInt16LE(26))).toString('latin1')
    const extra = Buffer.from(await reader.take(header.readUInt16LE(28)))
    const { packed, whole, isLarge } = sizesOf(header, extra)
    const isOpen = (flags & 8) !== 0 && packed === 0
    if (name.endsWith('/') && !isOpen) {
      await reader.skip(packed)
      continue
    }
    if ((flags & 1) !== 0) throw unreadable(name, 'it is encrypted')
    if (method !== 0 && method !== 8) throw unreadable(name, `its method of packing (${method}) is not read`)
    // Of an empty file the sizes behind it say so.
    const isEmpty = isOpen && method === 0 && isZeroDescriptor(await reader.peek(16))
    if (isOpen && method === 0 && !isEmpty) throw unreadable(name, 'it does not say how long it is')
    const section = isOpen && !isEmpty ? undefined : { left: packed }
    const content = method === 8 ? inflated(reader, section) : stored(reader, section ?? { left: 0 })
    yield { path: name, bytes: isOpen ? 0 : whole, content }
    if (section === undefined) await drain(content)
    else await reader.skip(section.left)
    if ((flags & 8) !== 0) await skipDescriptor(reader, isLarge)
  }
}

const unreadable = (name: string, why: string): WhytimeoutError => new WhytimeoutError('INPUT_UNREADABLE', why, name)

/** Sizes of 4 GiB and more stand in a further field. */
function sizesOf(header: Buffer, extra: Buffer): { packed: number; whole: number; isLarge: boolean } {
  let [packed, whole] = [header.readUInt32LE(18), header.readUInt32LE(22)]
  for (let at = 0; at + 4 <= extra.length; ) {
    const [id, length] = [extra.readUInt16LE(at), extra.readUInt16LE(at + 2)]
    if (id === 1 && at + 4 + length <= extra.length) {
      let place = at + 4
      const next = (): number => {
        if (place + 8 > at + 4 + length) return 0
        const value = Number(extra.readBigUInt64LE(place))
        place += 8
        return value
      }
      if (whole === UNKNOWN) whole = next()
      if (packed === UNKNOWN) packed = next()
      return { packed, whole, isLarge: true }
    }
    at += 4 + length
  }
  return { packed, whole, isLarge: false }
}

type Section = { left: number }

function stored(reader: ByteReader, section: Section): AsyncIterable<Buffer> {
  return resumable(async () => {
    const part = await reader.some(Math.min(section.left, PIECE))
    if (section.left > 0 && part.length === 0) throw new EarlyEnd()
    section.left -= part.length
    return part
  })
}

/** Without a section the data says itself where it ends, and what was taken beyond goes back. */
function inflated(reader: ByteReader, section: Section | undefined): AsyncIterable<Buffer> {
  const unpacker = createInflateRaw()
  const ready: Buffer[] = []
  let fed = 0
  let isEnded = false
  let failure: Error | undefined
  let wake = () => {}
  unpacker.on('data', (part: Buffer) => ready.push(part))
  unpacker.on('end', () => {
    isEnded = true
    wake()
  })
  unpacker.on('error', (error) => {
    failure = error
    wake()
  })
  const feed = async (): Promise<void> => {
    // A copy: the unpacker may look at it later, when the reader's own is gone.
    const part = Buffer.from(await reader.some(Math.min(section?.left ?? PIECE, PIECE)))
    if (section) section.left -= part.length
    fed += part.length
    // Behind its end the unpacker takes no more, and says so by its end alone.
    await new Promise<void>((done) => {
      wake = done
      if (part.length === 0) unpacker.end()
      else unpacker.write(part, () => done())
    })
    if (isEnded && section === undefined) reader.unread(part.subarray(part.length - (fed - unpacker.bytesWritten)))
  }
  return resumable(async () => {
    for (;;) {
      const part = ready.shift()
      if (part) return part
      if (failure) throw failure
      if (isEnded) return Buffer.alloc(0)
      await feed()
    }
  })
}

const isZeroDescriptor = (bytes: Buffer): boolean =>
  bytes.length === 16 && bytes.readUInt32LE() === DESCRIPTOR && bytes.subarray(4).every((b) => b === 0)

/** Sum and sizes behind the data, with a mark before them or without, four bytes each or eight. */
async function skipDescriptor(reader: ByteReader, isLarge: boolean): Promise<void> {
  const head = await reader.peek(28)
  const start = head.length >= 4 && head.readUInt32LE() === DESCRIPTOR ? 4 : 0
  const isNext = (at: number): boolean => {
    if (at + 4 > head.length) return false
    const mark = head.readUInt32LE(at)
    return mark === LOCAL || AFTER.has(mark)
  }
  const [usual, large] = [start + 12, start + 20]
  await reader.skip(isNext(usual) && !(isLarge && isNext(large)) ? usual : isNext(large) ? large : usual)
}
