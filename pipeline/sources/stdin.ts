import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { createReadStream, createWriteStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { LogFile } from './files.js'

/**
 * A pipe can be read once, a replay reads twice. Its bytes go to a file in `dir`, encrypted under a key that only this process
 * holds: they have not been masked yet, and nothing unmasked may lie on a disk.
 */
export async function spoolPipe(file: LogFile, input: Readable, dir: string): Promise<LogFile> {
  const path = join(dir, 'stdin')
  const [key, iv] = [randomBytes(32), randomBytes(16)]
  await pipeline(input, createCipheriv('aes-256-ctr', key, iv), createWriteStream(path, { mode: 0o600 }))
  return {
    ...file,
    bytes: (await stat(path)).size,
    open: () => createReadStream(path).pipe(createDecipheriv('aes-256-ctr', key, iv)),
  }
}
