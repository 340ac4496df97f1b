import { createReadStream } from 'node:fs'
import { WhytimeoutError } from '../errors.js'
import { decode } from '../parse/decode.js'
import { rotationOf } from '../parse/log-name.js'
import { newGuard } from './bundles/compressed.js'
import { type Member, opened } from './bundles/members.js'
import { hostFolder, type Listing, type LogFile, type Root } from './files.js'

const LOOK = 64 * 1024
const MOST_OF_A_TABLE = 64 * 1024 * 1024
const TABLES = ['inventory.csv', 'origins.yml'] as const

/**
 * Puts in place of every bundle the files that lie in it, in their order. An `inventory.csv` and `origins.yml` at its top, or in the one folder that all
 * lie in, are no logs.
 * @throws WhytimeoutError INPUT_UNREADABLE, INPUT_TRUNCATED, INPUT_TOO_LARGE
 */
export async function withBundles(files: readonly LogFile[]): Promise<Listing> {
  const found: LogFile[] = []
  const roots: Root[] = []
  for (const file of files) {
    const listed = file.path === '-' && file.open === undefined ? undefined : await listBundle(file)
    if (listed === undefined) found.push(file)
    else {
      found.push(...listed.files)
      if (listed.root) roots.push(listed.root)
    }
  }
  return { files: found, roots }
}

async function listBundle(bundle: LogFile): Promise<{ files: LogFile[]; root: Root | undefined } | undefined> {
  const source = bundle.open?.() ?? createReadStream(bundle.path, { highWaterMark: LOOK })
  const guard = newGuard()
  async function* counted(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      guard.packed += chunk.length
      yield chunk as Buffer
    }
  }
  try {
    const { members } = await opened(counted(), guard)
    if (members === undefined) return undefined
    const all: { path: string; bytes: number; number: number }[] = []
    const texts = new Map<string, string>()
    let number = 0
    for await (const member of members) {
      const path = decode(member.path)
        .replaceAll('\\', '/')
        .replace(/^(?:\.?\/)+/, '')
      all.push({ path, bytes: member.bytes, number: number++ })
      if (TABLES.some((name) => path.endsWith(name)) && path.split('/').length <= 2)
        texts.set(path, await textOf(member))
    }
    return inside(bundle, all, texts)
  } catch (error) {
    throw asInputError(error, bundle.path)
  } finally {
    ;(source as { destroy?: () => void }).destroy?.()
  }
}

function inside(
  bundle: LogFile,
  all: readonly { path: string; bytes: number; number: number }[],
  texts: ReadonlyMap<string, string>,
): { files: LogFile[]; root: Root | undefined } {
  const top = topOf(all.map((m) => m.path))
  // An export is laid out like a labelled folder.
  const isLabelled =
    all.some((m) => m.path === `${top}truth.ndjson` || m.path === `${top}whytimeout-export.json`) &&
    all.some((m) => m.path.startsWith(`${top}logs/`))
  const files = all
    .filter((m) => (isLabelled ? m.path.startsWith(`${top}logs/`) : !TABLES.some((name) => m.path === `${top}${name}`)))
    .map(({ path, bytes, number }): LogFile => {
      const folder = hostFolder(path.slice(top.length).split(/[/!]/).slice(0, -1), isLabelled)
      return {
        path: `${bundle.path}!${path}`,
        host: folder?.replace(/\.(?:tar|zip|tgz|gz|xz|zst)$/g, '') ?? bundle.host,
        name: rotationOf(path).name,
        bytes,
        within: { bundle, number },
      }
    })
  const [inventory, origins] = TABLES.map((name) =>
    texts.has(`${top}${name}`) ? `${bundle.path}!${top}${name}` : undefined,
  )
  const root: Root = {
    path: bundle.path,
    ...(inventory !== undefined && { inventory }),
    ...(origins !== undefined && { origins }),
    texts: new Map([...texts].map(([path, text]) => [`${bundle.path}!${path}`, text])),
  }
  return { files, root: inventory === undefined && origins === undefined ? undefined : root }
}

/** The folder that all lie in, with its slash; empty where there is none. */
function topOf(paths: readonly string[]): string {
  const first = paths[0] ?? ''
  const top = first.slice(0, first.indexOf('/') + 1)
  return top !== '' && top !== 'logs/' && paths.every((p) => p.startsWith(top)) ? top : ''
}

async function textOf(member: Member): Promise<string> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const part of member.content) {
    bytes += part.length
    if (bytes > MOST_OF_A_TABLE)
      throw new WhytimeoutError('INPUT_TOO_LARGE', `longer than ${MOST_OF_A_TABLE} bytes`, member.path)
    parts.push(Buffer.from(part))
  }
  return Buffer.concat(parts).toString('latin1')
}

/** Errors of reading in the words of the input, with the path. */
export function asInputError(error: unknown, path: string): WhytimeoutError {
  if (error instanceof WhytimeoutError) {
    const place = error.place === undefined || error.place === path ? path : `${path}!${error.place}`
    return new WhytimeoutError(error.code, error.message, place, { cause: error })
  }
  const code = (error as NodeJS.ErrnoException).code ?? ''
  const why = code === 'EACCES' ? 'no permission to read' : code || 'cannot be read'
  return new WhytimeoutError('INPUT_UNREADABLE', why, path, { cause: error })
}
