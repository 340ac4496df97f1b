import { readFile } from 'node:fs/promises'
import { parseOrigins } from '../../parse/origins.js'
import { type LoadedConfig, pathIn } from '../config.js'

/** How far the clocks of configured origins are behind (least, <= 0) and ahead (most, >= 0), ms. */
export async function skewsOf(config: LoadedConfig): Promise<{ readonly least: number; readonly most: number }> {
  const path = pathIn(config, config.origins)
  if (path === undefined) return { least: 0, most: 0 }
  const { entries } = parseOrigins(await readFile(path, 'utf8'), path)
  const skews = [...entries.values()].map((e) => e.skew_ms ?? 0)
  return { least: Math.min(0, ...skews), most: Math.max(0, ...skews) }
}
