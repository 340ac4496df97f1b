import type { FactName } from '../../schemas/facts.js'
import type { Missed, RuledOut, Verdict } from '../../schemas/verdict.js'
import { CAUSES, type Cause, type Phase, type Scope, type VerdictCause } from '../../schemas/vocabulary.js'
import type { Pack } from '../match/pack.js'
import { verdictId } from '../parse/event-id.js'
import type { Around } from './around.js'
import type { Endpoint } from './bind.js'
import { anchorOf, type Episode } from './episode.js'
import { explain, factText } from './explain.js'
import type { Facts } from './facts/fact.js'
import { standInOf } from './observation.js'
import { isPhasePresumed } from './phase.js'
import { scopeOf } from './scope.js'
import type { Weighed, Weighing } from './score.js'

const NS_PER_MS = 1e6
const MAX_CONSIDERED = 12
const MAX_TEXT = 240
/** A cause is ruled out when something spoke against it and next to nothing is left of it. */
const RULED_OUT_BITS = -2
const RULED_OUT_SCORE = 0.02

export type Decided = {
  readonly episode: Episode
  readonly endpoint: Endpoint
  readonly facts: Facts
  readonly weighing: Weighing
  /** Signals that were nearly seen. */
  readonly missed: readonly Missed[]
  readonly state: 'provisional' | 'final'
  readonly realm: string
  /** Message of an event by id, for the reader; events that are only sightings may be unknown here. */
  readonly textOf: (eventId: string) => { origin: string; text: string } | undefined
  /** Attempts around the episode within a scope. */
  readonly aroundOf: (scope: Scope) => Around
}

/**
 * The phase where the attempt's own log knows only of a wait: the one of every attempt that fails so; and where that log does not tell in which phase
 * its limit ran out, the connect if it was the packets which open connections that were dropped.
 */
function shownPhase(e: Episode, winner: Weighed | undefined, facts: Facts): Phase {
  const shown = winner?.mechanism.source.shows_phase
  // A limit for connect and handshake ran out in the handshake where the other side had taken the connection.
  if (e.phase === 'connect' && isPhasePresumed(e) && hasHandshake(e))
    return winner?.mechanism.source.after_accept ||
      (isOfProgram(winner) && facts.get('gateway.saw_attempt')?.value === true)
      ? 'tls'
      : 'connect'
  if (e.phase !== 'response' || !winner) return e.phase
  if (shown !== undefined && (shown !== 'connect' || isPhasePresumed(e))) return shown
  return isPhasePresumed(e) && winner.hits.some((h) => h.isOnOpening && h.bits > 0) ? 'connect' : e.phase
}

/** Of a program that does not answer, and not of packets that do not pass. */
const isOfProgram = (winner: Weighed | undefined): boolean =>
  winner?.mechanism.cause === 'software_misconfiguration' || winner?.mechanism.cause === 'server_failure'

/** Where TLS is spoken: by the scheme, or by the port's last digits, which nearly all give it. */
const hasHandshake = (e: Episode): boolean =>
  e.symptoms.some(({ event }) => `${event.message} ${event['error.message']}`.includes('https:')) ||
  /44[3-9]$/.test(String(e.port ?? ''))

