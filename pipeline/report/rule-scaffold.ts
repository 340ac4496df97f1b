import type { Cause } from '../../schemas/vocabulary.js'

/**
 * A mechanism that loads, passes lint and its own tests, and matches nothing real: every text to be replaced says so.
 * @param id  kebab-case
 */
export function mechanismScaffold(cause: Cause, id: string): string {
  return `# yaml-language-server: $schema=../../schemas/generated/rule.schema.json
# Replace what is in angle brackets; fields: docs/reference/fields.md, facts: docs/reference/facts.md. Then: whytimeout rules test && whytimeout rules lint --write
id: ${id}
cause: ${cause}
status: experimental
name: { en: "<what happened, as a headline>", zh: "<标题：发生了什么>" }
summary:
  en: "<How it makes a time-out, in one sentence.>"
  zh: "<一句话说明它如何造成超时。>"
references: ["<the manual, RFC or source file that says so>"]
phases: [connect, tls, response] # of dns, connect, tls, response, idle
signals:
  # +1 bit doubles the odds. bind: whose line it must be; within: how near to the attempt.
  words:
    {
      bits: 9,
      bind: terminal,
      within: { before: 60s, after: 10s },
      where: { message|contains: ["<words of the line that shows it: ${id}>"] },
    }
  neighbours-fail-too: { use: several-sites-fail, bits: -3 }
needs: [terminal] # kinds of log that would show it
blind_spots:
  - en: "<What logs may hide.>"
    zh: "<日志可能看不到什么。>"
false_positives:
  - en: "<What may look like it and is not.>"
    zh: "<什么看似相同而并非如此。>"
remedies: [check_connection]
next_step:
  en: "<What to do first, concretely.>"
  zh: "<首先具体做什么。>"
confirm:
  en: "<A question whose answer settles it?>"
  zh: "<能够确认它的问题？>"
tests:
  - name: "the line stands right before the time-out"
    given:
      - { at: 20s, host.name: t1, whytimeout.terminal_id: T1, message: "<words of the line that shows it: ${id}>" }
      - {
          at: 30s,
          host.name: t1,
          whytimeout.terminal_id: T1,
          event.action: response-timeout,
          event.duration: 5000000000,
        }
    expect: { mechanism: ${id}, signals: [words] }
  - name: "near miss: the same time-out without the line"
    given:
      - {
          at: 30s,
          host.name: t1,
          whytimeout.terminal_id: T1,
          event.action: response-timeout,
          event.duration: 5000000000,
        }
    expect: { cause: unknown }
`
}

/** A shared signal that loads and matches nothing real. */
export function signalScaffold(id: string): string {
  return `# yaml-language-server: $schema=../../schemas/generated/signals.schema.json
# Replace what is in angle brackets; one of where (one event), facts (the whole episode) and delta (growth of a counter).
${id}:
  description: { en: "<What the line or the facts say>", zh: "<日志或事实说明了什么>" }
  where: { message|contains: ["<words of the line: ${id}>"] }
`
}
