import { type FileHandle, open, rename, rm, stat } from 'node:fs/promises'
import { WhytimeoutError } from '../errors.js'
import type { TopicMessage } from './topic-writer.js'

/** Dead letters as lines of JSON, with what their messages in the topic have. */
export type DeadLetterFile = {
  /** Resolves once they are on the disk. @throws WhytimeoutError DEAD_LETTERS_UNWRITABLE */
  readonly append: (letters: readonly TopicMessage[]) => Promise<void>
  readonly close: () => Promise<void>
}

/** A file past this size becomes FILE.1, and so on; the oldest is deleted. In all at most KEPT + 1 times as much, and one batch. */
export const FILE_BYTES = 64 * 1024 * 1024
export const KEPT = 4

/** @param o.fileBytes  size from which a new file is begun */
export function createDeadLetterFile(path: string, o: { readonly fileBytes?: number } = {}): DeadLetterFile {
  const limit = o.fileBytes ?? FILE_BYTES
  let handle: FileHandle | undefined

  /** Several processes may write the same file: whoever finds it full turns it over, the others go on in the new one. */
  const current = async (): Promise<FileHandle> => {
    if (handle) {
      const [own, there] = [await handle.stat(), await stat(path).catch(() => undefined)]
      if (there?.ino === own.ino && own.size < limit) return handle
      await handle.close()
      handle = undefined
      if (there?.ino === own.ino) await turnOver(path)
    }
    handle = await open(path, 'a', 0o640)
    if ((await handle.stat()).size < limit) return handle
    await handle.close()
    await turnOver(path)
    handle = await open(path, 'a', 0o640)
    return handle
  }

  const write = async (letters: readonly TopicMessage[]): Promise<void> => {
    try {
      const file = await current()
      await file.appendFile(letters.map((letter) => `${lineOf(letter)}\n`).join(''))
      await file.datasync()
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code ?? 'failed'
      throw new WhytimeoutError('DEAD_LETTERS_UNWRITABLE', code, path, { cause })
    }
  }
  /** Two stages may write at the same time. */
  let last: Promise<unknown> = Promise.resolve()

  return {
    append: (letters) => {
      const mine = last.then(() => write(letters))
      last = mine.catch(() => {})
      return mine
    },
    close: async () => {
      await last
      await handle?.close()
      handle = undefined
    },
  }
}

async function turnOver(path: string): Promise<void> {
  await rm(`${path}.${KEPT}`, { force: true })
  for (let n = KEPT - 1; n >= 0; n--)
    await rename(n === 0 ? path : `${path}.${n}`, `${path}.${n + 1}`).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error
    })
}

/** Text stays text; bytes that are no UTF-8 become `{"base64": …}`. */
function lineOf({ key, value, headers }: TopicMessage): string {
  return JSON.stringify({
    key: readable(key),
    value: readable(value),
    headers: Object.fromEntries(
      Object.entries(headers ?? {}).map(([name, v]) => [name, Array.isArray(v) ? v.map(readable) : readable(v)]),
    ),
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
function readable(part: string | Buffer | null): string | { readonly base64: string } | null {
  if (part === null || typeof part === 'string') return part
  try {
    return utf8.decode(part)
  } catch {
    return { base64: part.toString('base64') }
  }
}
