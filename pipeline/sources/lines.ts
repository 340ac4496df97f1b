import { createReadStream } from 'node:fs'
import { restOf } from './bundles/byte-reader.js'
import { newGuard, uncompressed } from './bundles/compressed.js'
import { opened } from './bundles/members.js'
import type { LogFile } from './files.js'
import { asInputError } from './listing.js'

export type Line = { readonly text: string; readonly number: number }
/** A log file with its text, latin1 (one character a byte), in pieces that end anywhere. */
export type Opened = { readonly file: LogFile; readonly index: number; readonly text: AsyncIterable<string> }

const CHUNK = 1024 * 1024
const MAX_LINE = 1024 * 1024

/**
 * Every file with its text, compression taken off. A bundle is unpacked once for all its files. UTF-16 with a mark becomes UTF-8.
 * @param onBytes  is told of bytes as they lie on the disk
 * @throws WhytimeoutError INPUT_UNREADABLE, INPUT_TOO_LARGE; INPUT_TRUNCATED after what could be read
 */
export async function* openFiles(files: readonly LogFile[], onBytes: (bytes: number) => void): AsyncGenerator<Opened> {
  for (let index = 0; index < files.length; ) {
    const file = files[index] as LogFile
    const bundle = file.within?.bundle
    if (bundle === undefined) {
      yield { file, index, text: textIn(unpacked(file, onBytes), file.path) }
      index++
      continue
    }
    let end = index + 1
    while (files[end]?.within?.bundle === bundle) end++
    yield* openBundle(bundle, files.slice(index, end), index, onBytes)
    index = end
  }
}

async function* openBundle(
  bundle: LogFile,
  files: readonly LogFile[],
  index: number,
  onBytes: (bytes: number) => void,
): AsyncGenerator<Opened> {
  const places = new Map(files.map((file, i) => [file.within?.number, i]))
  const guard = newGuard()
  try {
    const { members } = await opened(counted(bundle, guard, onBytes), guard)
    let number = 0
    for await (const member of members ?? []) {
      const place = places.get(number++)
      const file = place === undefined ? undefined : files[place]
      if (file) yield { file, index: index + (place as number), text: textIn(member.content, bundle.path) }
    }
  } catch (error) {
    throw asInputError(error, bundle.path)
  }
}

async function* counted(
  file: LogFile,
  guard: { packed: number },
  onBytes: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  for await (const chunk of file.open?.() ?? createReadStream(file.path, { highWaterMark: CHUNK })) {
    guard.packed += chunk.length
    onBytes(chunk.length)
    yield chunk as Buffer
  }
}

async function* unpacked(file: LogFile, onBytes: (bytes: number) => void): AsyncGenerator<Buffer> {
  const guard = newGuard()
  yield* restOf(await uncompressed(counted(file, guard, onBytes), guard))
}

async function* textIn(content: AsyncIterable<Buffer>, path: string): AsyncGenerator<string> {
  let wide: InstanceType<typeof TextDecoder> | undefined
  let isFirst = true
  try {
    for await (let bytes of content) {
      if (isFirst) {
        isFirst = false
        const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)
        if (mark === 0xfffe) wide = new TextDecoder('utf-16le')
        else if (mark === 0xfeff) wide = new TextDecoder('utf-16be')
        else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3)
      }
      yield wide
        ? Buffer.from(wide.decode(bytes, { stream: true }), 'utf8').toString('latin1')
        : bytes.toString('latin1')
    }
  } catch (error) {
    throw asInputError(error, path)
  }
}

/**
 * Text in lines, in batches, without line ends. A line over 1 MiB is cut there, so memory stays bounded whatever the file holds.
 * @throws what the text throws, after the line that was begun
 */
export async function* linesIn(text: AsyncIterable<string>): AsyncGenerator<readonly Line[]> {
  let number = 0
  let rest = ''
  let skipping = false
  const split = (piece: string): Line[] => {
    const parts = piece.split('\n')
    const lines: Line[] = []
    for (let i = 0; i < parts.length; i++) {
      const part = parts[i] as string
      const isLast = i === parts.length - 1
      if (skipping) {
        if (!isLast) skipping = false
        continue
      }
      rest = rest === '' ? part : rest + part
      if (rest.length > MAX_LINE) {
        lines.push({ text: rest.slice(0, MAX_LINE), number: ++number })
        rest = ''
        skipping = isLast
      } else if (!isLast) {
        lines.push({ text: rest.endsWith('\r') ? rest.slice(0, -1) : rest, number: ++number })
        rest = ''
      }
    }
    return lines
  }
  try {
    for await (const piece of text) {
      const lines = split(piece)
      if (lines.length > 0) yield lines
    }
  } catch (error) {
    if (rest !== '') yield [{ text: rest, number: ++number }]
    throw error
  }
  if (rest !== '') yield [{ text: rest.endsWith('\r') ? rest.slice(0, -1) : rest, number: ++number }]
}

/** Lines of one file that is no bundle. */
export async function* readLines(
  file: LogFile,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<readonly Line[]> {
  for await (const { text } of openFiles([file], onBytes)) yield* linesIn(text)
}
