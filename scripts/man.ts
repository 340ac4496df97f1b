import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { COMMANDS } from '../pipeline/cli/commands.js'
import { programVersion } from '../pipeline/run/version.js'
import { manPage } from './man-page.js'

/** Writes the manual pages into dist/man, as the last step of a build: they are packed, not kept. */
const man = join(import.meta.dirname, '../man')
for (const [path, lang] of [
  ['whytimeout.1', 'en'],
  ['zh_CN/whytimeout.1', 'zh'],
] as const) {
  mkdirSync(dirname(join(man, path)), { recursive: true })
  writeFileSync(join(man, path), manPage(COMMANDS, lang, programVersion()))
}
