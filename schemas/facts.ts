import { ATTEMPT_FACTS } from './facts/attempt.js'
import { CHANGE_FACTS } from './facts/changes.js'
import { FLEET_FACTS } from './facts/fleet.js'
import { HOP_FACTS } from './facts/hops.js'
import { LINE_FACTS } from './facts/line.js'

export type { FactMeta } from './facts/meta.js'

/**
 * Facts of an episode: what no single line says. Rules use them in `facts:` with the same conditions as `where:`.
 * "The moments" of an episode are its attempt, begin to end. A fact that cannot be known (no such log, too few cases) is absent,
 * so `fact|exists: false` and every comparison treat it as "not known".
 */
export const FACTS = {
  ...ATTEMPT_FACTS,
  ...FLEET_FACTS,
  ...HOP_FACTS,
  ...LINE_FACTS,
  ...CHANGE_FACTS,
} as const
export type FactName = keyof typeof FACTS
