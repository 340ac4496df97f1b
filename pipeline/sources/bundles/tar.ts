import { type ByteReader, EarlyEnd, resumable } from './byte-reader.js'
import type { Member } from './members.js'

const BLOCK = 512
const MOST_OF_A_NAME = 64 * 1024
const PIECE = 64 * 1024
const NUL = /\0.*$/s

/** Whether a block can be a tar's header: its sum is right, as in every tar since 1979; `ustar` came later. */
export function isTarHeader(block: Buffer): boolean {
  if (block.length < BLOCK) return false
  const stated = octal(block, 148, 8)
  let sum = 8 * 32
  for (let i = 0; i < BLOCK; i++) if (i < 148 || i >= 156) sum += block[i] as number
  return stated === sum && sum !== 8 * 32
}

/**
 * Regular files of a tar, one after the other; links, folders and devices are passed over, and so is what a file holds that nobody reads.
 * Source: POSIX.1-2017 pax (ustar and its extended headers); GNU tar manual, "Basic Tar Format" for long names and large sizes.
 * @throws EarlyEnd
 */
export async function* tarMembers(reader: ByteReader): AsyncGenerator<Member> {
  let longName: string | undefined
  let pax: ReadonlyMap<string, string> = new Map()
  for (;;) {
    const header = await reader.peek(BLOCK)
    // Two blocks of zeros end it; many a tar ends without.
    if (header.length === 0 || header.every((b) => b === 0)) return
    if (!isTarHeader(header)) throw new EarlyEnd()
    const block = Buffer.from(await reader.take(BLOCK))
    const kind = String.fromCharCode(block[156] as number)
    const stated = Number(pax.get('size') ?? Number.NaN)
    const size = Number.isSafeInteger(stated) && kind !== 'x' && kind !== 'L' ? stated : sizeIn(block)
    const padding = (BLOCK - (size % BLOCK)) % BLOCK
    if (kind === 'L' || kind === 'x' || kind === 'g' || kind === 'K') {
      const text = size <= MOST_OF_A_NAME ? Buffer.from(await reader.take(size)) : undefined
      await reader.skip((text ? 0 : size) + padding)
      if (kind === 'L') longName = text?.toString('latin1').replace(NUL, '')
      else if (kind === 'x') pax = paxOf(text ?? Buffer.alloc(0))
      continue
    }
    let left = size
    if (kind === '0' || kind === '\0' || kind === '7') {
      const bytes = resumable(async () => {
        const part = await reader.some(Math.min(left, PIECE))
        if (left > 0 && part.length === 0) throw new EarlyEnd()
        left -= part.length
        return part
      })
      yield { path: pax.get('path') ?? longName ?? nameIn(block), bytes: size, content: bytes }
    }
    await reader.skip(left + padding)
    longName = undefined
    pax = new Map()
  }
}

const textIn = (block: Buffer, at: number, length: number): string =>
  block.toString('latin1', at, at + length).replace(NUL, '')
const octal = (block: Buffer, at: number, length: number): number =>
  Number.parseInt(textIn(block, at, length).trim() || '0', 8)

function nameIn(block: Buffer): string {
  const [name, prefix] = [textIn(block, 0, 100), textIn(block, 345, 155)]
  return textIn(block, 257, 5) === 'ustar' && prefix !== '' && block[262] === 0 ? `${prefix}/${name}` : name
}

/** Octal digits, or for more than 8 GiB GNU's binary number. */
function sizeIn(block: Buffer): number {
  if (((block[124] as number) & 0x80) === 0) {
    const size = octal(block, 124, 12)
    if (!Number.isSafeInteger(size) || size < 0) throw new EarlyEnd()
    return size
  }
  const high = block.readUInt32BE(128)
  if (high > 0x1fffff) throw new EarlyEnd()
  return high * 2 ** 32 + block.readUInt32BE(132)
}

/** `25 path=logs/gw/app.log\n`, each line with its length before it. */
function paxOf(text: Buffer): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (let at = 0; at < text.length; ) {
    const m = /^(\d{1,9}) ([^=]{1,256})=/.exec(text.toString('latin1', at, at + 300))
    const length = Number(m?.[1])
    if (!m?.[2] || length < m[0].length || at + length > text.length) break
    found.set(m[2], text.toString('latin1', at + m[0].length, at + length - 1))
    at += length
  }
  return found
}
