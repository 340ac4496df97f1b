import { readFile } from 'node:fs/promises'
import type { ElasticsearchConfig } from '../../../schemas/config.js'
import type { Finding } from '../../../schemas/doctor.js'
import { elasticsearchTemplates, type TemplateMeta } from '../../../schemas/elasticsearch.js'
import { WhytimeoutError } from '../../errors.js'
import { problemOf } from '../../sinks/elasticsearch-templates.js'
import { type Reason, reasonOf } from '../cluster/reason.js'
import { fail, ok, say, skip, warn } from '../findings.js'
import type { Check } from './check.js'
import { getJson, type HttpAnswer } from './http-get.js'
import { count, few } from './words.js'

export type NodeFact = { readonly address: string; readonly answer: HttpAnswer | Reason }
export type ElasticsearchFacts = {
  readonly nodes: readonly NodeFact[]
  /** Of the first node that answers well; undefined where none does. */
  readonly health: HttpAnswer | undefined
  readonly templates: HttpAnswer | undefined
  readonly hasLogin: boolean
  /** Nodes beyond this host that are spoken to without TLS. */
  readonly inClear: readonly string[]
}

const LIMIT_MS = 5_000

export const elasticsearchCheck: Check = {
  id: 'elasticsearch',
  title: say('Elasticsearch', 'Elasticsearch'),
  needsKafka: false,
  run: async ({ config }) => {
    const { elasticsearch } = config
    if (elasticsearch === undefined) return [skip('not-configured', 'elasticsearch', say('not configured', '未配置'))]
    return judgeElasticsearch(await gather(elasticsearch))
  },
}

async function gather(config: ElasticsearchConfig): Promise<ElasticsearchFacts> {
  const options = { headers: loginOf(config), ca: await authorityOf(config.ca), limitMs: LIMIT_MS }
  const nodes = await Promise.all(
    addressesOf(config).map(async (address): Promise<NodeFact> => {
      const answer = await getJson(new URL(address), options).catch(reasonOf)
      return { address: new URL(address).host, answer }
    }),
  )
  const good = nodes.findIndex((n) => 'status' in n.answer && n.answer.status === 200)
  const base = addressesOf(config)[good]
  const ask = (path: string) =>
    base === undefined
      ? Promise.resolve(undefined)
      : getJson(new URL(`${base.replace(/\/$/, '')}${path}`), options).catch(() => undefined)
  return {
    nodes,
    health: await ask('/_cluster/health'),
    templates: await ask('/_index_template/whytimeout-*'),
    hasLogin: Object.keys(options.headers).length > 0,
    inClear: addressesOf(config).filter(isInClear),
  }
}

/** A cloud id is `name:base64 of host$id-of-elasticsearch$…`. Source: Elastic Cloud, "Find your cloud ID". */
export function addressesOf({ node, cloud_id }: ElasticsearchConfig): readonly string[] {
  if (node !== undefined) return [node].flat()
  const [host = '', id = ''] = Buffer.from(cloud_id?.split(':')[1] ?? '', 'base64')
    .toString('utf8')
    .split('$')
  const url = `https://${id}.${host}`
  if (!URL.canParse(url) || host === '' || id === '')
    throw new WhytimeoutError('CONFIG_INVALID', 'elasticsearch.cloud_id names no host', 'elasticsearch.cloud_id')
  return [url]
}

/** Beyond this host, without TLS. */
export const isInClear = (address: string): boolean => /^http:\/\/(?!localhost[:/]|127\.|\[::1\])/.test(`${address}/`)

