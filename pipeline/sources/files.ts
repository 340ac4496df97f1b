import { createReadStream } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { createGunzip } from 'node:zlib'
import { WhytimeoutError } from '../errors.js'
import { rotationOf } from '../parse/log-name.js'

export type LogFile = {
  /** As shown to people; `-` is standard input. */
  readonly path: string
  /** Name of the folder the file lies in, below the root given: the host, where its lines name none. */
  readonly host: string | undefined
  /** Log name without rotation and compression suffix. */
  readonly name: string
  readonly bytes: number
  /** Its bytes, where they are not in the file at `path`. May be called more than once. */
  readonly open?: () => AsyncIterable<Buffer>
}
export type Root = { readonly path: string; readonly inventory?: string; readonly origins?: string }
export type Listing = { readonly files: readonly LogFile[]; readonly roots: readonly Root[] }

const SKIPPED = new Set(['inventory.csv', 'origins.yml'])

/**
 * Log files of paths: files as they are, folders recursively, `-` for standard input. Files of one log come oldest first.
 * A labelled folder (with `logs/` and `truth.ndjson`) gives only what is under `logs/`: its labels are no logs.
 * @throws WhytimeoutError INPUT_NOT_FOUND, INPUT_UNREADABLE, INPUT_EMPTY_FOLDER
 */
export async function listFiles(paths: readonly string[]): Promise<Listing> {
  const files: (LogFile & { order: number })[] = []
  const roots: Root[] = []
  for (const path of paths) {
    if (path === '-') {
      files.push({ path: '-', host: undefined, name: 'stdin', bytes: 0, order: 0 })
      continue
    }
    const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'ENOENT'
        ? new WhytimeoutError('INPUT_NOT_FOUND', 'no such file or folder', path)
        : new WhytimeoutError('INPUT_UNREADABLE', error.code ?? 'cannot be read', path, { cause: error })
    })
    if (!info.isDirectory()) {
      files.push({ path, host: undefined, ...rotationOf(path), bytes: info.size })
      continue
    }
    const entries = new Set(await readdir(path))
    roots.push({
      path,
      ...(entries.has('inventory.csv') && { inventory: join(path, 'inventory.csv') }),
      ...(entries.has('origins.yml') && { origins: join(path, 'origins.yml') }),
    })
    // An export is laid out like a labelled folder: what is told of it is no log either.
    const isApart = entries.has('truth.ndjson') || entries.has('whytimeout-export.json')
    const top = entries.has('logs') && isApart ? join(path, 'logs') : path
    const found = await walk(top)
    for (const file of found) {
      const folder = relative(top, dirname(file.path))
        .split(sep)
        .filter((p) => p !== '' && p !== 'logs')
        .at(-1)
      if (folder === undefined && SKIPPED.has(basename(file.path))) continue
      files.push({ path: file.path, host: folder, ...rotationOf(file.path), bytes: file.bytes })
    }
    if (found.length === 0) throw new WhytimeoutError('INPUT_EMPTY_FOLDER', 'the folder holds no files', path)
  }
  files.sort(
    (a, b) =>
      compare(dirname(a.path), dirname(b.path)) ||
      compare(a.name, b.name) ||
      a.order - b.order ||
      compare(a.path, b.path),
  )
  return { files: files.map(({ order: _, ...f }) => f), roots }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

async function walk(folder: string): Promise<{ path: string; bytes: number }[]> {
  const found: { path: string; bytes: number }[] = []
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    throw new WhytimeoutError('INPUT_UNREADABLE', error.code ?? 'cannot be read', folder, { cause: error })
  })
  for (const entry of entries.sort((a, b) => compare(a.name, b.name))) {
    if (entry.name.startsWith('.')) continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) found.push(...(await walk(path)))
    else if (entry.isFile() || entry.isSymbolicLink()) {
      const info = await stat(path).catch(() => undefined)
      if (info?.isFile()) found.push({ path, bytes: info.size })
    }
  }
  return found
}

export type Line = { readonly text: string; readonly number: number }

const CHUNK = 1024 * 1024
const MAX_LINE = 1024 * 1024

/**
 * Lines of a file in batches, as latin1 text (one character a byte), without line ends. Gzip is known by its first bytes. A line over 1 MiB
 * is cut there, so memory stays bounded whatever the file holds. UTF-16 with a mark becomes UTF-8.
 * @throws WhytimeoutError INPUT_UNREADABLE; INPUT_TRUNCATED after the lines that could be read
 */
export async function* readLines(
  file: LogFile,
  onBytes: (bytes: number) => void = () => {},
): AsyncGenerator<readonly Line[]> {
  const source = file.open?.() ?? createReadStream(file.path, { highWaterMark: CHUNK })
  let number = 0
  let rest = ''
  let skipping = false
  let wide: InstanceType<typeof TextDecoder> | undefined
  let first = true
  const split = (chunk: Buffer): Line[] => {
    const text = wide
      ? Buffer.from(wide.decode(chunk, { stream: true }), 'utf8').toString('latin1')
      : chunk.toString('latin1')
    const parts = text.split('\n')
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
    for await (const chunk of decompressed(source, onBytes)) {
      let bytes = chunk
      if (first) {
        first = false
        const mark = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)
        if (mark === 0xfffe) wide = new TextDecoder('utf-16le')
        else if (mark === 0xfeff) wide = new TextDecoder('utf-16be')
        else if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) bytes = bytes.subarray(3)
      }
      const lines = split(bytes)
      if (lines.length > 0) yield lines
    }
  } catch (error) {
    if (rest !== '') yield [{ text: rest, number: ++number }]
    throw asInputError(error, file.path)
  }
  if (rest !== '') yield [{ text: rest.endsWith('\r') ? rest.slice(0, -1) : rest, number: ++number }]
}

async function* decompressed(
  source: AsyncIterable<Buffer | string>,
  onBytes: (n: number) => void,
): AsyncGenerator<Buffer> {
  const iterator = source[Symbol.asyncIterator]()
  const head = await iterator.next()
  if (head.done) return
  const chunk = Buffer.from(head.value)
  onBytes(chunk.length)
  async function* all(): AsyncGenerator<Buffer> {
    yield chunk
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) {
      const more = Buffer.from(next.value)
      onBytes(more.length)
      yield more
    }
  }
  if (!(chunk[0] === 0x1f && chunk[1] === 0x8b)) {
    yield* all()
    return
  }
  const gunzip = createGunzip()
  let failure: unknown
  const feeding = (async () => {
    try {
      for await (const part of all())
        if (!gunzip.write(part)) await new Promise<void>((go) => gunzip.once('drain', go).once('close', go))
      gunzip.end()
    } catch (error) {
      failure = error
      gunzip.destroy(error as Error)
    }
  })()
  for await (const part of gunzip) yield part as Buffer
  await feeding
  if (failure !== undefined) throw failure
}

function asInputError(error: unknown, path: string): WhytimeoutError {
  const code = (error as NodeJS.ErrnoException).code ?? ''
  if (code === 'Z_BUF_ERROR')
    return new WhytimeoutError('INPUT_TRUNCATED', 'the gzip data ends too early', path, { cause: error })
  if (code.startsWith('Z_'))
    return new WhytimeoutError('INPUT_TRUNCATED', `the gzip data is damaged (${code})`, path, { cause: error })
  return new WhytimeoutError(
    'INPUT_UNREADABLE',
    code === 'EACCES' ? 'no permission to read' : code || 'cannot be read',
    path,
    { cause: error },
  )
}
