import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Pack } from '../match/pack.js'
import { enrichmentOf } from '../parse/enrich.js'
import { NO_ORIGINS, parseOrigins } from '../parse/origins.js'
import type { ParserOptions } from '../stream/parser.js'
import { durationMs, type LoadedConfig, pathIn } from './config.js'
import { packFor, readInventory } from './inputs.js'

/** What a stream is told besides its logs; all of its processes must be told the same. */
export type StreamInputs = {
  readonly pack: Pack
  readonly latenessMs: number
  readonly record: ParserOptions['record']
  /** Of the pack, the inventory, the origins and the lateness: all processes must agree on it. */
  readonly digest: string
}

export async function readInputs(config: LoadedConfig): Promise<StreamInputs> {
  const pack = await packFor({ rules: pathIn(config, config.rules), text: config.text })
  const files = { inventory: pathIn(config, config.inventory), origins: pathIn(config, config.origins) }
  const inventory = await readInventory(files, [])
  const origins =
    files.origins === undefined ? NO_ORIGINS : parseOrigins(await readFile(files.origins, 'utf8'), files.origins)
  const latenessMs = config.lateness === undefined ? pack.latenessMs : durationMs(config.lateness)
  const hash = createHash('sha256').update(`${pack.digest} ${pack.generation} ${latenessMs}`)
  for (const path of [files.inventory, files.origins]) hash.update('\u0000').update(path ? await readFile(path) : '')
  return {
    pack,
    latenessMs,
    digest: hash.digest('base64url').slice(0, 22),
    record: {
      entryFor: origins.entryFor,
      enrichment: enrichmentOf(inventory, [...origins.entries.values()]),
      shownValues: inventory?.ids ?? new Set(),
    },
  }
}
