import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type FieldMeta, LogEvent, metaOf } from './event.js'
import { Health } from './health.js'
import { Incident } from './incident.js'
import { Verdict } from './verdict.js'

type Json = { readonly [key: string]: unknown }
type Properties = { [name: string]: Json }

/** Raised in a release that changes what follows; an older program starts on newer templates, never the other way round. */
export const TEMPLATE_VERSION = 1

/** What an index holds. The size of its part of time is fixed for life: another one would store every document twice. */
export const INDICES = {
  events: { pattern: 'whytimeout-events-*', partition: 'day' },
  verdicts: { pattern: 'whytimeout-verdicts-*', partition: 'month' },
  incidents: { pattern: 'whytimeout-incidents-*', partition: 'month' },
  health: { pattern: 'whytimeout-health-*', partition: 'month' },
  /** What could not be used often has no time, so there is one index for all of it. */
  'dead-letters': { pattern: 'whytimeout-dead-letters', partition: 'none' },
} as const
export type IndexKind = keyof typeof INDICES
export type Partition = (typeof INDICES)[IndexKind]['partition']

/** What a template, and every index made from it, says of itself. */
export type TemplateMeta = {
  readonly managed_by: 'whytimeout'
  readonly version: number
  readonly partition?: Partition
  /** Of all mappings and settings. */
  readonly digest: string
}

export type ComponentTemplate = { readonly template: Json; readonly version: number; readonly _meta: TemplateMeta }
export type IndexTemplate = {
  readonly index_patterns: readonly string[]
  readonly priority: number
  readonly allow_auto_create: boolean
  readonly composed_of: readonly string[]
  readonly ignore_missing_component_templates: readonly string[]
  readonly template: Json
  readonly version: number
  readonly _meta: TemplateMeta
}
export type Templates = {
  readonly components: Readonly<Record<string, ComponentTemplate>>
  readonly indices: Readonly<Record<string, IndexTemplate>>
  readonly digest: string
}

/** Settings a hand may change: made by nobody, so `setup` never overwrites it. */
export const OWN_COMPONENT = 'whytimeout@custom'
export const LIFECYCLE_COMPONENT = 'whytimeout-lifecycle'

/** Field types that every server has, with and without its licence. */
function mapping(meta: FieldMeta): Json {
  switch (meta.es) {
    case 'keyword':
      return { type: 'keyword', ignore_above: 8191 }
    case 'text':
      return { type: 'text', norms: false, analyzer: 'whytimeout_text', search_analyzer: 'whytimeout_text_search' }
    case 'unindexed':
      return { type: 'keyword', index: false, doc_values: false }
    case 'flattened':
      return { type: 'flattened', depth_limit: 3, ignore_above: 1024 }
    case 'object':
      return { type: 'object', enabled: false }
    default:
      return { type: meta.es }
  }
}

/**
 * Chinese has no spaces: words are found by pairs of characters. Single characters are kept beside the pairs, so that one character finds
 * something too; a search asks for pairs where it has them, so that 超时 is not 超 or 时。 No stop words: `no route to host` means `no`.
 */
const ANALYSIS = {
  filter: { whytimeout_pairs_and_single: { type: 'cjk_bigram', output_unigrams: true } },
  analyzer: {
    whytimeout_text: {
      type: 'custom',
      tokenizer: 'standard',
      filter: ['cjk_width', 'lowercase', 'whytimeout_pairs_and_single'],
    },
    whytimeout_text_search: { type: 'custom', tokenizer: 'standard', filter: ['cjk_width', 'lowercase', 'cjk_bigram'] },
  },
}

const SETTINGS = {
  index: {
    number_of_shards: 1,
    refresh_interval: '5s',
    codec: 'best_compression',
    // A delete keeps its version this long, so that a stale writer cannot bring the document back.
    gc_deletes: '1h',
    // One bad address must not lose an event; `_ignored : *` finds it.
    mapping: { ignore_malformed: true, total_fields: { limit: 1000 } },
    sort: { field: '@timestamp', order: 'desc' },
  },
}

type Leaf = { readonly name: string; readonly meta: FieldMeta; readonly isEcs: boolean }

