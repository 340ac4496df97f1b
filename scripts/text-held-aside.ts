import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TEXT_MODEL } from '../pipeline/match/load.js'
import { FORMATS } from '../pipeline/parse/formats/index.js'
import { type Matching, matchUp, score } from '../pipeline/report/score.js'
import { labelledIn, readTruth } from '../pipeline/run/eval.js'
import { replay } from '../pipeline/run/replay.js'
import { loadPack } from '../pipeline/run/rules.js'
import { lessonsOf, train } from './text-training.js'

/**
 * What the text classifier is worth where a log's format is unknown: labelled folders are read without one format, with a model that did not
 * learn from its lines, at several caps. `node dist/scripts/text-held-aside.js <labelled folder>… -- <format>…`
 */
const BITS = [0, 0.5, 1, 1.5]
const args = process.argv.slice(2)
const cut = args.indexOf('--')
const folders = (await Promise.all(args.slice(0, cut).map(labelledIn))).flat()
const lessons = lessonsOf(await loadPack('rules', { text: false }), 'fixtures/formats')
const work = await mkdtemp(join(tmpdir(), 'whytimeout-held-aside-'))
try {
  for (const id of args.slice(cut + 1)) {
    const { model } = train(
      lessons.filter((l) => l.from !== `fixtures/${id}`),
      `without ${id}`,
    )
    for (const bits of BITS) {
      const rules = join(work, `${id}-${bits}`)
      await cp('rules', rules, { recursive: true })
      await writeFile(join(rules, TEXT_MODEL), JSON.stringify({ ...model, bits }))
      console.log(`${id.padEnd(14)} ${bits.toFixed(1)} bits  ${await measure(rules, id)}`)
    }
  }
} finally {
  await rm(work, { recursive: true, force: true })
}

async function measure(rules: string, without: string): Promise<string> {
  const all: Matching[] = []
  let hinted = 0
  const formats = FORMATS.filter((f) => f.id !== without)
  for (const folder of folders) {
    const { verdicts } = await replay({ paths: [folder], rules, formats, now: Date.now() })
    hinted += verdicts.filter((v) =>
      v.whytimeout.detail.considered.some((c) => c.signals.some((s) => s.signal.startsWith('text-'))),
    ).length
    all.push(matchUp(await readTruth(folder), verdicts))
  }
  const total = score({
    pairs: all.flatMap((m) => m.pairs),
    missed: all.flatMap((m) => m.missed),
    surplus: all.flatMap((m) => m.surplus),
  })
  const { timeouts, top1, top3, sharpness, sure_wrong, brier, ece } = total
  return JSON.stringify({ folders: folders.length, timeouts, hinted, top1, top3, sharpness, sure_wrong, brier, ece })
}
