import type { Output } from '../unpack.js'
import { backwardBits, broken } from './bits.js'
import {
  constantTable,
  type PrefixTable,
  readPrefixTable,
  readStateTable,
  readSymbols,
  type StateTable,
  stateTable,
} from './entropy.js'

/** The most that a block may unpack to. */
export const MAX_BLOCK_BYTES = 128 * 1024

/** What blocks of a frame take over from those before. */
export type FrameState = {
  readonly from: number
  prefix: PrefixTable | undefined
  lengths: StateTable | undefined
  offsets: StateTable | undefined
  matches: StateTable | undefined
  recent: [number, number, number]
}

/** @param from size of the output where the frame begins */
export const newFrame = (from: number): FrameState => ({
  from,
  prefix: undefined,
  lengths: undefined,
  offsets: undefined,
  matches: undefined,
  recent: [1, 4, 8],
})

/** Codes of lengths: a base and a number of further bits. Source: RFC 8878, 3.1.1.3.2.1.1. */
const codes = (plain: number, first: number, bits: readonly number[]) => {
  const extra = [...Array<number>(plain).fill(0), ...bits]
  const base = [first]
  for (const n of extra) base.push((base.at(-1) as number) + (1 << n))
  return { extra: Uint8Array.from(extra), base: Uint32Array.from(base) }
}
const LITERAL = codes(16, 0, [1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
const MATCH = codes(32, 3, [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16])
const times = (count: number, share: number): number[] => Array<number>(count).fill(share)
/** Source: RFC 8878, 3.1.1.3.2.2. */
const LITERAL_TABLE = stateTable(
  [4, 3, ...times(11, 2), 1, 1, 1, ...times(9, 2), 3, 2, ...times(5, 1), ...times(4, -1)],
  6,
)
const MATCH_TABLE = stateTable([1, 4, 3, ...times(6, 2), ...times(37, 1), ...times(7, -1)], 6)
const OFFSET_TABLE = stateTable([...times(6, 1), 2, 2, 2, ...times(15, 1), ...times(5, -1)], 5)

/**
 * One compressed block at [start, end): literals, then sequences that say how many of them to take and what to repeat.
 * Source: RFC 8878, 3.1.1.3.
 * @throws WhytimeoutError KAFKA_BATCH_DAMAGED, KAFKA_BATCH_TOO_LARGE
 */
export function unpackBlock(
  source: Buffer,
  start: number,
  end: number,
  frame: FrameState,
  output: Omit<Output, 'bytes'>,
): void {
  const [literals, at] = readLiterals(source, start, end, frame)
  const limit = output.size() + MAX_BLOCK_BYTES
  const taken = readSequences(source, at, end, frame, literals, output, limit)
  if (output.size() + literals.length - taken > limit) throw broken('a block is longer than it may be')
  output.literals(literals, taken, literals.length - taken)
}

/** @returns the literals, and where reading goes on */
function readLiterals(source: Buffer, start: number, end: number, frame: FrameState): [Uint8Array, number] {
  if (start >= end) throw broken('a block ends too early')
  // One word holds the longest header.
  const head = source.readUIntLE(start, 5)
  const kind = head % 4
  const format = (head >>> 2) & 3
  if (kind < 2) {
    const [headBytes, size] =
      format === 1 ? [2, (head >>> 4) & 0xfff] : format === 3 ? [3, (head >>> 4) & 0xfffff] : [1, (head >>> 3) & 31]
    const at = start + headBytes
    const next = at + (kind === 0 ? size : 1)
    if (size > MAX_BLOCK_BYTES || next > end) throw broken('a block ends inside its literals')
    return [kind === 0 ? source.subarray(at, next) : new Uint8Array(size).fill(source[at] as number), next]
  }
  const bits = [10, 10, 14, 18][format] as number
  const sizes = Math.floor(head / 16)
  const size = sizes % 2 ** bits
  const packed = Math.floor(sizes / 2 ** bits) % 2 ** bits
  const at = start + ([3, 3, 4, 5][format] as number)
  const next = at + packed
  if (size > MAX_BLOCK_BYTES || next > end) throw broken('a block ends inside its literals')
  let from = at
  if (kind === 2) [frame.prefix, from] = readPrefixTable(source, at, next)
  if (frame.prefix === undefined) throw broken('a block repeats a table that never was')
  const literals = new Uint8Array(size)
  if (format === 0) readSymbols(frame.prefix, backwardBits(source, from, next), literals)
  else readFourStreams(source, from, next, frame.prefix, literals)
  return [literals, next]
}

function readFourStreams(source: Buffer, start: number, end: number, table: PrefixTable, literals: Uint8Array): void {
  const part = (literals.length + 3) >> 2
  let at = start + 6
  if (at > end || 3 * part > literals.length) throw broken('literals are too few for four streams')
  for (let i = 0; i < 4; i++) {
    const next = i < 3 ? at + source.readUInt16LE(start + 2 * i) : end
    if (next > end) throw broken('a block ends inside its literals')
    readSymbols(
      table,
      backwardBits(source, at, next),
      literals.subarray(part * i, i < 3 ? part * (i + 1) : literals.length),
    )
    at = next
  }
}

/** @returns how many of the literals were taken */
function readSequences(
  source: Buffer,
  start: number,
  end: number,
  frame: FrameState,
  literals: Uint8Array,
  output: Omit<Output, 'bytes'>,
  limit: number,
): number {
  let [count, at] = readCount(source, start, end)
  if (count === 0) {
    if (at !== end) throw broken('a block is longer than it says')
    return 0
  }
  const modes = at < end ? (source[at++] as number) : 0xff
  if ((modes & 3) !== 0) throw broken('a reserved bit is set')
  const tableFor = (
    mode: number,
    usual: StateTable,
    before: StateTable | undefined,
    maxLog: number,
    maxSymbols: number,
  ): StateTable => {
    if (mode === 0) return usual
    if (mode === 2) {
      const [table, next] = readStateTable(source, at, end, maxLog, maxSymbols)
      at = next
      return table
    }
    if (mode === 1 && at < end && (source[at] as number) < maxSymbols) return constantTable(source[at++] as number)
    if (mode === 3 && before !== undefined) return before
    throw broken('a table is missing')
  }
  const lengthTable = tableFor(modes >> 6, LITERAL_TABLE, frame.lengths, 9, LITERAL.extra.length)
  const offsetTable = tableFor((modes >> 4) & 3, OFFSET_TABLE, frame.offsets, 8, 32)
  const matchTable = tableFor((modes >> 2) & 3, MATCH_TABLE, frame.matches, 9, MATCH.extra.length)
  frame.lengths = lengthTable
  frame.offsets = offsetTable
  frame.matches = matchTable

  const { read, left } = backwardBits(source, at, end)
  let lengthState = read(lengthTable.log)
  let offsetState = read(offsetTable.log)
  let matchState = read(matchTable.log)
  let taken = 0
  while (count-- > 0) {
    const offsetCode = offsetTable.symbols[offsetState] as number
    const offsetValue = 2 ** offsetCode + read(offsetCode)
    const matchCode = matchTable.symbols[matchState] as number
    const match = (MATCH.base[matchCode] as number) + read(MATCH.extra[matchCode] as number)
    const lengthCode = lengthTable.symbols[lengthState] as number
    const length = (LITERAL.base[lengthCode] as number) + read(LITERAL.extra[lengthCode] as number)
    if (count > 0) {
      lengthState = (lengthTable.base[lengthState] as number) + read(lengthTable.bits[lengthState] as number)
      matchState = (matchTable.base[matchState] as number) + read(matchTable.bits[matchState] as number)
      offsetState = (offsetTable.base[offsetState] as number) + read(offsetTable.bits[offsetState] as number)
    }
    if (output.size() + length + match > limit) throw broken('a block is longer than it may be')
    output.literals(literals, taken, length)
    taken += length
    const offset = recall(frame, offsetValue, length)
    if (offset > output.size() - frame.from) throw broken('it repeats what never was')
    output.match(offset, match)
  }
  if (left() !== 0) throw broken('a bit stream does not end with its sequences')
  return taken
}

function readCount(source: Buffer, start: number, end: number): [count: number, next: number] {
  if (start >= end) throw broken('a block ends too early')
  const first = source[start] as number
  if (first < 128) return [first, start + 1]
  const bytes = first === 255 ? 3 : 2
  if (start + bytes > end) throw broken('a block ends too early')
  if (first === 255) return [source.readUInt16LE(start + 1) + 0x7f00, start + 3]
  return [((first - 128) << 8) + (source[start + 1] as number), start + 2]
}

/** Values up to 3 stand for one of the last three offsets. Source: RFC 8878, 3.1.1.5. */
function recall(frame: FrameState, value: number, literals: number): number {
  const [first, second, third] = frame.recent
  const which = value > 3 ? 4 : value - 1 + (literals === 0 ? 1 : 0)
  if (which === 0) return first
  const offset = which === 4 ? value - 3 : which === 1 ? second : which === 2 ? third : first - 1
  frame.recent = which === 1 ? [offset, first, third] : [offset, first, second]
  return offset
}
