import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative, sep } from 'node:path'
import { WhytimeoutError } from '../errors.js'
import { rotationOf } from '../parse/log-name.js'
import { withBundles } from './listing.js'

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
  /** No line of it has a time: their order is taken as one. */
  readonly isUntimed?: boolean
  /** The bundle it lies in, and which of its files it is. */
  readonly within?: { readonly bundle: LogFile; readonly number: number }
}
/** `texts`: of the two files, where they lie in a bundle, latin1. */
export type Root = {
  readonly path: string
  readonly inventory?: string
  readonly origins?: string
  readonly texts?: ReadonlyMap<string, string>
}
export type Listing = { readonly files: readonly LogFile[]; readonly roots: readonly Root[] }

/** Folders that programs keep their logs in: no host is called so. */
const OF_PROGRAMS =
  /^(?:logs?|var|journal|archives?|old|backup|data|nginx|httpd|apache2?|tomcat\d*|iis|w3svc\d+|logfiles)$/i

/**
 * The folder that stands for the host: the innermost that is not merely where programs put their logs (`till1/Logs/pos.log`); where every host is
 * known to have one of its own, the outermost.
 */
export function hostFolder(folders: readonly string[], isByHost = false): string | undefined {
  const names = folders.filter((p) => p !== '' && p !== 'logs')
  return isByHost ? names[0] : (names.findLast((p) => !OF_PROGRAMS.test(p)) ?? names.at(-1))
}

const SKIPPED = new Set(['inventory.csv', 'origins.yml'])

/**
 * Log files of paths: files as they are, folders recursively, `-` for standard input. Files of one log come oldest first.
 * A bundle (tar, zip) is a folder of its own: its files follow in the order they lie in it, so that it is unpacked once. A labelled folder (with `logs/` and `truth.ndjson`) gives only what is under `logs/`: its labels are no logs.
 * @throws WhytimeoutError INPUT_NOT_FOUND, INPUT_UNREADABLE, INPUT_EMPTY_FOLDER, INPUT_TRUNCATED, INPUT_TOO_LARGE
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
      const folder = hostFolder(relative(top, dirname(file.path)).split(sep), isApart)
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
  const listed = await withBundles(files.map(({ order: _, ...f }) => f))
  return { files: listed.files, roots: [...roots, ...listed.roots] }
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
