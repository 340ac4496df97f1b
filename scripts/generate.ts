import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { loadPack } from '../pipeline/run/rules.js'
import { generatedFiles } from './generated.js'

/** Writes every generated file; run from the project's root by `npm run generate`. */
for (const [path, text] of generatedFiles(await loadPack('rules'))) {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}
