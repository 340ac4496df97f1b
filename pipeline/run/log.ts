import { pino } from 'pino'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
/** One line of the program's own log: what happened, and figures. Log content is for `debug` alone. */
export type StreamLog = (level: LogLevel, event: string, fields?: Readonly<object>) => void

/** Structured logs on stdout, a JSON object a line. */
export function createLog(level: LogLevel, bound: Readonly<object> = {}): StreamLog {
  const logger = pino({ level, base: { service: 'whytimeout', pid: process.pid, ...bound }, messageKey: 'event' })
  return (at, event, fields = {}) => logger[at](fields, event)
}