type Login = Pick<ElasticsearchConfig, 'api_key' | 'username' | 'password'>
export function loginOf({ api_key, username, password }: Login): Record<string, string> {
  if (api_key !== undefined) return { authorization: `ApiKey ${api_key}` }
  if (username === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` }
}

export const authorityOf = async (path: string | undefined): Promise<string | undefined> =>
  path === undefined
    ? undefined
    : readFile(path, 'utf8').catch((cause: unknown) => {
        throw new WhytimeoutError('CONFIG_INVALID', 'the certificate file cannot be read', path, { cause })
      })

type About = {
  readonly cluster_uuid?: string
  readonly version?: { readonly number?: string; readonly build_flavor?: string }
}
type Health = { readonly status?: string; readonly number_of_nodes?: number; readonly cluster_name?: string }
type Templates = {
  readonly index_templates?: readonly {
    readonly name: string
    readonly index_template?: { readonly _meta?: Partial<TemplateMeta> }
  }[]
}

export function judgeElasticsearch(facts: ElasticsearchFacts): readonly Finding[] {
  const found = facts.nodes.flatMap((n) => judgeNode(n, facts.hasLogin))
  const clusters = facts.nodes.flatMap(({ answer }) =>
    'body' in answer ? ((answer.body as About)?.cluster_uuid ?? []) : [],
  )
  if (new Set(clusters).size > 1)
    found.push(
      fail(
        'elasticsearch-several-clusters',
        'elasticsearch.node',
        say('the nodes are not of one cluster', '这些节点不属于同一集群'),
        say('Name the nodes of one cluster only.', '请只填写同一集群的节点。'),
      ),
    )
  if (facts.hasLogin && facts.inClear.length > 0)
    found.push(
      warn(
        'elasticsearch-login-without-tls',
        'elasticsearch.node',
        say('the key or password goes over the network as it is', '密钥或密码以明文传输'),
        say('Use https.', '请使用https。'),
      ),
    )
  return [...found, ...judgeHealth(facts.health), ...judgeTemplates(facts.templates)]
}

function judgeNode({ address, answer }: NodeFact, hasLogin: boolean): Finding[] {
  if ('code' in answer) return [fail(`elasticsearch-${answer.code}`, address, answer.what, answer.todo)]
  if (answer.status === 401)
    return [
      fail(
        'elasticsearch-login-refused',
        address,
        hasLogin ? say('it refuses the login', '登录被拒绝') : say('it asks for a login', '需要登录'),
        say(
          'Check elasticsearch.api_key, or username and password; a key may have expired.',
          '请检查 elasticsearch.api_key 或用户名和密码；密钥可能已过期。',
        ),
      ),
    ]
  if (answer.status === 403)
    return [
      warn(
        'elasticsearch-not-seen',
        address,
        say('this user may not ask for its version and health', '该用户无权查询版本和健康状态'),
        say('Give it the cluster privilege monitor.', '请授予集群权限monitor。'),
      ),
    ]
  if (answer.status !== 200)
    return [
      fail(
        'elasticsearch-http-error',
        address,
        say(`it answers HTTP ${answer.status}`, `返回HTTP ${answer.status}`),
        say('Check the address; a proxy may stand in between.', '请检查地址；中间可能有代理。'),
      ),
    ]
  return judgeVersion(address, answer)
}

function judgeVersion(address: string, answer: HttpAnswer): Finding[] {
  const { number = '', build_flavor } = (answer.body as About | undefined)?.version ?? {}
  if (answer.headers['x-elastic-product'] !== 'Elasticsearch')
    return [
      fail(
        'not-elasticsearch',
        address,
        say('what answers there is not Elasticsearch', '该地址的服务不是Elasticsearch'),
        say('OpenSearch and other forks are not supported.', '不支持OpenSearch等分支。'),
      ),
    ]
  if (build_flavor === 'serverless')
    return [
      warn(
        'elasticsearch-serverless',
        address,
        say('it is serverless, which was never tried', '为serverless版本，未经测试'),
        say('Try it with a copy of the data first.', '请先用副本数据测试。'),
      ),
    ]
  const [major = 0, minor = 0] = number.split('.').map(Number)
  if (major < 8 || (major === 8 && minor < 14))
    return [
      fail(
        'elasticsearch-too-old',
        address,
        say(`it is version ${number}`, `版本为 ${number}`),
        say('Use 8.14 or newer.', '请使用8.14或更新版本。'),
      ),
    ]
  if (major > 9)
    return [
      warn(
        'elasticsearch-untried',
        address,
        say(`it is version ${number}, which was never tried`, `版本为 ${number}，未经测试`),
        say('Use 8.14 to 9.x.', '请使用8.14至9.x。'),
      ),
    ]
  return [ok('elasticsearch-answers', address, say(`answers, version ${number}`, `应答正常，版本 ${number}`))]
}

function judgeHealth(answer: HttpAnswer | undefined): Finding[] {
  if (answer === undefined || answer.status !== 200) return []
  const { status, number_of_nodes = 1, cluster_name = '' } = (answer.body ?? {}) as Health
  if (status === 'red')
    return [
      fail(
        'elasticsearch-red',
        cluster_name,
        say('its health is red: some indices take no documents', '健康状态为red：部分索引无法写入'),
        say('Ask GET _cluster/allocation/explain.', '请查看 GET _cluster/allocation/explain。'),
      ),
    ]
  if (status === 'yellow' && number_of_nodes > 1)
    return [
      warn(
        'elasticsearch-yellow',
        cluster_name,
        say('its health is yellow: copies are missing', '健康状态为yellow：缺少副本'),
        say('Ask GET _cluster/allocation/explain.', '请查看 GET _cluster/allocation/explain。'),
      ),
    ]
  return [
    ok(
      'elasticsearch-healthy',
      cluster_name,
      say(`health ${status}, ${count(number_of_nodes, 'node')}`, `健康状态 ${status}，${number_of_nodes} 个节点`),
    ),
  ]
}

const SETUP = say('`whytimeout setup elasticsearch` puts them there.', '可用 whytimeout setup elasticsearch 安装。')

function judgeTemplates(answer: HttpAnswer | undefined): Finding[] {
  if (answer === undefined) return []
  const place = 'whytimeout-*'
  if (answer.status === 403 || answer.status === 401)
    return [
      skip(
        'templates-hidden',
        place,
        say(
          'this user may not see index templates (manage_index_templates)',
          '该用户无权查看索引模板（manage_index_templates）',
        ),
      ),
    ]
  const list = answer.status === 200 ? ((answer.body as Templates)?.index_templates ?? []) : []
  const there = new Map(list.map((t) => [t.name, t.index_template?._meta]))
  const wanted = Object.entries(elasticsearchTemplates().indices)
  const missing = wanted.map(([name]) => name).filter((name) => !there.has(name))
  if (missing.length > 0)
    return [
      fail(
        'templates-missing',
        place,
        say(`index templates are missing: ${few(missing)}`, `缺少索引模板：${few(missing)}`),
        SETUP,
      ),
    ]
  const problems = wanted.flatMap(([name, { _meta }]) => {
    const problem = problemOf(there.get(name), _meta)
    return problem === undefined
      ? []
      : [fail('templates-differ', name, say(problem, `索引模板与本程序不符：${problem}`), SETUP)]
  })
  if (problems.length > 0) return problems
  const { version } = there.get(wanted[0]?.[0] ?? '') ?? {}
  return [
    ok(
      'templates-there',
      place,
      say(
        `${count(wanted.length, 'index template')} of version ${version}`,
        `${wanted.length} 个索引模板，版本 ${version}`,
      ),
    ),
  ]
}
