import type { Decision } from '../diagnose/diagnose.js'
import type { Pack } from '../match/pack.js'
import { TEXT_GROUP } from '../match/text-signals.js'
import { type ReplayOptions, type ReplayProgress, replay } from './replay.js'

export type SignalCoverage = {
  readonly signal: string
  readonly bits: number
  /** Events that meet its condition; null where it looks at facts or counters, not at single events. */
  readonly events: number | null
  /** Verdicts in which it counted for or against its mechanism. */
  readonly counted: number
}
export type MechanismCoverage = {
  readonly mechanism: string
  readonly cause: string
  /** Verdicts that name it. */
  readonly won: number
  readonly signals: readonly SignalCoverage[]
}
export type Coverage = {
  readonly verdicts: number
  /** Verdicts `unknown`. */
  readonly unknown: number
  readonly events: number
  /** By cause and id. */
  readonly mechanisms: readonly MechanismCoverage[]
}

/** Replays logs and counts what each rule had to say about them. */
export async function ruleCoverage(options: ReplayOptions, onProgress?: ReplayProgress): Promise<Coverage> {
  const events = new Map<string, number>()
  const counted = new Map<string, number>()
  const won = new Map<string, number>()
  let eventCount = 0
  const { pack, verdictCount } = await replay(
    {
      ...options,
      observe: {
        signals: (ids) => {
          eventCount++
          for (const id of ids) add(events, id)
        },
        decision: ({ verdict, weighing }: Decision) => {
          add(won, verdict.whytimeout.verdict.mechanism)
          for (const { mechanism, hits } of weighing?.mechanisms ?? [])
            for (const hit of hits) add(counted, `${mechanism.id}/${hit.signal.name}`)
        },
      },
    },
    onProgress,
  )
  return {
    verdicts: verdictCount,
    unknown: won.get('unknown') ?? 0,
    events: eventCount,
    mechanisms: coverageOf(pack, { events, counted, won }),
  }
}

type Counts = {
  readonly events: ReadonlyMap<string, number>
  readonly counted: ReadonlyMap<string, number>
  readonly won: ReadonlyMap<string, number>
}

function coverageOf(pack: Pack, { events, counted, won }: Counts): MechanismCoverage[] {
  return pack.mechanisms
    .map((m) => ({
      mechanism: m.id,
      cause: m.cause,
      won: won.get(m.id) ?? 0,
      signals: m.signals
        .filter((s) => s.group !== TEXT_GROUP)
        .map((s) => ({
          signal: s.name,
          bits: s.bits,
          events: s.condition.kind === 'event' ? (events.get(s.condition.id) ?? 0) : null,
          counted: counted.get(`${m.id}/${s.name}`) ?? 0,
        })),
    }))
    .sort((a, b) => (a.cause + a.mechanism < b.cause + b.mechanism ? -1 : 1))
}

const add = (counts: Map<string, number>, key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
