import { address } from './flow.js'

/** An address as network devices write it in a sentence, with what stands around it. */
export type Endpoint = {
  readonly ip: string
  readonly port: string | undefined
  /** Interface or zone named right before the address: `outside:192.0.2.1/443`. */
  readonly at: string | undefined
  /** In parentheses: what the address before it is translated to. */
  readonly mapped: boolean
}

const ENDPOINT =
  /(\()?(?:(?<![\w.-])([A-Za-z_][\w.-]{0,47})[:/])?(?<![\w.])((?:\d{1,3}\.){3}\d{1,3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?![0-9A-Fa-f]))(?:(?:[/(#]|:(?=\d{1,5}(?![\w:])))(\d{1,5})\)?)?/g

/** The addresses of a sentence in order: `if:1.2.3.4/80`, `if/1.2.3.4(80)`, `1.2.3.4:80`, `2001:db8::1/443`. Looks at 1000 characters. */
export function endpointsIn(text: string): Endpoint[] {
  const found: Endpoint[] = []
  for (const m of text.slice(0, 1_000).matchAll(ENDPOINT)) {
    const ip = address(m[3])
    if (ip !== undefined) found.push({ ip, port: m[4], at: m[2], mapped: m[1] !== undefined })
  }
  return found
}

/** Cisco's names of the eight levels of syslog. */
export const SEVERITIES = ['emergency', 'alert', 'critical', 'error', 'warning', 'notice', 'info', 'debug'] as const
