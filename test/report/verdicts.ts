import type { Verdict } from '../../schemas/verdict.js'
import { type Phase, type Sufferer, VERDICT_CAUSES, type VerdictCause } from '../../schemas/vocabulary.js'

export type Given = {
  readonly start: string
  readonly end: string
  readonly cause: VerdictCause
  readonly confidence?: number
  readonly second?: VerdictCause
  readonly terminal?: string
  readonly sufferer?: Sufferer
  readonly phase?: Phase
  readonly port?: number
  readonly id?: string
}
/** A verdict of the given kind: the rest of the probability goes to `second`. */
export function verdict(g: Given): Verdict {
  const confidence = g.confidence ?? 0.9
  const second = g.second ?? (g.cause === 'unknown' ? 'network_latency' : 'unknown')
  const score = Object.fromEntries(
    VERDICT_CAUSES.map((c) => [c, c === g.cause ? confidence : c === second ? 1 - confidence : 0]),
  ) as Verdict['whytimeout']['score']
  return {
    '@timestamp': g.end,
    event: { id: g.id ?? `${g.start}${g.terminal ?? ''}`, start: g.start, end: g.end },
    ...(g.port !== undefined && { destination: { port: g.port } }),
    whytimeout: {
      terminal_id: g.terminal,
      episode: { suffered_by: g.sufferer ?? 'terminal', phase: g.phase ?? 'connect' },
      verdict: { cause: g.cause, confidence, mechanism: 'm' },
      score,
    },
  } as unknown as Verdict
}
