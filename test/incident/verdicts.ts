import type { VerdictNote } from '../../pipeline/incident/note.js'
import type { Verdict } from '../../schemas/verdict.js'
import { VERDICT_CAUSES } from '../../schemas/vocabulary.js'

const iso = (ms: number): string => new Date(ms).toISOString()

/** A verdict of which a note would say just this. */
export function verdictOf(n: VerdictNote, state: 'provisional' | 'final' = 'final', count = 3): Verdict {
  const [host, port] = (n.target ?? '').split(':')
  return {
    '@timestamp': iso(n.at),
    ecs: { version: '8.17.0' },
    event: { id: n.id, start: iso(n.start), end: iso(n.at), duration: (n.at - n.start) * 1e6 },
    ...(n.target !== undefined && { destination: { ip: host, port: Number(port) } }),
    rule: { id: n.mechanism, name: n.mechanism, version: String(n.generation) },
    whytimeout: {
      ...(n.who !== undefined && { terminal_id: n.who }),
      ...(n.site !== undefined && { site_id: n.site }),
      realm: n.realm,
      episode: { id: n.anchor, phase: n.phase, suffered_by: 'terminal' },
      verdict: { cause: n.cause, mechanism: n.mechanism, state, scope: n.scope, scope_id: n.scopeId },
      score: Object.fromEntries(
        VERDICT_CAUSES.map((c) => [c, c === n.cause ? 0.9 : c === (n.guess ?? 'network_latency') ? 0.1 : 0]),
      ),
      evidence: { event_id: [n.anchor], signal: [], count, missing: n.missing },
      rules: { generation: n.generation, digest: 'x' },
      detail: {
        evidence: n.evidence.map((e) => ({ ...e, origin: 'h/l' })),
        considered: [],
        around: { failed: n.failed, ok: n.ok },
        explain: { en: '', zh: '' },
      },
    },
  } as unknown as Verdict
}
