import type { Sighting } from '../sighting.js'
import { isOfItsGateway, type Scene } from './fact.js'

/** A gateway's own wait begins and ends within so much of the attempt that it serves. */
const NEAR_MS = 5_000
/** So many answered sessions show whom a gateway calls. */
const ENOUGH = 5
const TROUBLE_MS = 60_000
/** Programs of one machine that are told of another server at once. */
const MOST_CALLED = 3

/**
 * Whether what the gateway calls for this attempt is an upstream that it had never called before and that never answered, while those it called until
 * then answered: its settings name the wrong one since.
 */
export function upstreamFacts({ episode: e, window, put, from, to }: Scene): void {
  const isMine = isOfItsGateway(e)
  const own = window
    .all('session')
    .collect(Math.max(from, e.start - NEAR_MS), Math.min(to, e.end + NEAR_MS), (s) => isUnanswered(s) && isMine(s))
  // Several programs of one machine may have been told of the same new address.
  const called = new Set(
    e.sufferer === 'gateway' && e.ip
      ? own.filter((s) => s.ip === e.ip && s.port === e.port).map(calledOf)
      : own.map(calledOf),
  )
  if (called.size === 0 || called.size > MOST_CALLED || called.has(undefined)) return
  // As a rule one of the first sessions shows that it was called before, and nothing else needs to be looked at.
  const all = window.all('session')
  const hasAnswered = (only: string | undefined) =>
    all.find(from, to, (s) => s.outcome === 'ok' && calledOf(s) === only && isMine(s)) !== undefined
  if ([...called].some(hasAnswered)) return
  const sessions = all.collect(from, to, isMine)
  const shown = [...called].map((only) => calledAnew(only as string, sessions))
  if (shown.every((s) => s !== undefined)) put('gateway.new_upstream_silent', true, shown.flat().slice(0, 4))
}

/** The last answer of another upstream and the first call of this one, which never answered, where it was not called before. */
function calledAnew(only: string, sessions: readonly Sighting[]): readonly Sighting[] | undefined {
  const all = sessions.filter((s) => calledOf(s) !== undefined)
  const own = all.filter((s) => calledOf(s) === only)
  const [first] = own
  if (!first) return undefined
  const logs = new Set(own.map((s) => s.origin))
  // A log that names no upstream may tell of answers from this very one.
  if (sessions.some((s) => s.outcome === 'ok' && calledOf(s) === undefined)) return undefined
  const others = all.filter((s) => s.outcome === 'ok' && calledOf(s) !== only)
  // Whom another program of the machine calls, before and after, says nothing of this one's settings.
  const ofOthers = new Set(others.filter((s) => s.at > first.at && !logs.has(s.origin)).map(calledOf))
  const before = others.filter((s) => s.at < first.at && !ofOthers.has(calledOf(s)))
  // One that answered until then and failed just before: this is its standby.
  const former = new Set(before.map(calledOf))
  const isTroubled = all.some(
    (s) => former.has(calledOf(s)) && isUnanswered(s) && s.at >= first.at - TROUBLE_MS && s.at <= first.at,
  )
  return before.length >= ENOUGH && !isTroubled ? [...before.slice(-1), first] : undefined
}

/** Sessions this far around the attempt show whom the gateway gets answers from. */
const MEMBERS_MS = 180_000
const FEW = 3
const MEANWHILE = 2
const MEMBER_SHARE = 0.25

/**
 * Whether one of several servers behind the gateway answers nobody while the others do, and the attempt was given to that one. Which it was, the
 * gateway's session of the same port says, or the gateway's own wait.
 */
export function memberFacts({ episode: e, window, put, from, to }: Scene): void {
  const isMine = isOfItsGateway(e)
  const sessions = window
    .all('session')
    .collect(
      Math.max(from, e.start - MEMBERS_MS),
      Math.min(to, e.end + MEMBERS_MS),
      (s) => isMine(s) && s.ip !== undefined,
    )
  const isIts = (s: Sighting) =>
    e.sufferer === 'gateway'
      ? s.ip === e.ip && s.port === e.port && s.outcome === 'timeout'
      : s.sourcePort !== undefined && s.sourcePort === e.sourcePort
  const own = sessions.find(
    (s) => s.outcome !== 'ok' && s.start <= e.end + NEAR_MS && s.at >= e.start - NEAR_MS && isIts(s),
  )
  if (!own) return
  const same = sessions.filter((s) => s.ip === own.ip && s.port === own.port)
  const others = sessions.filter((s) => s.ip !== own.ip && s.port === own.port)
  const unserved = same.filter((s) => s.outcome !== 'ok')
  const served = others.filter((s) => s.outcome === 'ok')
  // Before and after, the gateway may have been told of another one instead.
  const [first, last] = [unserved[0]?.start ?? 0, unserved.at(-1)?.at ?? 0]
  const meanwhile = served.filter((s) => s.start >= first && s.at <= last)
  if (unserved.length < FEW || served.length < FEW || meanwhile.length < MEANWHILE) return
  const isOnlyThis = others.length - served.length <= others.length * MEMBER_SHARE
  const isDead = same.length - unserved.length <= same.length * MEMBER_SHARE
  // The same port at the same time: whatever the times of both logs are off, the gateway had it.
  if (e.sufferer === 'terminal') put('gateway.saw_attempt', true, [own])
  put('gateway.one_upstream_silent', isOnlyThis && isDead, [own, ...unserved.slice(0, 2), ...served.slice(-1)])
}

const isUnanswered = (s: Sighting): boolean => s.outcome === 'timeout' && s.upstream !== undefined

/** Address and port of the upstream, or its name with the port. */
const calledOf = (s: Sighting): string | undefined =>
  s.upstream === undefined || s.port === undefined ? undefined : `${s.ip ?? s.upstream} ${s.port}`
