import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase } from '../../../schemas/vocabulary.js'
import { accept, defineFormat, type ParsedEvent } from '../format.js'
import { gated } from '../gate.js'
import { readEndpoint } from '../text.js'
import { readTime } from '../time.js'

/** GNU wget's log: a dated head with the URL, then what came of it. Source: wget(1); src/http.c, src/progress.c. */
const HEAD = gated(/--(?<at>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2})--\s{1,4}(?<url>\S{4,2048})/)
/** What became of it, in its own words, one line or the next; the limits are those of --connect-timeout, --read-timeout and --dns-timeout. */
const FAILURES: readonly (readonly [RegExp, Action, Phase])[] = [
  [/^Resolving \S{1,255}[^\n]{0,300}\bfailed: (?:Connection|Operation) timed out/, 'dns-timeout', 'dns'],
  [/\bfailed: (?:Connection|Operation) timed out/, 'connect-timeout', 'connect'],
  [/\bRead error \((?:Connection|Operation) timed out\)/, 'response-timeout', 'response'],
  [/\bfailed: Connection refused/, 'connection-refused', 'connect'],
  [/\bunable to resolve host address/, 'dns-failed', 'dns'],
]
function failureIn(lines: readonly string[]): ParsedFields | undefined {
  for (const line of lines)
    for (const [pattern, action, phase] of FAILURES)
      if (pattern.test(line))
        return {
          ...{ 'event.action': action, 'event.outcome': 'failure', 'event.category': ['network'] },
          ...{ 'whytimeout.phase': phase, 'error.message': line.trim().slice(0, 300) },
        }
  return undefined
}
/** The last address that it tried: `Connecting to pay.example (pay.example)|192.0.2.10|:8088...`. */
const triedIn = (lines: readonly string[]): string | undefined =>
  lines
    .map((line) => /^Connecting to [^|\n]{1,512}\|(\d{1,3}(?:\.\d{1,3}){3})\|:\d/.exec(line)?.[1])
    .findLast((ip) => ip !== undefined)

/** What follows a head, up to the next one. */
function untilNext(lines: readonly string[]): readonly string[] {
  const next = lines.findIndex((line) => HEAD.test(line))
  return next < 0 ? lines : lines.slice(0, next)
}

/** What is smaller fills no line: an answer to a request, as of a till that pays by wget. */
const SMALL_BYTES = 65_536
const DONE =
  /^(?<at>\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}) \((?<speed>[\d.,]{1,12} [KMG]?B\/s)\) - .{0,300}?(?:saved|received)(?: \[(?<got>\d{1,15})(?:\/\d{1,15})?\])?/

export const wget = defineFormat({
  id: 'wget',
  title: 'GNU wget',
  source: 'wget(1)',
  block: { starts: /^--\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}--\s/ },
  detect: (text) => (HEAD.test(text) ? 1 : DONE.test(text) ? 1 : 0),
  parse: (text) => {
    const done = DONE.exec(text)
    if (done?.groups) {
      const when = readTime(done.groups.at ?? '')
      return (
        when &&
        accept(
          {
            ...(Number(done.groups.got ?? SMALL_BYTES) < SMALL_BYTES
              ? { 'event.action': 'other' }
              : { 'event.action': 'transfer-ended', 'event.outcome': 'success' }),
            'process.name': 'wget',
            message: text.split('\n')[0]?.slice(0, 300) ?? '',
          },
          when.time,
        )
      )
    }
    const events: ParsedEvent[] = []
    // Several wgets may share one file; every head in the record is a transfer.
    const lines = text.split('\n')
    for (const [i, line] of lines.entries()) {
      const head = HEAD.exec(line)
      const when = head?.groups && readTime(head.groups.at ?? '')
      if (!head?.groups || !when) continue
      const bytes = /Length: (\d{1,15})/.exec(text)?.[1]
      const isSmall = bytes !== undefined && Number(bytes) < SMALL_BYTES
      const to = readEndpoint(head.groups.url ?? '')
      const own = untilNext(lines.slice(i + 1))
      const [failed, tried] = [failureIn(own), triedIn(own)]
      events.push({
        time: when.time,
        fields: {
          'event.action': isSmall ? 'request-started' : 'transfer-started',
          ...failed,
          // The only time there is, is that of its begin.
          ...(failed && { 'whytimeout.at_begin': true }),
          'process.name': 'wget',
          ...((to.ip ?? tried) !== undefined && { 'destination.ip': to.ip ?? tried }),
          ...(to.domain !== undefined && { 'destination.domain': to.domain }),
          ...(to.port !== undefined && { 'destination.port': to.port }),
          ...(bytes !== undefined && { 'destination.bytes': Number(bytes) }),
          'url.full': head.groups.url ?? '',
          message: [line.trim(), failed?.['error.message']]
            .filter((part) => part)
            .join(' ')
            .slice(0, 300),
        },
      })
    }
    return events.length > 0 ? { kind: 'events', events } : undefined
  },
})
