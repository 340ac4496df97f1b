import { createHash } from 'node:crypto'
import { stringify } from 'yaml'
import type { CompiledMechanism, CompiledSignal, Condition, Pack } from '../match/pack.js'
import { inWords } from './signal-words.js'

export type SigmaExport = {
  /** YAML by file name. */
  readonly files: ReadonlyMap<string, string>
  /** Signals that Sigma cannot say, with the reason. */
  readonly left: readonly { readonly signal: string; readonly reason: string }[]
}
type Use = { readonly mechanism: CompiledMechanism; readonly signal: CompiledSignal }

/** First line of every file, by which an export knows its own. */
export const SIGMA_HEADER = '# Written by `whytimeout rules export --sigma`; a later export replaces it.'
const MAX_TITLE = 256
const HIGH_BITS = 8
const MEDIUM_BITS = 4

/**
 * Every condition on single events as a Sigma rule (specification 2.1) over whytimeout's events, one file each. What ties a line to an attempt,
 * how often it must come and how it weighs is not Sigma's to say: it stands under `whytimeout:`, which Sigma leaves alone.
 * Pure: equal rules give equal bytes, and an id stays as long as the condition keeps its name.
 */
export function sigmaExport(pack: Pack): SigmaExport {
  const files = new Map<string, string>()
  const left: { signal: string; reason: string }[] = []
  for (const condition of pack.conditions) {
    const uses = pack.mechanisms.flatMap((mechanism) =>
      mechanism.signals.filter((s) => s.condition.id === condition.id).map((signal) => ({ mechanism, signal })),
    )
    if (condition.kind === 'event')
      files.set(`${condition.id.replace('/', '.')}.yml`, `${SIGMA_HEADER}\n${stringify(ruleOf(condition, uses))}`)
    else
      left.push({
        signal: condition.id,
        reason:
          condition.kind === 'delta'
            ? 'growth of a counter between two snapshots'
            : 'facts of an episode, which no single event holds',
      })
  }
  return { files, left }
}

function ruleOf(c: Condition, uses: readonly Use[]): Record<string, unknown> {
  const mechanisms = [...new Map(uses.map((u) => [u.mechanism.id, u.mechanism])).values()]
  const own = uses[0]?.mechanism.source
  const sources = mechanisms.map((m) => m.source)
  const words = c.description?.en ?? inWords([{ bits: 1, ...c.source }], () => undefined)[0]?.en ?? c.id
  const { where, unless } = c.source
  return {
    title: words.slice(0, MAX_TITLE),
    id: uuidOf(c.id),
    status: own && mechanisms.length === 1 ? own.status : 'test',
    description: `${words}. A sign of: ${sources.map((s) => s.name.en).join('; ') || 'nothing yet'}. One line alone is no verdict.`,
    references: [...new Set(sources.flatMap((s) => s.references))],
    author: 'whytimeout',
    logsource: { product: 'whytimeout', service: 'event' },
    detection: {
      selection: where ?? {},
      ...(unless && { exception: unless }),
      condition: unless ? 'selection and not exception' : 'selection',
    },
    falsepositives: falsePositives(sources),
    level: levelOf(uses),
    tags: [...new Set(mechanisms.map((m) => `whytimeout.${m.cause.replaceAll('_', '-')}`))].sort(),
    whytimeout: {
      signal: c.id,
      uses: uses.map(({ mechanism, signal: s }) => ({
        cause: mechanism.cause,
        mechanism: mechanism.id,
        signal: s.name,
        bits: s.bits,
        bind: [...s.bind],
        ...(s.atLeast > 1 && { at_least: s.atLeast }),
      })),
    },
  }
}

const falsePositives = (sources: readonly CompiledMechanism['source'][]): string[] => {
  const texts = sources.flatMap((s) => s.false_positives).map((t) => (typeof t === 'string' ? t : t.en))
  return texts.length > 0 ? [...new Set(texts)] : ['Unknown']
}

function levelOf(uses: readonly Use[]): string {
  const most = Math.max(0, ...uses.map((u) => u.signal.bits))
  return most >= HIGH_BITS ? 'high' : most >= MEDIUM_BITS ? 'medium' : most > 0 ? 'low' : 'informational'
}

/** A name-based UUID (RFC 9562, version 8: a hash of our choice) of the condition's id. */
function uuidOf(id: string): string {
  const hash = createHash('sha256').update(`whytimeout/signal/${id}`).digest('hex')
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 3) | 8).toString(16)
  return [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `8${hash.slice(13, 16)}`,
    variant + hash.slice(17, 20),
    hash.slice(20, 32),
  ].join('-')
}
