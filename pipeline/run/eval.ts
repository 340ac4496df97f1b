import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { PHASES, SUFFERERS, VERDICT_CAUSES } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { type Matching, matchUp, type Score, score, type Truth } from '../report/score.js'
import { replay } from './replay.js'

export type ScenarioResult = { readonly name: string; readonly matching: Matching; readonly score: Score }
export type EvalResult = { readonly scenarios: readonly ScenarioResult[]; readonly total: Score }

const TruthLine = z.looseObject({
  start: z.string(),
  end: z.string(),
  suffered_by: z.enum(SUFFERERS),
  terminal_id: z.string().nullable(),
  server: z.looseObject({ host: z.string().nullish(), ip: z.string().nullish(), port: z.number().nullish() }),
  phase: z.enum(PHASES),
  cause: z.enum(VERDICT_CAUSES),
  acceptable: z.array(z.enum(VERDICT_CAUSES)),
})

/**
 * Replays labelled folders and scores the verdicts against their labels.
 * @throws WhytimeoutError LABELS_INVALID
 */
export async function evaluate(
  folders: readonly string[],
  options: { readonly rules?: string | undefined; readonly now: number; readonly text?: boolean },
  onScenario: (name: string, done: number, of: number) => void = () => {},
): Promise<EvalResult> {
  const paths = (await Promise.all(folders.map(labelledIn))).flat()
  const scenarios: ScenarioResult[] = []
  for (const path of paths) {
    onScenario(basename(path), scenarios.length, paths.length)
    const truths = await readTruth(path)
    const { verdicts } = await replay({ paths: [path], rules: options.rules, now: options.now, text: options.text })
    const matching = matchUp(truths, verdicts)
    scenarios.push({ name: basename(path), matching, score: score(matching) })
  }
  const all: Matching = {
    pairs: scenarios.flatMap((s) => s.matching.pairs),
    missed: scenarios.flatMap((s) => s.matching.missed),
    surplus: scenarios.flatMap((s) => s.matching.surplus),
  }
  return { scenarios, total: score(all) }
}

/** A labelled folder itself, or those right below it. @throws WhytimeoutError INPUT_NOT_FOUND, LABELS_INVALID */
export async function labelledIn(path: string): Promise<string[]> {
  const entries = await readdir(path).catch((error: unknown) => {
    throw new WhytimeoutError('INPUT_NOT_FOUND', 'no such folder', path, { cause: error })
  })
  if (entries.includes('truth.ndjson')) return [path]
  const below: string[] = []
  for (const entry of entries.sort()) {
    const candidate = join(path, entry)
    const found = await stat(join(candidate, 'truth.ndjson')).catch(() => undefined)
    if (found) below.push(candidate)
  }
  if (below.length === 0) throw new WhytimeoutError('LABELS_INVALID', 'no truth.ndjson here or one level below', path)
  return below
}

/** The labels of a folder. @throws WhytimeoutError LABELS_INVALID */
export async function readTruth(path: string): Promise<Truth[]> {
  const file = join(path, 'truth.ndjson')
  const lines = (await readFile(file, 'utf8')).split('\n')
  return lines.flatMap((line, i) => {
    if (line.trim() === '') return []
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      throw new WhytimeoutError('LABELS_INVALID', 'not JSON', `${file}:${i + 1}`)
    }
    const read = TruthLine.safeParse(value)
    if (!read.success)
      throw new WhytimeoutError(
        'LABELS_INVALID',
        `${read.error.issues[0]?.path.join('.')}: ${read.error.issues[0]?.message}`,
        `${file}:${i + 1}`,
      )
    return [read.data as Truth]
  })
}
