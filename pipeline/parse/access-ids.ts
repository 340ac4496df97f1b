import type { ParsedFields } from '../../schemas/event.js'
import { PAGE_AND_AGENT } from './access-line.js'
import { NS_PER_MS } from './format.js'
import { readText } from './text.js'

/** A bare number with its unit: `463012us`, `25111 us`, `4010 ms`, `1001472US`. */
const SPENT = /(?<![\w.=])(\d{1,12}) ?([uµm])s(?!\w)/i

/** Nothing stands behind these two, which most layouts end with. */
const NOTHING_MORE = new RegExp(String.raw`${PAGE_AND_AGENT}$`)

/** Whose request it was and how long it took, where an access log's layout has that behind the request, under a name or with a unit. */
export function addIds(fields: ParsedFields, tail: string): void {
  if (tail === '' || NOTHING_MORE.test(tail)) return
  const spent = SPENT.exec(tail)
  if (spent) fields['event.duration'] ??= Number(spent[1]) * (spent[2]?.toLowerCase() === 'm' ? NS_PER_MS : 1_000)
  if (!/[=:]/.test(tail)) return
  const { terminal, stan, merchant, requestId, durationMs } = readText(tail)
  if (durationMs !== undefined) fields['event.duration'] ??= durationMs * NS_PER_MS
  if (terminal !== undefined) fields['whytimeout.terminal_id'] ??= terminal
  if (stan !== undefined) fields['whytimeout.stan'] ??= stan
  if (merchant !== undefined) fields['whytimeout.merchant_id'] ??= merchant
  if (requestId !== undefined) fields['whytimeout.request_id'] ??= requestId
}
