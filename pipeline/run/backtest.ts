import { createReadStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Verdict } from '../../schemas/verdict.js'
import { WhytimeoutError } from '../errors.js'
import { type BacktestResult, createComparison, type Judged } from '../report/backtest.js'
import { isRight, matchUp, type Truth } from '../report/score.js'
import { labelledIn, readTruth } from './eval.js'
import { type ReplayResult, replay } from './replay.js'
import { loadPack } from './rules.js'

export type BacktestOptions = {
  /** Rules folder; undefined is the built-in one. */
  readonly rules: string | undefined
  readonly against: string
  readonly paths: readonly string[]
  /** Now, epoch ms. */
  readonly now: number
}
type Part = { readonly name: string; readonly paths: readonly string[]; readonly truths: readonly Truth[] | undefined }

/**
 * Replays logs with two packs of rules and says which verdicts differ. Memory does not grow with the logs: both results are read side by side.
 * @throws WhytimeoutError RULE_INVALID, LABELS_INVALID and what replay throws
 */
export async function backtest(
  { rules, against, paths, now }: BacktestOptions,
  onPart: (name: string, done: number, of: number) => void = () => {},
): Promise<BacktestResult> {
  const packs = { old: await loadPack(rules), against: await loadPack(against) }
  const parts = await partsOf(paths)
  const comparison = createComparison()
  for (const [done, part] of parts.entries()) {
    onPart(part.name, done, parts.length)
    const work = await mkdtemp(join(tmpdir(), 'whytimeout-backtest-'))
    try {
      const run = (dir: string, pack: string | undefined): Promise<ReplayResult> =>
        replay({ paths: part.paths, rules: pack, now, out: join(work, dir) })
      const before = await run('old', rules)
      const after = await run('against', against)
      for await (const [a, b] of sideBySide(join(work, 'old'), join(work, 'against'))) comparison.add(part.name, a, b)
      if (part.truths)
        comparison.judge(
          part.name,
          part.truths,
          judged(part.truths, before.verdicts),
          judged(part.truths, after.verdicts),
        )
    } finally {
      await rm(work, { recursive: true, force: true })
    }
  }
  const nameOf = ({ generation, digest }: typeof packs.old) => ({ generation, digest })
  return { old: nameOf(packs.old), against: nameOf(packs.against), ...comparison.result() }
}

/** Labelled folders one by one, as eval reads them; everything else together. */
async function partsOf(paths: readonly string[]): Promise<Part[]> {
  const parts: Part[] = []
  const plain: string[] = []
  for (const path of paths) {
    const labelled = await labelledIn(path).catch((error: unknown) => {
      if (error instanceof WhytimeoutError) return []
      throw error
    })
    if (labelled.length === 0) plain.push(path)
    for (const folder of labelled)
      parts.push({ name: basename(folder), paths: [folder], truths: await readTruth(folder) })
  }
  return plain.length === 0 ? parts : [{ name: plain.join(' '), paths: plain, truths: undefined }, ...parts]
}

/** Each label with what became of it: right, wrong, or missed. */
function judged(truths: readonly Truth[], verdicts: readonly Verdict[]): ReadonlyMap<Truth, Judged> {
  const { pairs } = matchUp(truths, verdicts)
  return new Map(pairs.map((pair) => [pair.truth, { isRight: isRight(pair), verdict: pair.verdict }]))
}

/** Verdicts of two results by id; both files are in order of time, then id. */
async function* sideBySide(a: string, b: string): AsyncGenerator<[Verdict | undefined, Verdict | undefined]> {
  const left = verdictsOf(a)
  const right = verdictsOf(b)
  let [l, r] = [await left.next(), await right.next()]
  while (!l.done || !r.done) {
    const order = l.done ? 1 : r.done ? -1 : compare(l.value, r.value)
    const pair: [Verdict | undefined, Verdict | undefined] = [
      order <= 0 && !l.done ? l.value : undefined,
      order >= 0 && !r.done ? r.value : undefined,
    ]
    yield pair
    if (pair[0]) l = await left.next()
    if (pair[1]) r = await right.next()
  }
}

const keyOf = (v: Verdict): string => `${v['@timestamp']} ${v.event.id}`
const compare = (a: Verdict, b: Verdict): number => (keyOf(a) < keyOf(b) ? -1 : keyOf(a) > keyOf(b) ? 1 : 0)

async function* verdictsOf(dir: string): AsyncGenerator<Verdict, undefined> {
  const lines = createInterface({
    input: createReadStream(join(dir, 'verdicts.ndjson')),
    crlfDelay: Number.POSITIVE_INFINITY,
  })
  for await (const line of lines) if (line !== '') yield JSON.parse(line) as Verdict
  return undefined
}
