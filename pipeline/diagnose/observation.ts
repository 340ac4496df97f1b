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
  event['event.action']?.endsWith('-timeout') === true &&
  sufferer(event) !== undefined &&
  standInOf(event) === undefined

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
    case 'dns':
      return undefined
    case 'server':
      return servesOn(event) ? 'gateway' : undefined
    default:
      return 'terminal'
  }
}

/** Who waits for another in the name of a terminal's numbered request is a gateway to it, whatever stands before it. */
const servesOn = (event: Readonly<LogEvent>): boolean =>
  event['whytimeout.terminal_id'] !== undefined &&
  event['whytimeout.stan'] !== undefined &&
  (event['destination.ip'] ?? event['destination.domain']) !== undefined

/**
 * A wait that ran out for whoever watches or asks for others: a health check, a name server on behalf of its clients, the operating system for
 * one of its programs.
 */
export type StandIn = 'health-check' | 'resolver' | 'system'

const RAN_OUT = /tim(?:ed?[- ]?out|e[- ]?out)|deadline|超时/i

/**
 * Evidence beside anybody's attempt, and no timeout of its own. Where nobody's attempt is in the logs, it is all that tells of the attempts
 * that must have run out.
 */
export function standInOf(event: Readonly<LogEvent>): StandIn | undefined {
  switch (event['event.action']) {
    case 'health-check-failed':
      return RAN_OUT.test(`${event['event.reason'] ?? ''} ${event.message ?? ''}`) ? 'health-check' : undefined
    case 'dns-forwarded': {
      // What a resolver says of one query of a client, not of the state of a server.
      const isOne = event['event.reason'] === 'timed out' && event['dns.question.name'] !== undefined
      const role = event['whytimeout.role'] ?? 'unknown'
      return isOne && event['event.outcome'] === 'failure' && (role === 'unknown' || role === 'dns')
        ? 'resolver'
        : undefined
    }
    case 'dns-timeout':
      // Windows says so of every program's lookup, a payment or not.
      return event['event.dataset']?.startsWith('windows-event') && sufferer(event) === 'terminal'
        ? 'system'
        : undefined
    default:
      return undefined
  }
}
