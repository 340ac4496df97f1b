const BLOCK = 512
const MOST_OF_A_SIZE = 8 ** 11

/** What ends a tar: two empty blocks. */
export const TAR_END: Uint8Array = new Uint8Array(2 * BLOCK)

/** Zeros that fill the last block of a file. */
export const tarPadding = (size: number): Uint8Array => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK)

/**
 * What stands before a file in a tar: its header, and before that an extended one where path or size do not fit.
 * It belongs to nobody: a user's name and number do not go along.
 * @param path with slashes, relative
 * @param size bytes
 * @param at time of the file, epoch ms
 * @see POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"
 */
export function tarHeader(path: string, size: number, at: number): Buffer {
  const name = Buffer.from(path, 'utf8')
  const records = [
    ...(name.length > 100 || name.length !== path.length ? [paxRecord('path', path)] : []),
    ...(size >= MOST_OF_A_SIZE ? [paxRecord('size', String(size))] : []),
  ]
  const short = name.subarray(0, 100)
  if (records.length === 0) return header(short, size, at, '0')
  const extended = Buffer.concat(records)
  return Buffer.concat([
    header(Buffer.from('PaxHeader'), extended.length, at, 'x'),
    extended,
    tarPadding(extended.length),
    header(short, size >= MOST_OF_A_SIZE ? 0 : size, at, '0'),
  ])
}

function header(name: Uint8Array, size: number, at: number, kind: 'x' | '0'): Buffer {
  const block = Buffer.alloc(BLOCK)
  const octal = (value: number, place: number, length: number) =>
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, place, 'latin1')
  block.set(name, 0)
  octal(0o644, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(Math.max(0, Math.floor(at / 1_000)), 136, 12)
  block.fill(' ', 148, 156)
  block.write(kind, 156, 'latin1')
  block.write('ustar\x0000', 257, 'latin1')
  const sum = block.reduce((a, b) => a + b, 0)
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return block
}

/** `25 path=logs/gw/app.log\n`: its length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`)
  let length = rest + String(rest).length
  if (String(length).length > String(rest).length) length = rest + String(length).length
  return Buffer.from(`${length} ${key}=${value}\n`, 'utf8')
}
