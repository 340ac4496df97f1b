import type { LogEvent } from '../../schemas/event.js'
import type { Action } from '../../schemas/vocabulary.js'
import type { Seen, Trace } from './infer.js'
import type { Inventory } from './inventory.js'
import { isZoned } from './time.js'

/** What a server makes of a connection that it accepts, and a program of one that it opens. */
const ACCEPTS: ReadonlySet<string> = new Set(['other', 'connect-succeeded', 'session-started'] satisfies Action[])
const OPENS: ReadonlySet<string> = new Set(['connect-started', 'connect-succeeded'] satisfies Action[])
const COMES_IN =
  /\baccept(?:ed|ing)?\b|\bconnect(?:ion|ed) from\b|\bincoming\b|\binbound\b|\bnew (?:client|connection|session)\b|接入|接受连接|新(?:建)?连接|收到连接/i
const isAccepted = (event: LogEvent): boolean =>
  ACCEPTS.has(event['event.action'] ?? '') &&
  event['source.ip'] !== undefined &&
  event['source.port'] !== undefined &&
  (event['destination.port'] !== undefined || COMES_IN.test(event.message ?? ''))

export function traceOf(
  { event, at, origin, wall }: Seen,
  host: string,
  inventory: Inventory | undefined,
): Trace | undefined {
  const action = event['event.action']
  if (action === undefined || action === 'program-started') return undefined
  const terminal = event['whytimeout.terminal_id']
  const stan = event['whytimeout.stan']
  const sourceIp = event['source.ip']
  const ends = event['event.outcome'] === 'success' || event['event.outcome'] === 'failure'
  if (
    stan === undefined &&
    !(ends && (terminal !== undefined || sourceIp !== undefined)) &&
    action !== 'dns-query' &&
    !isAccepted(event) &&
    !OPENS.has(action)
  )
    return undefined
  const start = at - (event['event.duration'] ?? 0) / 1e6
  return withTerminal(
    event,
    {
      ...{ at, start, origin, host },
      ...(stan !== undefined && { stan }),
      ...(isZoned(wall) && { isZoned: true as const }),
    },
    inventory,
  )
}

/** With whom the line names: the terminal, its site, and where it came from. */
export function withTerminal(event: LogEvent, trace: Trace, inventory: Inventory | undefined): Trace {
  const terminal = event['whytimeout.terminal_id']
  const sourceIp = event['source.ip']
  const site = terminal === undefined ? undefined : inventory?.byTerminal(terminal, trace.at)?.site
  return {
    ...trace,
    ...(terminal !== undefined && { terminal }),
    ...(site !== undefined && { site }),
    ...(sourceIp !== undefined && { sourceIp }),
  }
}
