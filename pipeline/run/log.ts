import { type DestinationStream, pino } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** One line of the program's own log: what happened, and figures. Log content is for `debug` alone, masked; docs/operations.md lists the events. */
export type StreamLog = ((level: LogLevel, event: string, fields?: Readonly<object>) => void) & {
  /** Whether lines at `debug` are written. */
  readonly isDebug?: boolean
}

/** Structured logs, a JSON object a line. @param to stdout by default */
export function createLog(level: LogLevel, bound: Readonly<object> = {}, to?: DestinationStream): StreamLog {
  const options = { level, base: { service: 'whytimeout', pid: process.pid, ...bound }, messageKey: 'event' }
  const logger = to ? pino(options, to) : pino(options)
  const write = (at: LogLevel, event: string, fields: Readonly<object> = {}) => logger[at](fields, event)
  return Object.assign(write, { isDebug: logger.isLevelEnabled('debug') })
}
