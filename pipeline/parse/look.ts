import { columnsLineIn, mayNameColumns } from './columns.js'
import { decode, guessCharset } from './decode.js'
import type { Inference } from './infer.js'
import { mask } from './mask.js'
import type { Outcome } from './record.js'
import { isZoned } from './time.js'

/** What is known of a record besides its lines. */
export type Beside = {
  /** When an envelope that was taken off before says that it was taken in, epoch ms. */
  readonly shippedAt?: number | undefined
  /** The folder that its log lies in: whoever collected it called its host so. */
  readonly folder?: string | undefined
}

/**
 * Gives a record of the first pass to the inference: its events, and the columns that it names for others.
 */
export function look(
  inference: Pick<Inference, 'observe' | 'observeColumns'>,
  outcome: Outcome,
  text: string,
  { shippedAt, folder }: Beside = {},
): void {
  const columns = mayNameColumns(outcome, text) ? columnsLineIn(mask(decode(text))) : undefined
  if (columns !== undefined) inference.observeColumns(outcome.origin, columns)
  if (outcome.kind !== 'events') return
  const { origin, format } = outcome
  const charset = guessCharset(text)
  for (const { at, wall, event, shippedAt: byHeader } of outcome.events) {
    // Whose zone is said needs nothing besides.
    const moments = isZoned(wall) ? [] : [byHeader, shippedAt, ...epochsIn(text)].filter((m) => m !== undefined)
    inference.observe({ origin, format, at, wall, event, charset, moments, folder })
  }
}

/** Seconds or milliseconds since 1970, from 2017 to 2033: what else has so many digits is of other times, and has no majority. */
const EPOCH = /(?<![\d.])1[5-9]\d{8}(?:\d{3})?(?!\d)/g
const MOST_EPOCHS = 3

function epochsIn(text: string): number[] {
  const found: number[] = []
  for (const [digits] of text.matchAll(EPOCH)) {
    found.push(digits.length === 10 ? Number(digits) * 1_000 : Number(digits))
    if (found.length === MOST_EPOCHS) break
  }
  return found
}