/** The verdict document of a decided episode. Everything in it follows from the events, the pack and the inventory. */
export function verdictOf(pack: Pack, d: Decided): Verdict {
  const { episode: e, weighing, facts } = d
  const anchor = anchorOf(e)
  const ranked = [...(Object.entries(weighing.score) as [VerdictCause, number][])].sort(
    (a, b) => b[1] - a[1] || rank(a[0]) - rank(b[0]),
  )
  const [cause, confidence] = ranked[0] as [VerdictCause, number]
  const winner = weighing.mechanisms.find((m) => m.mechanism.cause === cause)
  const considered = weighing.mechanisms.filter((m, i) => i < MAX_CONSIDERED && (m.hits.length > 0 || i < 3))
  const evidence = evidenceOf(d, winner)
  const cited = [...new Set([...evidence.map((x) => x.event_id), ...e.symptoms.map((s) => s.id)])].sort()
  const missing = missingLogs(cause, weighing, facts)
  const phase = shownPhase(e, winner, facts)
  const { scope, id: scopeId } = scopeOf(e, facts, d.endpoint.port, winner?.mechanism.source.reach)
  const source = clean({ ip: e.sourceIp, port: e.sourcePort })
  const destination = clean({
    ip: e.ip ?? onlyAddress(d),
    port: d.endpoint.port,
    domain: e.domain ?? (d.endpoint.domains.size === 1 ? [...d.endpoint.domains][0] : undefined),
  })
  const mechanism = winner?.mechanism.source
  const against = ruledOut(weighing)
  const start = Math.min(e.start, e.end)
  return {
    '@timestamp': anchor.event['@timestamp'],
    ecs: { version: '8.17.0' },
    event: {
      id: verdictId(anchor.id),
      kind: 'alert',
      category: ['network'],
      type: ['connection', 'end'],
      action: 'timeout-diagnosed',
      outcome: 'failure',
      module: 'whytimeout',
      dataset: 'whytimeout.verdict',
      start: new Date(start).toISOString(),
      end: new Date(e.end).toISOString(),
      duration: (e.end - start) * NS_PER_MS,
    },
    ...(source && { source }),
    ...(destination && { destination }),
    ...(anchor.event['host.name'] !== undefined && { host: { name: anchor.event['host.name'] } }),
    ...(e.upstream !== undefined && { service: { target: { name: e.upstream } } }),
    ...deviceOf(anchor.event),
    rule: {
      id: mechanism?.id ?? 'unknown',
      name: mechanism?.name.en ?? 'Not decided by the logs at hand',
      version: String(pack.generation),
    },
    whytimeout: {
      ...clean({ terminal_id: e.terminal, merchant_id: e.merchant, site_id: e.site, isp: e.isp, gateway: e.gateway }),
      ...clean({ endpoint: targetText(destination) }),
      realm: d.realm,
      episode: {
        id: anchor.id,
        ...keyOf(e),
        phase,
        symptom: anchor.event['event.action'] ?? 'other',
        suffered_by: e.sufferer,
        observed_by: [...new Set(e.symptoms.map((s) => s.event['whytimeout.role'] ?? 'unknown'))].sort(),
        lines: cited.length,
      },
      verdict: {
        cause,
        mechanism: mechanism?.id ?? 'unknown',
        confidence,
        margin: round(confidence - (ranked[1]?.[1] ?? 0)),
        state: d.state,
        scope,
        scope_id: scopeId,
      },
      score: { ...weighing.score },
      evidence: {
        event_id: cited,
        signal: [...new Set(evidence.map((x) => x.signal))].sort(),
        count: cited.length,
        missing,
      },
      ruled_out: against.map((r) => r.cause),
      remedy: { id: [...(mechanism?.remedies ?? ['check_connection'])].sort() },
      rules: { generation: pack.generation, digest: pack.digest },
      detail: {
        evidence,
        considered: considered.map((m) => ({
          mechanism: m.mechanism.id,
          cause: m.mechanism.cause,
          bits: round(m.bits),
          probability: round(m.probability),
          signals: m.hits.map((h) => ({ signal: h.signal.name, bits: h.bits, event_id: [...h.events] })),
        })),
        ruled_out: against,
        ...(d.missed.length > 0 && { missed: [...d.missed] }),
        around: d.aroundOf(scope),
        explain: explain({
          who: e.terminal ?? e.host,
          sufferer: e.sufferer,
          standIn: standInOf(anchor.event),
          target: e.upstream ?? targetText(destination),
          phase,
          durationMs: e.end - start,
          mechanism: mechanism && { name: mechanism.name, summary: mechanism.summary, nextStep: mechanism.next_step },
          confidence,
          scope,
          missing,
        }),
      },
    },
  }
}

