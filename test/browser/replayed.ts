import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { replay } from '../../pipeline/run/replay.js'
import type { Verdict } from '../../schemas/verdict.js'

export const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')

/** What a replay wrote, `report.html` among it. */
export type Replayed = {
  readonly dir: string
  readonly verdicts: readonly Verdict[]
  /** Cited lines. */
  readonly lines: readonly { readonly id: string; readonly host: string; readonly text: string }[]
}

type StoredEvent = {
  readonly event: { readonly id: string }
  readonly host?: { readonly name?: string }
  readonly message?: string
}

export async function replayed(path: string): Promise<Replayed> {
  const dir = await mkdtemp(join(tmpdir(), 'whytimeout-report-'))
  await replay({ paths: [path], out: dir, now: Date.parse('2026-11-24T00:00:00Z') })
  const ndjson = async <T>(name: string): Promise<T[]> =>
    (await readFile(join(dir, name), 'utf8'))
      .split('\n')
      .filter((l) => l !== '')
      .map((l) => JSON.parse(l) as T)
  const events = await ndjson<StoredEvent>('events.ndjson')
  return {
    ...{ dir, verdicts: await ndjson('verdicts.ndjson') },
    lines: events.map((e) => ({ id: e.event.id, host: e.host?.name ?? '', text: e.message ?? '' })),
  }
}
