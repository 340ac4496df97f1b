import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { WhytimeoutError } from '../errors.js'

/** Result files that appear whole or not at all: written under another name, renamed together at the end. */
export type FolderSink = {
  readonly file: (name: string) => { readonly write: (line: string) => Promise<void> | void }
  readonly commit: () => Promise<void>
  readonly abort: () => Promise<void>
}

/** @throws WhytimeoutError OUTPUT_UNWRITABLE */
export async function createFolderSink(dir: string): Promise<FolderSink> {
  const probe = join(dir, '.whytimeout-probe')
  try {
    await mkdir(dir, { recursive: true })
    await (await open(probe, 'w')).close()
    await rm(probe)
  } catch (error) {
    throw new WhytimeoutError(
      'OUTPUT_UNWRITABLE',
      (error as NodeJS.ErrnoException).code === 'EEXIST' ? 'is a file, not a folder' : 'cannot be written',
      dir,
      { cause: error },
    )
  }
  const streams = new Map<string, { stream: WriteStream; temporary: string }>()
  const failures: unknown[] = []
  return {
    file: (name) => {
      const temporary = join(dir, `.${name}.part`)
      const stream = createWriteStream(temporary)
      stream.on('error', (error) => failures.push(error))
      streams.set(name, { stream, temporary })
      return {
        write: (line) => {
          if (failures.length > 0)
            throw new WhytimeoutError('OUTPUT_UNWRITABLE', 'writing failed', join(dir, name), { cause: failures[0] })
          if (!stream.write(`${line}\n`)) return once(stream, 'drain').then(() => {})
        },
      }
    },
    commit: async () => {
      for (const { stream, temporary } of streams.values()) {
        stream.end()
        if (!stream.closed) await once(stream, 'close')
        const handle = await open(temporary, 'r')
        await handle.sync()
        await handle.close()
      }
      if (failures.length > 0)
        throw new WhytimeoutError('OUTPUT_UNWRITABLE', 'writing failed', dir, { cause: failures[0] })
      for (const [name, { temporary }] of streams) await rename(temporary, join(dir, name))
      streams.clear()
    },
    abort: async () => {
      for (const { stream, temporary } of streams.values()) {
        stream.destroy()
        await rm(temporary, { force: true })
      }
      streams.clear()
    },
  }
}
