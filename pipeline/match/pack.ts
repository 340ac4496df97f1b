import type { LogEvent } from '../../schemas/event.js'
import type { Bilingual, CauseFile, Mechanism, RemedyFile, SignalUse } from '../../schemas/rule.js'
import type { Bind, Cause, Phase, Role } from '../../schemas/vocabulary.js'
import type { Get, Test } from './sigma.js'
import type { TextClassifier } from './text-model.js'

/** `event`: one event; `facts`: the facts of an episode; `delta`: growth of a counter between two snapshots. */
export type SignalKind = 'event' | 'facts' | 'delta'

export type ConditionSource = Pick<SignalUse, 'where' | 'unless' | 'facts' | 'delta'>

/** One comparison of a condition: `fleet.site_ok|gte` and what it asks for. */
export type Part = { readonly key: string; readonly field: string; readonly wanted: unknown; readonly test: Test }

/** A condition with an id of its own: `<shared id>` or `<mechanism>/<signal>`. Events carry it as `whytimeout.signal.id`. */
export type Condition = {
  readonly id: string
  readonly kind: SignalKind
  readonly test: Test
  /** As written in the rule. */
  readonly source: ConditionSource
  /** Facts only, where they are one map: each comparison alone. */
  readonly parts?: readonly Part[]
  /** Delta only: which counters, and past which growth. */
  readonly counter?: (name: string) => boolean
  readonly gt?: number
  /** Or below which reading. */
  readonly lt?: number
  /** The reading itself is compared, not its growth. */
  readonly level?: boolean
  /** How many times faster than in the rest of the window it must grow. */
  readonly times?: number
  /** On machines of these roles only. */
  readonly roles?: readonly Role[]
  readonly description?: Bilingual
  /** Values of `event.action` one of which the condition needs, if it can be told: an index for speed. */
  readonly actions?: readonly string[]
  /** Fields without any of which it cannot hold. */
  readonly needs?: readonly string[]
}

export type CompiledSignal = {
  readonly name: string
  readonly condition: Condition
  readonly bits: number
  readonly group?: string
  /** All of them must tie the event to the episode. */
  readonly bind: readonly Bind[]
  readonly beforeMs: number
  readonly afterMs: number
  readonly wholeWindow: boolean
  readonly atLeast: number
}

export type CompiledMechanism = {
  readonly id: string
  readonly cause: Cause
  readonly phases: ReadonlySet<Phase>
  /** The cause's prior, shared out: adding a mechanism does not make its cause likelier. */
  readonly priorBits: number
  readonly signals: readonly CompiledSignal[]
  readonly source: Mechanism
}

export type Pack = {
  readonly generation: number
  /** Of all that can change a verdict: the rules, and the text classifier where it is on. */
  readonly digest: string
  /** Of the rules alone. */
  readonly rulesDigest: string
  /** The rules' digest as written in pack.yml. */
  readonly statedDigest: string
  readonly beforeMs: number
  readonly afterMs: number
  readonly latenessMs: number
  readonly unknownPrior: number
  readonly temperature: number
  readonly causes: ReadonlyMap<Cause, CauseFile>
  readonly remedies: RemedyFile
  /** By id. */
  readonly mechanisms: readonly CompiledMechanism[]
  readonly conditions: readonly Condition[]
  readonly deltaConditions: readonly Condition[]
  /** Absent where the pack has none or it is off. */
  readonly text?: TextClassifier
  /** Ids of the event conditions that hold, sorted; where none does, what the words of the line say (`text/<cause>`). */
  readonly signalsOf: (event: Readonly<Partial<LogEvent>>) => readonly string[]
}

/** An evaluator that tests only what the event's action allows. */
export function signalIndex(conditions: readonly Condition[]): Pack['signalsOf'] {
  const byAction = new Map<string, Condition[]>()
  const always: Condition[] = []
  for (const c of conditions) {
    if (c.kind !== 'event') continue
    if (!c.actions) always.push(c)
    else for (const a of c.actions) byAction.set(a, [...(byAction.get(a) ?? []), c])
  }
  return (event) => {
    const fields = event as Record<string, unknown>
    const get: Get = (field) => fields[field]
    const found: string[] = []
    const tryAll = (some: readonly Condition[]) => {
      for (const c of some) if (hasAll(fields, c.needs) && c.test(get)) found.push(c.id)
    }
    tryAll(always)
    tryAll(byAction.get(event['event.action'] ?? '') ?? [])
    return found.sort()
  }
}

function hasAll(fields: Readonly<Record<string, unknown>>, names: readonly string[] | undefined): boolean {
  if (names) for (const name of names) if (fields[name] === undefined) return false
  return true
}
