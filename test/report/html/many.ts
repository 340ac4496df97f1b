import type { Incident } from '../../../schemas/incident.js'
import type { Summary } from '../../../schemas/summary.js'
import type { Verdict } from '../../../schemas/verdict.js'
import { CAUSES, PHASES, VERDICT_CAUSES } from '../../../schemas/vocabulary.js'

export type Crowd = {
  readonly verdicts: number
  readonly sites?: number
  readonly terminalsPerSite?: number
  /** Days that they are spread over. */
  readonly days?: number
  /** Stands in every text that a log could have brought. */
  readonly text?: string
}
const BEGIN = Date.parse('2026-03-02T00:00:00Z')
const DAY = 86_400_000

/** An event id as they look: six letters of time, a dash, a hash; here of a number. */
const idOf = (kind: string, n: number): string =>
  `mm${kind}${n.toString(36).padStart(5, '0')}-${((n * 2_654_435_761) % 2 ** 32).toString(36)}`

/** Verdicts of a made-up fleet, in the order of time: outages of a site each, and single ones between. The n-th is always the same. */
export function* manyVerdicts({
  verdicts,
  sites = 40,
  terminalsPerSite = 6,
  days = 3,
  text = '',
}: Crowd): Generator<Verdict> {
  for (let n = 0; n < verdicts; n++) {
    const outage = Math.floor(n / 50)
    const site = n % 10 === 9 ? (n * 7) % sites : (outage * 13) % sites
    const cause = n % 25 === 24 ? 'unknown' : (CAUSES[(outage * 3 + (site % 2)) % CAUSES.length] ?? 'unknown')
    const terminal = `T${String(site).padStart(4, '0')}${n % terminalsPerSite}`
    const at = BEGIN + Math.floor((n / verdicts) * days * DAY)
    const confidence = cause === 'unknown' ? 0.56 : 0.5 + ((n * 37) % 50) / 100
    const evidence = [0, 1].map((i) => ({
      event_id: idOf('e', n * 2 + i),
      origin: `till-${site}/pos.log`,
      signal: i === 0 ? 'heavy-loss' : 'site-fine',
      bits: i === 0 ? 9 : -2,
      text: `probe ${n} of the line is lost ${text}`,
    }))
    yield {
      '@timestamp': new Date(at).toISOString(),
      event: { id: idOf('v', n), start: new Date(at - 5_000).toISOString(), end: new Date(at).toISOString() },
      source: { ip: `198.51.100.${site % 250}`, port: 20_000 + (n % 40_000) },
      destination: { domain: `pay${site % 3}.example.net`, port: 9443 },
      host: { name: `till-${site}${text}` },
      whytimeout: {
        terminal_id: `${terminal}${text}`,
        site_id: `SHOP-${String(site).padStart(4, '0')}${text}`,
        isp: ['NorthNet', 'SouthNet'][site % 2],
        gateway: 'edge1',
        realm: 'default',
        episode: { id: idOf('e', n * 2), key: String(n), phase: PHASES[n % 3 === 0 ? 3 : 1], suffered_by: 'terminal' },
        verdict: {
          cause,
          mechanism: cause === 'network_latency' ? 'lossy-line' : cause === 'unknown' ? 'unknown' : `made-up-${cause}`,
          confidence,
          scope: 'site',
          scope_id: `SHOP-${String(site).padStart(4, '0')}${text}`,
        },
        score: Object.fromEntries(VERDICT_CAUSES.map((c) => [c, c === cause ? confidence : (1 - confidence) / 10])),
        evidence: { event_id: evidence.map((e) => e.event_id), missing: ['host'] },
        ruled_out: ['dns_resolution'],
        remedy: { id: ['check_connection', 'contact_isp'] },
        detail: {
          evidence,
          considered: [
            {
              mechanism: 'lossy-line',
              cause,
              bits: 4.8,
              probability: confidence,
              signals: evidence.map((e) => ({ ...e, event_id: [e.event_id] })),
            },
          ],
          ruled_out: [{ cause: 'dns_resolution', mechanism: 'dns-slow', signal: 'dns-fine', bits: -5, event_id: '' }],
          around: { failed: 9, ok: 8 },
          explain: { en: `The terminal ${terminal} gave up. ${text}`, zh: `终端 ${terminal} 放弃。${text}` },
        },
      },
    } as unknown as Verdict
  }
}

/** One incident for every fifty of them, without a look at what they say. */
export function* manyIncidents({ verdicts, sites = 40, days = 3, text = '' }: Crowd): Generator<Incident> {
  for (let n = 0; n * 50 < verdicts; n++) {
    const at = BEGIN + Math.floor(((n * 50) / verdicts) * days * DAY)
    const end = BEGIN + Math.floor(((n * 50 + 49) / verdicts) * days * DAY)
    yield {
      '@timestamp': new Date(at).toISOString(),
      event: { id: idOf('i', n) },
      whytimeout: {
        realm: 'default',
        incident: {
          id: idOf('i', n),
          cause: CAUSES[(n * 3) % CAUSES.length],
          mechanism: 'lossy-line',
          scope: 'site',
          scope_id: `SHOP-${String((n * 13) % sites).padStart(4, '0')}${text}`,
          state: 'closed',
          first: new Date(at).toISOString(),
          last: new Date(end).toISOString(),
          verdicts: Math.min(50, verdicts - n * 50),
          terminals: 6,
          share: 0.79,
          evidence: { event_id: [idOf('e', n * 100)] },
          remedy: { id: ['check_connection'] },
          explain: { en: `Over: 50 timeouts. ${text}`, zh: `已结束：50 次超时。${text}` },
        },
      },
    } as unknown as Incident
  }
}

export const lineOf = (id: string, text = '') => ({
  id,
  at: BEGIN,
  host: `router${text}`,
  text: `[1772777520] 203.0.113.80 : [36], timed out ${text}`,
  place: `logs/router${text}/wan-monitor.log:37`,
})

export const summaryOf = (timeouts: number, text = ''): Summary => ({
  books: { read: 10, events: 6, filtered: 2, duplicates: 1, dead_lettered: 1 },
  files: [
    {
      path: `logs/a${text}.log`,
      bytes: 100,
      origins: ['a'],
      books: { read: 10, events: 6, filtered: 2, duplicates: 1, dead_lettered: 1 },
      formats: { haproxy: 6 },
      generic_share: 0,
    },
  ],
  formats: { haproxy: 6 },
  generic_share: 0,
  timeouts,
  by_cause: {},
  by_phase: {},
  by_site: {},
  not_timeouts: { 'connection-closed': 3 },
  unread: {},
  evidence: {},
  assumed: [
    { origin: `a${text}`, what: 'zone', value: '+08:00', why: `its begin and end against the other logs ${text}` },
  ],
  unparsed_share: 0.125,
  first: null,
  last: null,
  duration_secs: 1,
  rules_digest: 'abc',
})
