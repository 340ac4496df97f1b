import { writeFile } from 'node:fs/promises'
import { createTextClassifier, NO_CAUSE } from '../pipeline/match/text-model.js'
import { loadPack } from '../pipeline/run/rules.js'
import { type Lesson, lessonsOf, train } from './text-training.js'

/**
 * Trains the text classifier on the rules and fixtures, and writes rules/text-model.json: `npm run train`. With `--held-aside` it writes
 * nothing and says how well lines are read whose format, or whose mechanism, was not learnt from.
 */
const pack = await loadPack('rules', { text: false })
const lessons = lessonsOf(pack, 'fixtures/formats')
if (process.argv.includes('--held-aside')) {
  heldAside('format', (l) => (l.from.startsWith('fixtures/') ? l.from : undefined))
  heldAside('mechanism', (l) => l.mechanism)
} else {
  const { model } = train(lessons, `natural 8.1.1 BayesClassifier, ${lessons.length} lessons; npm run train`)
  const tokens = Object.entries(model.tokens).map(([t, c]) => `    ${JSON.stringify(t)}: ${JSON.stringify(c)}`)
  await writeFile(
    'rules/text-model.json',
    `{\n  "note": ${JSON.stringify(model.note)},\n  "bits": ${model.bits},\n  "totals": ${JSON.stringify(model.totals)},\n  "tokens": {\n${tokens.join(',\n')}\n  }\n}\n`,
  )
  console.log(`${lessons.length} lessons, ${tokens.length} tokens`)
}

function heldAside(name: string, keyOf: (lesson: Lesson) => string | undefined): void {
  const count = { lines: 0, right: 0, wrong: 0, silent: 0, quiet: 0, quietWrong: 0 }
  for (const key of [...new Set(lessons.flatMap((l) => keyOf(l) ?? []))].sort()) {
    const classifier = createTextClassifier(
      train(
        lessons.filter((l) => keyOf(l) !== key),
        '',
      ).model,
    )
    for (const lesson of lessons.filter((l) => keyOf(l) === key)) {
      // A lesson has its tokens only; they read the same again.
      const said = classifier.causeOf(lesson.tokens.map((t) => t.slice(2)).join(' '))
      if (lesson.label === NO_CAUSE) {
        count.quiet++
        if (said !== undefined) count.quietWrong++
      } else {
        count.lines++
        if (said === undefined) count.silent++
        else if (said === lesson.label) count.right++
        else count.wrong++
      }
    }
  }
  console.log(
    `each ${name} by the others: ${count.lines} lines with a cause: ${count.right} right, ${count.wrong} wrong, ${count.silent} not said; ${count.quiet} without: ${count.quietWrong} given one`,
  )
}
