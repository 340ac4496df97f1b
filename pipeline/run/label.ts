import { readFile, writeFile } from 'node:fs/promises'
import type { VerdictCause } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import type { StoredVerdict } from './results.js'

/** A line of truth.ndjson, as `eval` reads it. */
export type Label = {
  readonly verdict_id: string
  readonly start: string
  readonly end: string
  readonly suffered_by: 'terminal' | 'gateway'
  readonly terminal_id: string | null
  readonly server: { readonly host: string | null; readonly ip: string | null; readonly port: number | null }
  readonly phase: string
  readonly cause: VerdictCause
  readonly acceptable: readonly VerdictCause[]
  readonly observed_by: readonly string[]
}

/** What a verdict was about, under the cause that somebody who knows says. */
export function truthOf(
  { verdict, events }: StoredVerdict,
  cause: VerdictCause,
  acceptable: readonly VerdictCause[],
): Label {
  const { event, destination, whytimeout: w } = verdict
  return {
    verdict_id: event.id,
    start: event.start,
    end: event.end,
    suffered_by: w.episode.suffered_by,
    terminal_id: w.terminal_id ?? null,
    server: {
      host: destination?.domain ?? null,
      ip: destination?.ip ?? null,
      port: destination?.port ?? null,
    },
    phase: w.episode.phase,
    cause,
    acceptable,
    observed_by: [...new Set(events.map((e) => String(e.whytimeout?.origin ?? '')))].filter(Boolean).sort(),
  }
}

/**
 * Adds a label to a file, in order of time; one of the same verdict is replaced.
 * @throws WhytimeoutError LABELS_INVALID, OUTPUT_UNWRITABLE
 */
export async function keepTruth(path: string, label: Label): Promise<void> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw new WhytimeoutError('INPUT_UNREADABLE', error.code ?? 'cannot be read', path, { cause: error })
  })
  const kept = text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    try {
      const value = JSON.parse(line) as Partial<Label>
      return value.verdict_id === label.verdict_id ? [] : [{ start: value.start ?? '', line }]
    } catch {
      throw new WhytimeoutError('LABELS_INVALID', 'not JSON', `${path}:${i + 1}`)
    }
  })
  const all = [...kept, { start: label.start, line: JSON.stringify(label) }].sort((a, b) =>
    a.start < b.start ? -1 : a.start > b.start ? 1 : a.line < b.line ? -1 : 1,
  )
  await writeFile(path, `${all.map((l) => l.line).join('\n')}\n`).catch((error: NodeJS.ErrnoException) => {
    throw new WhytimeoutError('OUTPUT_UNWRITABLE', error.code ?? 'cannot be written', path, { cause: error })
  })
}
