import { readFileSync } from 'node:fs'

/** Of this program, from its package.json. */
export function programVersion(): string {
  for (const up of ['../../../package.json', '../../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(up, import.meta.url), 'utf8')) as { version: string }).version
    } catch {
      // dist/ lies one level deeper than the sources
    }
  }
  return 'unknown'
}
