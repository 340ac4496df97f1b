import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { TAR_END, tarHeader, tarPadding } from '../export/tar.js'

const ENDING = /\.(?:tar\.gz|tgz)$/i

/** Whether an export to this path is one file rather than a folder. */
export const isArchive = (path: string): boolean => ENDING.test(path)

/** The folder that an archive unpacks to. */
const folderIn = (path: string): string => basename(path).replace(ENDING, '') || 'whytimeout-export'

/**
 * Packs files of a folder into a .tar.gz, in the order given.
 * @param from.dir the folder
 * @param from.files paths below it, with slashes
 * @param to.path the archive as it will be called; it names the folder within
 * @param to.part where it is written
 * @param now time of the files in it, epoch ms
 */
export async function packFolder(
  from: { readonly dir: string; readonly files: readonly string[] },
  to: { readonly path: string; readonly part: string },
  now: number,
): Promise<void> {
  const top = folderIn(to.path)
  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (const file of from.files) {
      const path = join(from.dir, file)
      const { size } = await stat(path)
      yield tarHeader(`${top}/${file}`, size, now)
      for await (const chunk of createReadStream(path)) yield chunk as Buffer
      yield tarPadding(size)
    }
    yield TAR_END
  }
  await pipeline(Readable.from(bytes(), { objectMode: false }), createGzip(), createWriteStream(to.part))
}
