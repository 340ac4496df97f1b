import type { LogEvent } from '../../schemas/event.js'

/** One event as the diagnosis sees it. */
export type Observation = {
  /** Epoch ms, the origin's clock error taken out: what events are ordered by. */
  readonly at: number
  readonly id: string
  readonly origin: string
  readonly event: Readonly<LogEvent>
  /** Ids of the event signals that rules saw, sorted. */
  readonly signals: readonly string[]
}

/** The total order of a realm: by time, then by id. */
export const byTimeThenId = (a: { at: number; id: string }, b: { at: number; id: string }): number =>
  a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** A symptom says that an attempt ran out: only these open an episode. */
export const isSymptom = (event: Readonly<LogEvent>): boolean =>
  event['event.action']?.endsWith('-timeout') === true && sufferer(event) !== undefined

/**
 * Whose attempt a symptom speaks of. A server's or name server's own waits are evidence, not timeouts of the terminal or the gateway.
 */
export function sufferer(event: Readonly<LogEvent>): 'terminal' | 'gateway' | undefined {
  if (event['whytimeout.suffered_by']) return event['whytimeout.suffered_by']
  switch (event['whytimeout.role']) {
    case 'gateway':
      return 'gateway'
    case 'router':
    case 'provider':
    case 'server':
    case 'dns':
      return undefined
    default:
      return 'terminal'
  }
}
