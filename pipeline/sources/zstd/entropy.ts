import { type BackwardBits, backwardBits, broken, highestBit } from './bits.js'

/** A finite state machine's table: in state `s` the symbol is known, and `bits[s]` further bits plus `base[s]` give the next state. */
export type StateTable = {
  readonly log: number
  readonly symbols: Uint8Array
  readonly bits: Uint8Array
  readonly base: Uint16Array
}

/** Builds the table from the share of each symbol; -1 is "less than one". Source: RFC 8878, 4.1.1. */
export function stateTable(shares: readonly number[], log: number): StateTable {
  const size = 1 << log
  const table = { log, symbols: new Uint8Array(size), bits: new Uint8Array(size), base: new Uint16Array(size) }
  const next = shares.map((share) => Math.abs(share))
  let high = size - 1
  shares.forEach((share, symbol) => {
    if (share === -1) table.symbols[high--] = symbol
  })
  const step = (size >> 1) + (size >> 3) + 3
  let position = 0
  shares.forEach((share, symbol) => {
    for (let i = 0; i < share; i++) {
      table.symbols[position] = symbol
      do position = (position + step) & (size - 1)
      while (position > high)
    }
  })
  for (let state = 0; state < size; state++) {
    const symbol = table.symbols[state] as number
    const count = next[symbol] as number
    next[symbol] = count + 1
    const bits = log - highestBit(count)
    table.bits[state] = bits
    table.base[state] = (count << bits) - size
  }
  return table
}

/** A table with one symbol takes no bits. */
export const constantTable = (symbol: number): StateTable => ({
  log: 0,
  symbols: Uint8Array.of(symbol),
  bits: Uint8Array.of(0),
  base: Uint16Array.of(0),
})

/** Reads the shares of symbols and builds their table. @returns it, and where reading goes on */
export function readStateTable(
  source: Buffer,
  start: number,
  end: number,
  maxLog: number,
  maxSymbols: number,
): [StateTable, number] {
  let position = start * 8
  const peek = (count: number): number => {
    const byte = position >>> 3
    if (byte >= end) throw broken('a table ends too early')
    return (source.readUIntLE(byte, 4) >>> (position & 7)) & ((1 << count) - 1)
  }
  const log = peek(4) + 5
  position += 4
  if (log > maxLog) throw broken('a table is too fine')
  const shares: number[] = []
  let remaining = 1 << log
  while (remaining > 0) {
    // A share takes as many bits as the rest can need; the lowest values take one less.
    const bits = highestBit(remaining + 1) + 1
    const low = (1 << (bits - 1)) - 1
    const spare = (1 << bits) - 2 - remaining
    const value = peek(bits)
    const isShort = (value & low) < spare
    position += isShort ? bits - 1 : bits
    const share = (isShort ? value & low : value > low ? value - spare : value) - 1
    remaining -= Math.abs(share)
    shares.push(share)
    for (let zeros = share === 0 ? 3 : 0; zeros === 3; ) {
      zeros = peek(2)
      position += 2
      for (let i = 0; i < zeros; i++) shares.push(0)
    }
    if (remaining < 0 || shares.length > maxSymbols) throw broken('a table holds too much')
  }
  const next = (position + 7) >>> 3
  if (next > end) throw broken('a table ends too early')
  return [stateTable(shares, log), next]
}

/** Huffman: the next `log` bits say the symbol and how many of them it took. */
export type PrefixTable = { readonly log: number; readonly symbols: Uint8Array; readonly bits: Uint8Array }

const MAX_PREFIX_BITS = 11

/** Source: RFC 8878, 4.2.1. @returns the table, and where reading goes on */
export function readPrefixTable(source: Buffer, start: number, end: number): [PrefixTable, number] {
  if (start >= end) throw broken('a table ends too early')
  const head = source[start] as number
  const isPlain = head >= 128
  const next = start + 1 + (isPlain ? (head - 126) >> 1 : head)
  if (next > end) throw broken('a table ends too early')
  const weights = isPlain ? plainWeights(source, start + 1, head - 127) : packedWeights(source, start + 1, next)
  return [prefixTable(weights), next]
}

const plainWeights = (source: Buffer, start: number, count: number): number[] =>
  Array.from({ length: count }, (_, i) => {
    const byte = source[start + (i >> 1)] as number
    return i % 2 === 0 ? byte >> 4 : byte & 15
  })

/** Two states take turns until the bits are used up. */
function packedWeights(source: Buffer, start: number, end: number): number[] {
  const [table, at] = readStateTable(source, start, end, 6, 256)
  const bits = backwardBits(source, at, end)
  const weights: number[] = []
  const states = [bits.read(table.log), bits.read(table.log)]
  for (let turn = 0; weights.length < 255; turn ^= 1) {
    const state = states[turn] as number
    weights.push(table.symbols[state] as number)
    const count = table.bits[state] as number
    if (count > bits.left()) {
      weights.push(table.symbols[states[turn ^ 1] as number] as number)
      return weights
    }
    states[turn] = (table.base[state] as number) + bits.read(count)
  }
  throw broken('a table holds too much')
}

/** The last symbol's weight is what is left to a power of two. */
function prefixTable(weights: readonly number[]): PrefixTable {
  let sum = 0
  for (const weight of weights) sum += weight === 0 ? 0 : 1 << (weight - 1)
  const log = highestBit(sum) + 1
  const rest = (1 << log) - sum
  if (sum === 0 || log > MAX_PREFIX_BITS || (rest & (rest - 1)) !== 0 || weights.length > 255)
    throw broken('a Huffman table does not add up')
  const all = [...weights, highestBit(rest) + 1]
  const symbols = new Uint8Array(1 << log)
  const bits = new Uint8Array(1 << log)
  let position = 0
  for (let weight = 1; weight <= log; weight++) {
    const width = 1 << (weight - 1)
    all.forEach((own, symbol) => {
      if (own !== weight) return
      symbols.fill(symbol, position, position + width)
      bits.fill(log + 1 - weight, position, position + width)
      position += width
    })
  }
  return { log, symbols, bits }
}

/** Fills `into` from one stream, which must end with it. */
export function readSymbols(table: PrefixTable, stream: BackwardBits, into: Uint8Array): void {
  const { log, symbols, bits } = table
  for (let i = 0; i < into.length; i++) {
    const next = stream.peek(log)
    into[i] = symbols[next] as number
    stream.skip(bits[next] as number)
  }
  if (stream.left() !== 0) throw broken('a Huffman stream does not end with its literals')
}