function* leavesOf(type: z.ZodType, prefix: readonly string[]): Generator<Leaf> {
  const inner = type instanceof z.ZodOptional ? (type.unwrap() as z.ZodType) : type
  if (!(inner instanceof z.ZodObject)) throw new Error(`${prefix.join('.')} has no description`)
  for (const [name, field] of Object.entries(inner.shape as Record<string, z.ZodType>)) {
    const meta = metaOf(field)
    const path = [...prefix, name]
    if (meta) yield { name: path.join('.'), meta, isEcs: path[0] !== 'whytimeout' }
    else yield* leavesOf(field, path)
  }
}

/** Every leaf of every document, by its dotted name. @throws Error if two documents disagree on one */
function leaves(): ReadonlyMap<string, Leaf> {
  const all = new Map<string, Leaf>()
  const events = Object.entries(LogEvent.shape).map(([name, type]): Leaf => {
    const meta = metaOf(type)
    if (!meta) throw new Error(`${name} has no description`)
    return { name, meta, isEcs: meta.ecs === true }
  })
  for (const leaf of [...events, ...leavesOf(Verdict, []), ...leavesOf(Incident, []), ...leavesOf(Health, [])]) {
    const there = all.get(leaf.name)
    if (there && there.meta.es !== leaf.meta.es) throw new Error(`${leaf.name} is ${there.meta.es} and ${leaf.meta.es}`)
    if (!there) all.set(leaf.name, leaf)
  }
  return all
}

function propertiesOf(fields: Iterable<Leaf>): Properties {
  const root: Properties = {}
  for (const { name, meta } of fields) {
    const steps = name.split('.')
    let at = root
    for (const step of steps.slice(0, -1)) {
      const inner = (at[step] ?? { properties: {} }) as { properties: Properties }
      at[step] = inner
      at = inner.properties
    }
    at[steps.at(-1) as string] = mapping(meta)
  }
  return root
}

/** Names and types of all fields: what may be searched and counted. */
export const fieldTypes = (): ReadonlyMap<string, FieldMeta['es']> =>
  new Map([...leaves()].map(([name, { meta }]) => [name, meta.es]))

/** The mapping that every index of ours has. */
export const allProperties = (): Properties => propertiesOf(leaves().values())

/** Everything that is installed before the first document. */
export function elasticsearchTemplates(): Templates {
  const fields = [...leaves().values()]
  const templates = {
    'whytimeout-ecs': {
      // The analyzers lie beside the fields that name them: a component must hold on its own.
      settings: { index: { analysis: ANALYSIS } },
      mappings: { dynamic: false, properties: propertiesOf(fields.filter((f) => f.isEcs)) },
    },
    'whytimeout-custom': { mappings: { properties: propertiesOf(fields.filter((f) => !f.isEcs)) } },
    'whytimeout-settings': { settings: SETTINGS },
  }
  const digest = createHash('sha256')
    .update(JSON.stringify([templates, INDICES]))
    .digest('base64url')
    .slice(0, 16)
  const meta = (partition?: Partition): TemplateMeta => ({
    managed_by: 'whytimeout',
    version: TEMPLATE_VERSION,
    ...(partition && { partition }),
    digest,
  })
  const composed = [...Object.keys(templates), LIFECYCLE_COMPONENT, OWN_COMPONENT]
  return {
    digest,
    components: Object.fromEntries(
      Object.entries(templates).map(([name, template]) => [
        name,
        { template, version: TEMPLATE_VERSION, _meta: meta() },
      ]),
    ),
    indices: Object.fromEntries(
      Object.entries(INDICES).map(([kind, { pattern, partition }]) => [
        `whytimeout-${kind}`,
        {
          index_patterns: [pattern],
          // Above the templates that come with the stack.
          priority: 300,
          allow_auto_create: true,
          // The lifecycle reads the day in an index's name, so it is for days only.
          composed_of: composed.filter((c) => c !== LIFECYCLE_COMPONENT || partition === 'day'),
          ignore_missing_component_templates:
            partition === 'day' ? [LIFECYCLE_COMPONENT, OWN_COMPONENT] : [OWN_COMPONENT],
          template: { mappings: { _meta: meta(partition) } },
          version: TEMPLATE_VERSION,
          _meta: meta(partition),
        },
      ]),
    ),
  }
}
