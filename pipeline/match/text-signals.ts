import type { LogEvent } from '../../schemas/event.js'
import type { Bind, Cause } from '../../schemas/vocabulary.js'
import type { CompiledSignal, Pack } from './pack.js'
import type { TextClassifier } from './text-model.js'
import { tellsFailure } from './text-tokens.js'

/** Signals of the classifier share one group: a cause gets its bits once, whatever many lines say. */
export const TEXT_GROUP = 'text'
const BEFORE_MS = 60_000
const AFTER_MS = 30_000
/** By what such a line may belong to an attempt; the lines of a server behind the gateway belong to all who wait for it. */
const PLACES: readonly { readonly name: string; readonly prefix: string; readonly bind: readonly Bind[] }[] = [
  { name: 'text-terminal', prefix: 'text', bind: ['terminal'] },
  { name: 'text-gateway', prefix: 'text', bind: ['gateway'] },
  { name: 'text-site', prefix: 'text', bind: ['site'] },
  { name: 'text-server', prefix: 'text-server', bind: ['realm'] },
]
/** Lines that are no exchange, no measurement and nothing that a parser had a word for. */
const UNREAD = new Set<LogEvent['event.action']>([undefined, 'other', 'request-failed'])

/** The signals that a cause's mechanisms get from the classifier. @param bits  at most 1.5: a hint */
export const textSignals = (cause: Cause, bits: number): CompiledSignal[] =>
  PLACES.map(({ name, prefix, bind }) => ({
    name,
    condition: { id: `${prefix}/${cause}`, kind: 'event', source: {}, test: () => false },
    bits,
    group: TEXT_GROUP,
    bind,
    beforeMs: BEFORE_MS,
    afterMs: AFTER_MS,
    wholeWindow: false,
    atLeast: 1,
  }))

/** Asks the classifier about what no rule has a signal for, where it has words of failure. */
export function withText(signalsOf: Pack['signalsOf'], classifier: TextClassifier): Pack['signalsOf'] {
  return (event) => {
    const found = signalsOf(event)
    const message = event.message
    if (found.length > 0 || message === undefined || !UNREAD.has(event['event.action'])) return found
    if (!tellsFailure(message)) return found
    const cause = classifier.causeOf(message)
    if (cause === undefined) return found
    return event['whytimeout.role'] === 'server' ? [`text-server/${cause}`, `text/${cause}`] : [`text/${cause}`]
  }
}
