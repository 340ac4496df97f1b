import { columnsLineIn, mayNameColumns } from './columns.js'
import { decode, guessCharset } from './decode.js'
import type { Inference } from './infer.js'
import { mask } from './mask.js'
import type { Outcome } from './record.js'

/** Gives a record of the first pass to the inference: its events, and the columns that it names for others. */
export function look(inference: Pick<Inference, 'observe' | 'observeColumns'>, outcome: Outcome, text: string): void {
  const columns = mayNameColumns(outcome, text) ? columnsLineIn(mask(decode(text))) : undefined
  if (columns !== undefined) inference.observeColumns(outcome.origin, columns)
  if (outcome.kind !== 'events') return
  const { origin, format } = outcome
  const charset = guessCharset(text)
  for (const { at, wall, event } of outcome.events) inference.observe({ origin, format, at, wall, event, charset })
}
