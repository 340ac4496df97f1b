import { elasticsearchTemplates, type TemplateMeta } from '../../schemas/elasticsearch.js'
import { WhytimeoutError } from '../errors.js'
import { type Client, once } from './elasticsearch-client.js'

/** A template as it should be beside what is there. */
export type TemplateState = {
  readonly kind: 'component' | 'index'
  readonly name: string
  readonly body: Readonly<Record<string, unknown>>
  readonly state: 'missing' | 'differs' | 'same'
  /** `- path: there` and `+ path: wanted`. */
  readonly diff: readonly string[]
  /** What the one that is there says of itself. */
  readonly meta: Partial<TemplateMeta> | undefined
}

/** From 9.1 on a server adds when it made or changed a template: nobody asked for it. */
const DATES = /^(?:created|modified)_date(?:_millis)?$/
const withoutDates = (template: object): Readonly<Record<string, unknown>> =>
  Object.fromEntries(Object.entries(template).filter(([key]) => !DATES.test(key)))

type There = ReadonlyMap<string, Readonly<Record<string, unknown>>>

async function indexTemplates(client: Client): Promise<There> {
  const { index_templates: found = [] } = await once(() =>
    client.indices.getIndexTemplate({ name: 'whytimeout-*' }, { ignore: [404] }),
  )
  return new Map(found.map((t) => [t.name, withoutDates(t.index_template)]))
}
async function componentTemplates(client: Client): Promise<There> {
  const { component_templates: found = [] } = await once(() =>
    client.cluster.getComponentTemplate({ name: 'whytimeout-*' }, { ignore: [404] }),
  )
  return new Map(found.map((t) => [t.name, withoutDates(t.component_template)]))
}

/** Components first: that is the order to install them in. */
export async function compareTemplates(client: Client): Promise<readonly TemplateState[]> {
  const { components, indices } = elasticsearchTemplates()
  const compared = (kind: TemplateState['kind'], wanted: Readonly<Record<string, object>>, there: There) =>
    Object.entries(wanted).map(([name, body]): TemplateState => {
      const has = there.get(name)
      const diff = differences(has ?? {}, body)
      const state = has === undefined ? 'missing' : diff.length > 0 ? 'differs' : 'same'
      const meta = has?.['_meta'] as Partial<TemplateMeta> | undefined
      return { kind, name, body: body as TemplateState['body'], state, diff, meta }
    })
  return [
    ...compared('component', components, await componentTemplates(client)),
    ...compared('index', indices, await indexTemplates(client)),
  ]
}

/**
 * Refuses a cluster that is not set up for this program: another size of an index's part of time would store every document twice, and
 * older mappings would leave fields out. Templates of a newer program are fine: they only add.
 * @throws WhytimeoutError ELASTICSEARCH_TEMPLATES, ELASTICSEARCH_REFUSED, ELASTICSEARCH_UNREACHABLE
 */
export async function checkTemplates(client: Client): Promise<void> {
  const there = await indexTemplates(client)
  for (const [name, wanted] of Object.entries(elasticsearchTemplates().indices)) {
    const problem = problemOf(there.get(name)?.['_meta'] as Partial<TemplateMeta> | undefined, wanted._meta)
    if (problem !== undefined) throw new WhytimeoutError('ELASTICSEARCH_TEMPLATES', problem, name)
  }
}

/** Why documents must not be stored under a template that says this of itself; undefined if they may. */
export function problemOf(there: Partial<TemplateMeta> | undefined, wanted: TemplateMeta): string | undefined {
  if (there?.managed_by !== 'whytimeout') return 'the index template is missing'
  const split = splitProblem(there, wanted)
  if (split !== undefined) return split
  if (there.digest === wanted.digest || (there.version ?? 0) > wanted.version) return undefined
  return `the index template is of another version of the program (${there.version ?? '?'}/${there.digest ?? '?'}, wanted ${wanted.version}/${wanted.digest})`
}

/** The one difference that installing anew must not paper over. */
export const splitProblem = (there: Partial<TemplateMeta>, wanted: Partial<TemplateMeta>): string | undefined =>
  there.partition === wanted.partition
    ? undefined
    : `its indices are split by ${there.partition ?? 'nothing'}, this program's by ${wanted.partition ?? 'nothing'}: every document would be stored twice`

/** Leaves by their path. The server gives numbers and booleans of settings as text, so all are compared as text. */
function* leavesOf(value: unknown, path: string): Generator<readonly [string, string]> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    const entries = Object.entries(value)
    if (entries.length === 0 && path !== '') yield [path, '{}']
    for (const [key, inner] of entries) yield* leavesOf(inner, path === '' ? key : `${path}.${key}`)
  } else yield [path, Array.isArray(value) ? JSON.stringify(value) : String(value)]
}

/** What would change, by path, as lines of a diff. */
export function differences(there: object, wanted: object): readonly string[] {
  const has = new Map(leavesOf(there, ''))
  const wants = new Map(leavesOf(wanted, ''))
  return [...new Set([...has.keys(), ...wants.keys()])]
    .sort()
    .filter((path) => has.get(path) !== wants.get(path))
    .flatMap((path) => [
      ...(has.has(path) ? [`- ${path}: ${has.get(path)}`] : []),
      ...(wants.has(path) ? [`+ ${path}: ${wants.get(path)}`] : []),
    ])
}
