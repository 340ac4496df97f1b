import type { SinkState } from '../sinks/sink.js'
import type { Assigned } from '../sources/source.js'
import type { Output } from '../stream/diagnoser.js'
import type { StreamEvent } from '../stream/messages.js'
import type { Parsed } from '../stream/parser.js'

/** Told of everything that a stage has finished, for metrics, for the log and for whoever looks on. Never throws, never waits. */
export type Observer = {
  /** Raw messages were parsed, and what came out is written. */
  readonly parsed: (done: ParsedBatch) => void
  /** Outputs of the diagnosis are stored. */
  readonly stored: (outputs: readonly Output[]) => void
  /** Dead letters are written: the code of each. */
  readonly deadLettered: (stage: string, codes: readonly string[]) => void
  /** Partitions were handed out anew: these are this process's. None: it stands by. */
  readonly assigned: (stage: string, partitions: readonly Assigned[]) => void
  /** An offset was committed, or could not be. */
  readonly committed: (stage: string, isDone: boolean) => void
  /** A partition that had run too far ahead of the others was left for now, or is read on (`aheadMs` undefined). */
  readonly heldBack: (partition: Assigned, aheadMs: number | undefined) => void
  /** The client of a stage stopped and starts again by itself. */
  readonly restarted: (stage: string, error: Error) => void
  readonly sinkState: (sink: string, state: SinkState) => void
  /** Something went wrong: a code of docs/reference/errors.md. */
  readonly erred: (code: string) => void
  /** Whether the texts of filtered records are wanted too. */
  readonly wantsTexts: () => boolean
}
export type ParsedBatch = Assigned & {
  readonly messages: number
  readonly bytes: number
  readonly records: readonly Parsed[]
  /** Annotated events, those of open records too. */
  readonly events: readonly StreamEvent[]
}

export const NO_OBSERVER: Observer = {
  parsed: () => {},
  stored: () => {},
  deadLettered: () => {},
  assigned: () => {},
  committed: () => {},
  heldBack: () => {},
  restarted: () => {},
  sinkState: () => {},
  erred: () => {},
  wantsTexts: () => false,
}

/** Several as one, told in this order; each may leave out what it has no use for. */
export function observeAll(given: readonly Partial<Observer>[]): Observer {
  const all = given.map((o): Observer => ({ ...NO_OBSERVER, ...o }))
  return {
    parsed: (done) => {
      for (const o of all) o.parsed(done)
    },
    stored: (outputs) => {
      for (const o of all) o.stored(outputs)
    },
    deadLettered: (stage, codes) => {
      for (const o of all) o.deadLettered(stage, codes)
    },
    assigned: (stage, partitions) => {
      for (const o of all) o.assigned(stage, partitions)
    },
    committed: (stage, isDone) => {
      for (const o of all) o.committed(stage, isDone)
    },
    heldBack: (partition, aheadMs) => {
      for (const o of all) o.heldBack(partition, aheadMs)
    },
    restarted: (stage, error) => {
      for (const o of all) o.restarted(stage, error)
    },
    sinkState: (sink, state) => {
      for (const o of all) o.sinkState(sink, state)
    },
    erred: (code) => {
      for (const o of all) o.erred(code)
    },
    wantsTexts: () => all.some((o) => o.wantsTexts()),
  }
}
