import type { Incident } from '../../../schemas/incident.js'
import type { Verdict } from '../../../schemas/verdict.js'
import { PHASES, VERDICT_CAUSES } from '../../../schemas/vocabulary.js'
import { missedWords } from '../missed-text.js'
import { type Fact, MAX_NAME } from './facts.js'
import type { IncidentItem, VerdictItem } from './model.js'

/** Bounds of one verdict in the page, so that the whole is bounded by how many are listed. */
const MAX_EVENTS = 24
const MAX_EVIDENCE = 24
const MAX_CONSIDERED = 6
const MAX_SIGNALS = 12
const MAX_MISSED = 6
const MAX_EXPLAIN = 1_200
const MAX_TEXT = 240

/** `host:port` that was tried; the gateway's own name for it where that is all there is. */
export function endpointOf(v: Verdict): string | undefined {
  const name = v.destination?.domain ?? v.destination?.ip ?? v.service?.target.name
  const port = v.destination?.port
  return name === undefined || port === undefined ? name : `${name}:${port}`
}
const sourceOf = (v: Verdict): string | undefined =>
  v.source?.ip === undefined || v.source.port === undefined ? v.source?.ip : `${v.source.ip}:${v.source.port}`

export const causeIndex = (v: Verdict): number => VERDICT_CAUSES.indexOf(v.whytimeout.verdict.cause)
/** What a filter of the page may ask of it. */
export const factOf = (v: Verdict): Fact =>
  present({
    id: v.event.id,
    at: Date.parse(v.event.end),
    cause: causeIndex(v),
    phase: PHASES.indexOf(v.whytimeout.episode.phase),
    confidence: v.whytimeout.verdict.confidence,
    site: v.whytimeout.site_id,
    terminal: v.whytimeout.terminal_id,
    isp: v.whytimeout.isp,
    endpoint: endpointOf(v),
  })

export function verdictItem(v: Verdict): VerdictItem {
  const w = v.whytimeout
  const cited = new Set(w.detail.evidence.map((e) => e.event_id))
  const symptomsFirst = [...w.evidence.event_id].sort((a, b) => Number(cited.has(a)) - Number(cited.has(b)))
  return present({
    id: v.event.id,
    at: Date.parse(v['@timestamp']),
    start: Date.parse(v.event.start),
    end: Date.parse(v.event.end),
    cause: causeIndex(v),
    mechanism: w.verdict.mechanism,
    confidence: w.verdict.confidence,
    phase: PHASES.indexOf(w.episode.phase),
    suffered: w.episode.suffered_by,
    scope: w.verdict.scope,
    scopeId: named(w.verdict.scope_id),
    realm: named(w.realm),
    terminal: named(w.terminal_id),
    site: named(w.site_id),
    isp: named(w.isp),
    gateway: named(w.gateway),
    endpoint: named(endpointOf(v)),
    source: sourceOf(v),
    key: named(w.episode.key),
    host: named(v.host?.name),
    failed: w.detail.around?.failed ?? 1,
    ok: w.detail.around?.ok ?? 0,
    scores: VERDICT_CAUSES.map((c) => w.score[c]),
    considered: w.detail.considered.slice(0, MAX_CONSIDERED).map((c) => ({
      mechanism: c.mechanism,
      cause: VERDICT_CAUSES.indexOf(c.cause),
      bits: c.bits,
      probability: c.probability,
      signals: c.signals.slice(0, MAX_SIGNALS).map((s) => [s.signal, s.bits] as const),
    })),
    evidence: w.detail.evidence
      .slice(0, MAX_EVIDENCE)
      .map((e) => ({ event: e.event_id, signal: e.signal, bits: e.bits, text: e.text.slice(0, MAX_TEXT) })),
    events: symptomsFirst.slice(0, MAX_EVENTS),
    ruledOut: w.ruled_out.map((cause) => {
      // Absent in verdicts of an older program.
      const why = w.detail.ruled_out?.find((r) => r.cause === cause)
      return {
        cause: VERDICT_CAUSES.indexOf(cause),
        ...(why && { mechanism: why.mechanism, signal: why.signal, bits: why.bits, event: why.event_id }),
      }
    }),
    missed:
      w.detail.missed === undefined
        ? undefined
        : w.detail.missed.slice(0, MAX_MISSED).map((m) => {
            const { en, zh } = missedWords(m)
            const why = { en: en.slice(0, MAX_TEXT), zh: zh.slice(0, MAX_TEXT) }
            return { mechanism: m.mechanism, signal: m.signal, bits: m.bits, why }
          }),
    missing: w.evidence.missing,
    remedy: w.remedy.id,
    explain: words(w.detail.explain),
  })
}

export const incidentItem = (i: Incident): IncidentItem => {
  const { incident, realm } = i.whytimeout
  return {
    id: incident.id,
    cause: VERDICT_CAUSES.indexOf(incident.cause),
    mechanism: incident.mechanism,
    scope: incident.scope,
    scopeId: named(incident.scope_id),
    realm: named(realm),
    isOpen: incident.state === 'open',
    first: Date.parse(incident.first),
    last: Date.parse(incident.last),
    timeouts: incident.verdicts,
    terminals: incident.terminals,
    share: incident.share,
    remedy: incident.remedy.id,
    evidence: incident.evidence.event_id,
    explain: words(incident.explain),
  }
}

/** Names of logs have no limit of their own. */
const named = <T extends string | undefined>(name: T): T => name?.slice(0, MAX_NAME) as T
const words = ({ en, zh }: { en: string; zh: string }) => ({
  en: en.slice(0, MAX_EXPLAIN),
  zh: zh.slice(0, MAX_EXPLAIN),
})

/** Without the keys that have no value: they would say nothing, and JSON leaves them out. */
function present<T extends Record<string, unknown>>(o: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(o).filter(([, v]) => v !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