/** The one address that the name had all the while; where the lookup itself ran out, none was dialled. */
function onlyAddress({ episode, endpoint: { ips } }: Decided): string | undefined {
  const wasDialled = episode.domain === undefined || episode.phase !== 'dns'
  return ips.size === 1 && wasDialled ? [...ips][0] : undefined
}

const rank = (c: VerdictCause): number => (c === 'unknown' ? -1 : CAUSES.indexOf(c as Cause))
const round = (n: number): number => Math.round(n * 1e4) / 1e4

function evidenceOf(d: Decided, winner: Weighed | undefined): Verdict['whytimeout']['detail']['evidence'] {
  if (!winner) return []
  return winner.hits.flatMap((h) =>
    h.events.map((id) => {
      const seen = d.textOf(id)
      const text =
        h.facts.length > 0 ? factText(h.signal.condition.description?.en, d.facts, h.facts) : (seen?.text ?? '')
      return {
        event_id: id,
        origin: seen?.origin ?? '',
        signal: h.signal.name,
        bits: h.bits,
        text: text.slice(0, MAX_TEXT),
      }
    }),
  )
}

/** Logs that the leading explanations would show themselves in and that are not at hand. */
function missingLogs(cause: VerdictCause, weighing: Weighing, facts: Facts): string[] {
  const leading = weighing.mechanisms.slice(0, cause === 'unknown' ? 8 : 3)
  const needed = new Set(leading.flatMap((m) => m.mechanism.source.needs))
  return [...needed].filter((kind) => facts.get(`coverage.${kind}` as FactName)?.value !== true).sort()
}

/** Of each cause that is out the strongest signal against it. */
function ruledOut(weighing: Weighing): RuledOut[] {
  return CAUSES.filter((cause) => weighing.score[cause] <= RULED_OUT_SCORE)
    .flatMap((cause) => {
      const [strongest] = weighing.mechanisms
        .filter((m) => m.mechanism.cause === cause)
        .flatMap((m) => m.hits.map((hit) => ({ id: m.mechanism.id, hit })))
        .filter(({ hit }) => hit.bits <= RULED_OUT_BITS)
        .sort((a, b) => a.hit.bits - b.hit.bits || (a.id < b.id ? -1 : 1))
      if (!strongest) return []
      const { id, hit } = strongest
      return [{ cause, mechanism: id, signal: hit.signal.name, bits: hit.bits, event_id: hit.events[0] ?? '' }]
    })
    .sort((a, b) => (a.cause < b.cause ? -1 : 1))
}

function keyOf(e: Episode): { key?: string } {
  const key =
    e.sourceIp !== undefined && e.sourcePort !== undefined ? `${e.sourceIp}:${e.sourcePort}` : (e.stan ?? e.requestId)
  return key === undefined ? {} : { key }
}

function deviceOf(event: Readonly<Record<string, unknown>>): Pick<Verdict, 'device'> | Record<string, never> {
  const id = event['device.id']
  const model = event['device.model.name']
  if (typeof id !== 'string' && typeof model !== 'string') return {}
  return {
    device: { ...(typeof id === 'string' && { id }), ...(typeof model === 'string' && { model: { name: model } }) },
  }
}

const targetText = (d: { ip?: string; port?: number; domain?: string } | undefined): string | undefined => {
  const name = d?.domain ?? d?.ip
  return name === undefined ? undefined : d?.port === undefined ? name : `${name}:${d.port}`
}

/** Without the absent keys; undefined if nothing is left. */
function clean<T extends Record<string, unknown>>(o: T): { [K in keyof T]?: Exclude<T[K], undefined> } | undefined {
  const entries = Object.entries(o).filter(([, v]) => v !== undefined)
  return entries.length === 0
    ? undefined
    : (Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> })
}
