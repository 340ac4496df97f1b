import { z } from 'zod'
import { CAUSES, type Cause } from '../../schemas/vocabulary.js'
import { tokensOf } from './text-tokens.js'

/** A line of failure that says nothing of its cause. */
export const NO_CAUSE = 'none'
const LABELS = [...CAUSES, NO_CAUSE] as const
type TextLabel = (typeof LABELS)[number]

/** What natural's Bayes learnt, as counts: `rules/text-model.json`, written by `npm run train`. */
export const TextModel = z.strictObject({
  note: z.string(),
  /** What it may add to a cause; 0 is off. */
  bits: z.number().min(0).max(1.5),
  /** Lines of each label, one added, as natural counts them. */
  totals: z.partialRecord(z.enum(LABELS), z.int().min(1)),
  /** By token: in how many lines of each label it stands, one added; a label without it is left out. */
  tokens: z.record(z.string(), z.partialRecord(z.enum(LABELS), z.int().min(1))),
})
export type TextModel = z.infer<typeof TextModel>

/** Less than this many words known, or less sure than this: nothing is said. Chosen on formats held aside (docs/text-classifier.md). */
const MIN_KNOWN = 3
const MIN_SURE = 0.97
/** How often a label may hold a word that none of its lines did, whatever their number. */
const UNSEEN = 0.02
const MAX_REMEMBERED = 4_096
const MAX_REMEMBERED_CHARS = 600

export type TextReading = {
  readonly label: TextLabel
  /** 0..1, all labels held for equally likely before the line was read. */
  readonly probability: number
  /** The words that speak most for it, with their bits over the mean of the other labels. */
  readonly words: readonly { readonly word: string; readonly bits: number }[]
}
export type TextClassifier = {
  /** What the words of a line most likely speak of; undefined where too few are known. */
  readonly read: (message: string) => TextReading | undefined
  /** The cause that they speak of, if clearly so. */
  readonly causeOf: (message: string) => Cause | undefined
}

/**
 * Naive Bayes over natural's counts. Unlike natural's own sum it goes by shares, so that a label of few lines does not own every unknown
 * word; it has no prior, as how many lines we learnt from says nothing of how often a cause happens; and it costs tokens times labels,
 * whatever the model's size.
 */
export function createTextClassifier(model: TextModel): TextClassifier {
  const labels = LABELS.flatMap((label) => {
    const total = model.totals[label]
    return total === undefined ? [] : [{ label, total }]
  })
  // natural adds one to every count and total.
  const weights = new Map(
    Object.entries(model.tokens).map(([token, counts]) => [
      token,
      labels.map(({ label, total }) => Math.log(((counts[label] ?? 1) - 1) / Math.max(1, total - 1) + UNSEEN)),
    ]),
  )
  const remembered = new Map<string, Cause | undefined>()

  const read = (message: string): TextReading | undefined => {
    const known = tokensOf(message).flatMap((token) => {
      const weight = weights.get(token)
      return weight ? [{ token, weight }] : []
    })
    if (known.length < MIN_KNOWN) return undefined
    const sums = labels.map((_, i) => known.reduce((sum, { weight }) => sum + (weight[i] ?? 0), 0))
    const most = Math.max(...sums)
    const shares = sums.map((s) => Math.exp(s - most))
    const best = sums.indexOf(most)
    const label = labels[best]?.label ?? NO_CAUSE
    return {
      label,
      probability: 1 / shares.reduce((a, b) => a + b, 0),
      words: known
        .map(({ token, weight }) => ({ word: token.slice(2), bits: leadOf(weight, best) }))
        .sort((a, b) => b.bits - a.bits || (a.word < b.word ? -1 : 1))
        .slice(0, 5),
    }
  }
  return {
    read,
    causeOf: (message) => {
      if (remembered.has(message)) return remembered.get(message)
      const found = read(message)
      const isClear = found !== undefined && found.label !== NO_CAUSE && found.probability >= MIN_SURE
      const cause = isClear ? (found.label as Cause) : undefined
      // Lines come again; what is remembered saves time and changes no answer.
      if (remembered.size >= MAX_REMEMBERED) remembered.clear()
      if (message.length <= MAX_REMEMBERED_CHARS) remembered.set(message, cause)
      return cause
    },
  }
}

function leadOf(weight: readonly number[], best: number): number {
  const others = weight.filter((_, i) => i !== best)
  const mean = others.reduce((a, b) => a + b, 0) / Math.max(1, others.length)
  return Math.round((((weight[best] ?? 0) - mean) / Math.LN2) * 10) / 10
}
