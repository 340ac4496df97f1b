import type { Phase } from '../../schemas/vocabulary.js'

/** Exit code 28 of curl, in the words of whoever wrote the script. Source: curl(1), EXIT CODES. */
const RAN_OUT = /\b(?:rc|exit|exit_?code|code|curl|err|errno|status|ret)["']?\s?[=:]\s?["']?28\b|\bcurl:? ?\(28\)/i
/** What `--write-out` gives: seconds from the beginning to the end of each step, 0 for one that did not end. */
const STEP = /\b(?:time_)?([a-z]{2,13})["']?(?:\s?[=:]\s?["']?|\s)(\d{1,4}\.\d{1,6})(?!\d)/gi
const NAMES: Readonly<Record<string, 'dns' | 'connect' | 'tls' | 'total'>> = {
  ...{ dns: 'dns', namelookup: 'dns', lookup: 'dns', nslookup: 'dns' },
  ...{ con: 'connect', conn: 'connect', connect: 'connect', tcp: 'connect' },
  ...{ tls: 'tls', ssl: 'tls', appconnect: 'tls' },
  ...{ total: 'total', tot: 'total', t: 'total' },
}

/**
 * How far a request of curl came whose limit ran out, by the times that a script had it write.
 * @returns undefined where the text is no such line
 */
export function readCurlSteps(text: string): Phase | undefined {
  if (!text.includes('28') || !RAN_OUT.test(text)) return undefined
  // It says so itself, and counts the connect as none until the handshake is done.
  if (/\bSSL connection timeout\b/i.test(text)) return 'tls'
  const seconds = new Map<string, number>()
  for (const [, name = '', value] of text.slice(0, 1_000).matchAll(STEP)) {
    const step = NAMES[name.toLowerCase()]
    if (step !== undefined && !seconds.has(step)) seconds.set(step, Number(value))
  }
  const [dns, connect, tls] = [seconds.get('dns'), seconds.get('connect'), seconds.get('tls')]
  if (seconds.size < 2 || connect === undefined) return undefined
  if (dns === 0) return 'dns'
  if (connect === 0) return 'connect'
  return tls === 0 ? 'tls' : 'response'
}
