import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { WhytimeoutError } from '../errors.js'
import type { Pack } from '../match/pack.js'
import { SIGMA_HEADER, type SigmaExport, sigmaExport } from '../report/sigma.js'

/**
 * Writes the export into a folder; files of an earlier export that are no longer part of it go.
 * @throws WhytimeoutError OUTPUT_UNWRITABLE
 */
export async function writeSigma(pack: Pack, dir: string): Promise<SigmaExport> {
  const result = sigmaExport(pack)
  try {
    await mkdir(dir, { recursive: true })
    for (const name of await readdir(dir))
      if (name.endsWith('.yml') && !result.files.has(name) && (await isOurs(join(dir, name)))) await rm(join(dir, name))
    for (const [name, text] of result.files) await writeFile(join(dir, name), text)
  } catch (error) {
    throw new WhytimeoutError('OUTPUT_UNWRITABLE', error instanceof Error ? error.message : 'cannot be written', dir, {
      cause: error,
    })
  }
  return result
}

const isOurs = async (path: string): Promise<boolean> => (await readFile(path, 'utf8')).startsWith(SIGMA_HEADER)
