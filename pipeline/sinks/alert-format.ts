import type { Scope } from '../../schemas/vocabulary.js'
import type { AlertState } from '../stream/alert-state.js'

/** By how far it reaches: a label must not change while an alert fires. */
const SEVERITY: Readonly<Record<Scope, 'critical' | 'warning' | 'info'>> = {
  fleet: 'critical',
  isp: 'critical',
  endpoint: 'critical',
  site: 'warning',
  terminal: 'info',
}
export const severityOf = ({ incident }: AlertState): 'critical' | 'warning' | 'info' =>
  SEVERITY[incident.whytimeout.incident.scope]

/** What tells one alert from another, and nothing that changes: receivers remove repeats by it. */
export function labelsOf(state: AlertState): Readonly<Record<string, string>> {
  const { realm, incident: i } = state.incident.whytimeout
  return {
    alertname: 'TcpTimeouts',
    realm,
    cause: i.cause,
    scope: i.scope,
    scope_id: i.scope_id,
    severity: severityOf(state),
  }
}

const iso = (ms: number): string => new Date(ms).toISOString()

/**
 * When it began and when it ends (epoch ms): never in the future but for the end of what still fires, as no receiver takes that
 * well, and never an end before its begin, which Alertmanager refuses.
 */
function timesOf({ incident, status }: AlertState, nowMs: number): { startsAt: string; endedAt: string | undefined } {
  const starts = Math.min(Date.parse(incident['@timestamp']), nowMs)
  const ended = Math.max(starts, Math.min(Date.parse(incident.event.end), nowMs))
  return { startsAt: iso(starts), endedAt: status === 'resolved' ? iso(ended) : undefined }
}

/**
 * A body for `POST /api/v2/alerts` of Alertmanager. Labels identify an alert, annotations are those sent last; an alert is over once its
 * endsAt has passed, so one that fires is sent again before that.
 * @param holdMs how long it fires without being sent again
 * @see Alertmanager, docs/alerts_api.md and api/v2/openapi.yaml
 */
export const alertmanagerBody = (states: readonly AlertState[], nowMs: number, holdMs: number): string =>
  JSON.stringify(
    states.map((state) => {
      const { startsAt, endedAt } = timesOf(state, nowMs)
      return {
        labels: labelsOf(state),
        annotations: annotationsOf(state),
        startsAt,
        endsAt: endedAt ?? iso(nowMs + holdMs),
      }
    }),
  )

function annotationsOf({ incident }: AlertState): Readonly<Record<string, string>> {
  const { incident: i } = incident.whytimeout
  return {
    summary: `${i.verdicts} timeouts at ${i.terminals} terminals, ${i.scope} ${i.scope_id}: ${i.cause}${i.cause === 'unknown' ? '' : `, ${i.mechanism}`}`,
    description: i.explain.en,
    description_zh: i.explain.zh,
    incident: i.id,
    mechanism: i.mechanism,
    first: i.first,
    last: i.last,
    verdicts: String(i.verdicts),
    terminals: String(i.terminals),
    share: String(i.share),
    remedy: i.remedy.id.join(', '),
    evidence: i.evidence.event_id.join(', '),
  }
}

/** Plain JSON: the same labels, and the incident as it is stored. */
export const jsonBody = (states: readonly AlertState[], nowMs: number): string =>
  JSON.stringify({
    version: 1,
    alerts: states.map((state) => {
      const { startsAt, endedAt } = timesOf(state, nowMs)
      return {
        status: state.status,
        labels: labelsOf(state),
        starts_at: startsAt,
        ...(endedAt !== undefined && { ends_at: endedAt }),
        incident: state.incident,
      }
    }),
  })
