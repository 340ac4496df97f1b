import type { LogEvent } from './event.js'

/** A flat event as the nested document that is stored: `source.ip` becomes `{ source: { ip } }`. */
export function nest(event: Readonly<LogEvent>): Record<string, unknown> {
  const document: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(event)) {
    if (value === undefined) continue
    const steps = name.split('.')
    let at = document
    for (const step of steps.slice(0, -1)) {
      const inner = (at[step] ?? {}) as Record<string, unknown>
      at[step] = inner
      at = inner
    }
    at[steps.at(-1) as string] = value
  }
  return document
}
