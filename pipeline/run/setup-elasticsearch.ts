import {
  allProperties,
  elasticsearchTemplates,
  LIFECYCLE_COMPONENT,
  TEMPLATE_VERSION,
} from '../../schemas/elasticsearch.js'
import type { Lang } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { type Client, connectElasticsearch, once } from '../sinks/elasticsearch-client.js'
import { roleRequests } from '../sinks/elasticsearch-roles.js'
import { compareTemplates, splitProblem, type TemplateState } from '../sinks/elasticsearch-templates.js'
import type { AnyConfig } from './config.js'

/** Where the answer and the story go. */
export type SetupIo = {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
  readonly lang: Lang
}
export type SetupOptions = {
  /** Say what would be done, and do nothing. */
  readonly dryRun: boolean
  /** Show what differs, line by line. */
  readonly diff: boolean
  readonly io: SetupIo
}

const WORDS = {
  en: {
    component: 'component template',
    index: 'index template',
    mapping: 'mapping',
    lifecycle: 'lifecycle',
    same: 'unchanged',
    missing: ['created', 'would be created'],
    differs: ['changed', 'would be changed'],
    kept: 'kept as it was',
    noIlm: 'this server has no lifecycle management: run `whytimeout retention` every day',
    roles: 'Roles and API keys with the least that suffices (Kibana: Dev Tools), each role or its key:',
  },
  zh: {
    component: '组件模板',
    index: '索引模板',
    mapping: '映射',
    lifecycle: '生命周期',
    same: '未变',
    missing: ['已创建', '将创建'],
    differs: ['已修改', '将修改'],
    kept: '保持原样',
    noIlm: '此服务器没有生命周期管理：请每天运行 whytimeout retention',
    roles: '最小权限的角色和API key（Kibana：Dev Tools），角色或其key二选一：',
  },
} as const

/**
 * Installs what must be there before the first document. Running it again changes nothing.
 * @returns the exit code
 * @throws WhytimeoutError CONFIG_INVALID, ELASTICSEARCH_UNREACHABLE, ELASTICSEARCH_REFUSED, ELASTICSEARCH_TEMPLATES
 */
export async function setupElasticsearch(
  config: Pick<AnyConfig, 'elasticsearch' | 'dir'>,
  options: SetupOptions,
): Promise<number> {
  if (config.elasticsearch === undefined)
    throw new WhytimeoutError('CONFIG_INVALID', 'the key "elasticsearch" is missing', 'elasticsearch')
  const client = await connectElasticsearch(config.elasticsearch, config.dir)
  try {
    const templates = await compareTemplates(client)
    for (const t of templates) refuseToGoBack(t)
    await installTemplates(client, templates, options)
    await updateMappings(client, options)
    const kept = config.elasticsearch.lifecycle?.events
    if (kept !== undefined) await installLifecycle(client, kept, options)
    printRoles(options.io)
    return 0
  } finally {
    await client.close()
  }
}

function refuseToGoBack({ name, kind, meta, body }: TemplateState): void {
  if (meta?.managed_by !== 'whytimeout') return
  const wanted = body['_meta'] as NonNullable<TemplateState['meta']>
  const problem =
    (kind === 'index' ? splitProblem(meta, wanted) : undefined) ??
    ((meta.version ?? 0) > TEMPLATE_VERSION
      ? `it is of a newer program (version ${meta.version}, this one has ${TEMPLATE_VERSION})`
      : undefined)
  if (problem !== undefined) throw new WhytimeoutError('ELASTICSEARCH_TEMPLATES', problem, name)
}

async function installTemplates(
  client: Client,
  templates: readonly TemplateState[],
  { dryRun, diff, io }: SetupOptions,
): Promise<void> {
  const words = WORDS[io.lang]
  for (const { kind, name, body, state, diff: lines } of templates) {
    if (state !== 'same' && !dryRun)
      await once(() =>
        kind === 'component'
          ? client.cluster.putComponentTemplate({ name, ...(body as { template: object }) })
          : client.indices.putIndexTemplate({ name, ...body }),
      )
    io.out(`${words[kind]} ${name}: ${state === 'same' ? words.same : words[state][dryRun ? 1 : 0]}`)
    if (diff) for (const line of lines) io.out(`  ${line}`)
  }
}

/** Templates are for indices to come; those that are there learn of new fields here. */
async function updateMappings(client: Client, { dryRun, io }: SetupOptions): Promise<void> {
  const words = WORDS[io.lang]
  for (const { _meta: meta, index_patterns: patterns } of Object.values(elasticsearchTemplates().indices)) {
    const there = await once(() =>
      client.indices.getMapping({ index: [...patterns], allow_no_indices: true, ignore_unavailable: true }),
    )
    for (const [index, { mappings }] of Object.entries(there)) {
      if (mappings._meta?.['digest'] === meta.digest) continue
      try {
        if (!dryRun)
          await client.indices.putMapping({ index, properties: allProperties() as Record<string, object>, _meta: meta })
        io.out(`${words.mapping} ${index}: ${words.differs[dryRun ? 1 : 0]}`)
      } catch (error) {
        // Another type than before: only a new index can have it.
        io.err(`${words.mapping} ${index}: ${words.kept} (${(error as Error).message.split('\n')[0]})\n`)
      }
    }
  }
}

/** Apart from the rest, for servers that have it: days of events go by themselves, by the date in their name. */
async function installLifecycle(client: Client, kept: string, { dryRun, io }: SetupOptions): Promise<void> {
  const words = WORDS[io.lang]
  const hasIlm = await client.ilm.getStatus().then(
    () => true,
    () => false,
  )
  if (!hasIlm) {
    io.err(`${words.noIlm}\n`)
    return
  }
  if (!dryRun) {
    const phases = { hot: { actions: {} }, delete: { min_age: kept, actions: { delete: {} } } }
    await once(() => client.ilm.putLifecycle({ name: 'whytimeout-events', policy: { phases } }))
    const lifecycle = { name: 'whytimeout-events', parse_origination_date: true }
    await once(() =>
      client.cluster.putComponentTemplate({
        name: LIFECYCLE_COMPONENT,
        template: { settings: { index: { lifecycle } } },
        version: TEMPLATE_VERSION,
      }),
    )
  }
  io.out(`${words.lifecycle} whytimeout-events (${kept}): ${words.differs[dryRun ? 1 : 0]}`)
}

function printRoles(io: SetupIo): void {
  io.out(`\n${WORDS[io.lang].roles}`)
  for (const { request, body } of roleRequests()) io.out(`\n${request}\n${JSON.stringify(body)}`)
}
