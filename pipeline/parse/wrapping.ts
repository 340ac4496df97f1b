import { readTime } from './time.js'

/**
 * What those who run programs put before each line of theirs: the name of a service (docker compose, pm2), of a pod and container (kubectl logs --prefix, stern).
 * The line's own head stands behind it.
 * Source: docker compose, pkg/compose/logs; pm2 lib/API/Log.js; kubectl logs --prefix; stern's default template.
 */
const LEADS: readonly RegExp[] = [
  /^[a-z0-9][a-z0-9_.-]{0,62} {1,40}\| /,
  /^\d{1,4}\|[A-Za-z0-9][\w.-]{0,40} {0,24}\| /,
  /^\[pod\/[a-z0-9.-]{1,128}\/[a-z0-9.-]{1,63}\] /,
  /^[a-z0-9](?:[a-z0-9-]{0,48})-[a-z0-9]{6,10}-[a-z0-9]{5} [a-z0-9-]{1,63} (?=[[{(]?\d)/,
]
const BAR = 124
const SQUARE = 91
const LONGEST = 200

/** How long the lead of a line is; 0 where it has none. */
export function leadOf(line: string): number {
  const c = line.charCodeAt(0)
  // Names of services and pods are in small letters; a bracket can only be a pod's.
  if (!((c >= 97 && c <= 122) || (c >= 48 && c <= 57) || c === SQUARE)) return 0
  const head = line.length > LONGEST ? line.slice(0, LONGEST) : line
  for (const lead of LEADS) {
    const found = lead.exec(head)?.[0].length
    if (found !== undefined && isLead(line, found)) return found
  }
  return 0
}

/** A table has such bars too, and more of them; behind a name there stands a time, an object, or words without another bar. */
function isLead(line: string, length: number): boolean {
  const rest = line.slice(length, length + LONGEST)
  if (line.charCodeAt(length - 2) !== BAR) return true
  return startsTimed(rest) || !rest.includes(' | ')
}

const startsTimed = (rest: string): boolean => {
  const at = /^[[(<]{0,2}/.exec(rest)?.[0].length ?? 0
  return rest.startsWith('{') || readTime(rest, at) !== undefined
}

/** The record without its leads, which every line of it has. */
export function withoutLeads(text: string): string {
  if (leadOf(text) === 0) return text
  return text
    .split('\n')
    .map((line) => line.slice(leadOf(line)))
    .join('\n')
}
