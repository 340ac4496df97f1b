import type { Output } from '../stream/diagnoser.js'
import type { StreamEvent } from '../stream/messages.js'
import type { Parsed } from '../stream/parser.js'

/** Told of everything that a stage has finished, for metrics and for whoever looks on. */
export type Observer = {
  /** Raw messages were parsed, and what came out is written. */
  readonly parsed: (done: {
    readonly topic: string
    readonly partition: number
    readonly messages: number
    readonly bytes: number
    readonly records: readonly Parsed[]
    /** Annotated events, those of open records too. */
    readonly events: readonly StreamEvent[]
  }) => void
  /** Outputs of the diagnosis are stored. */
  readonly stored: (outputs: readonly Output[]) => void
}

export const NO_OBSERVER: Observer = { parsed: () => {}, stored: () => {} }
