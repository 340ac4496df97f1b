import type { KibanaConfig } from '../../../schemas/config.js'
import type { Finding } from '../../../schemas/doctor.js'
import { dataViewId } from '../../../schemas/kibana/lens.js'
import { importUrl } from '../../sinks/kibana.js'
import { type Reason, reasonOf } from '../cluster/reason.js'
import { fail, ok, say, skip, warn } from '../findings.js'
import type { Check } from './check.js'
import { authorityOf, isInClear, loginOf } from './elasticsearch.js'
import { getJson, type HttpAnswer } from './http-get.js'

export type KibanaFacts = {
  readonly address: string
  /** Of `/api/status`. */
  readonly status: HttpAnswer | Reason
  /** Of one of our data views; undefined where it was not asked for. */
  readonly view: HttpAnswer | undefined
  readonly hasLogin: boolean
  /** Beyond this host, without TLS. */
  readonly isInClear: boolean
}

const LIMIT_MS = 5_000

export const kibanaCheck: Check = {
  id: 'kibana',
  title: say('Kibana', 'Kibana'),
  needsKafka: false,
  run: async ({ config: { kibana } }) => {
    if (kibana === undefined) return [skip('not-configured', 'kibana', say('not configured', '未配置'))]
    return judgeKibana(await gather(kibana))
  },
}

async function gather(config: KibanaConfig): Promise<KibanaFacts> {
  const options = { headers: loginOf(config), ca: await authorityOf(config.ca), limitMs: LIMIT_MS }
  const base = importUrl(config).replace(/\/api\/.*$/, '')
  const status = await getJson(new URL(`${base}/api/status`), options).catch(reasonOf)
  const isUp = 'status' in status && status.status === 200
  const path = `/api/data_views/data_view/${dataViewId('verdicts')}`
  return {
    address: new URL(base).host,
    status,
    view: isUp ? await getJson(new URL(base + path), options).catch(() => undefined) : undefined,
    hasLogin: Object.keys(options.headers).length > 0,
    isInClear: isInClear(config.url),
  }
}

type Status = {
  readonly version?: { readonly number?: string }
  readonly status?: { readonly overall?: { readonly level?: string } }
}

export function judgeKibana(facts: KibanaFacts): readonly Finding[] {
  const { address, status, view, hasLogin } = facts
  if ('code' in status) return [fail(`kibana-${status.code}`, address, status.what, status.todo)]
  const found = judgeStatus(address, status, hasLogin)
  if (hasLogin && facts.isInClear)
    found.push(
      warn(
        'kibana-login-without-tls',
        'kibana.url',
        say('the key or password goes over the network as it is', '密钥或密码以明文传输'),
        say('Use https.', '请使用https。'),
      ),
    )
  return [...found, ...judgeView(address, view)]
}

const LOGIN = say(
  'Check kibana.api_key, or username and password; a key may have expired.',
  '请检查 kibana.api_key 或用户名和密码；密钥可能已过期。',
)

function judgeStatus(address: string, { status, headers, body }: HttpAnswer, hasLogin: boolean): Finding[] {
  const words = hasLogin ? say('it refuses the login', '登录被拒绝') : say('it asks for a login', '需要登录')
  if (status === 401 || status === 403) return [fail('kibana-login-refused', address, words, LOGIN)]
  const { version, status: state } = (body ?? {}) as Status
  const level = state?.overall?.level
  if (level === undefined && headers['kbn-name'] === undefined)
    return [
      fail(
        'not-kibana',
        address,
        say(`what answers there is not Kibana (HTTP ${status})`, `该地址的服务不是Kibana(HTTP ${status})`),
        say('Check kibana.url, its base path and kibana.space.', '请检查 kibana.url、其base path和 kibana.space。'),
      ),
    ]
  if (status !== 200 || (level !== 'available' && level !== 'degraded'))
    return [
      fail(
        'kibana-down',
        address,
        say(`it is ${level ?? `not ready (HTTP ${status})`}`, `状态为 ${level ?? `未就绪（HTTP ${status}）`}`),
        say(
          'Look into the log of Kibana; it may wait for Elasticsearch.',
          '请查看Kibana日志；可能在等待Elasticsearch。',
        ),
      ),
    ]
  const [major = 0, minor = 0] = (version?.number ?? '8.14').split('.').map(Number)
  if (major < 8 || (major === 8 && minor < 14))
    return [
      fail(
        'kibana-too-old',
        address,
        say(`it is version ${version?.number}`, `版本为 ${version?.number}`),
        say('Use 8.14 or newer.', '请使用8.14或更新版本。'),
      ),
    ]
  const known =
    version?.number === undefined
      ? say('answers', '应答正常')
      : say(`answers, version ${version.number}`, `应答正常，版本 ${version.number}`)
  return [ok('kibana-answers', address, known)]
}

const SETUP = say('`whytimeout setup kibana` puts them there.', '可用 whytimeout setup kibana 导入。')

function judgeView(address: string, view: HttpAnswer | undefined): Finding[] {
  if (view === undefined) return []
  if (view.status === 401 || view.status === 403)
    return [
      fail('kibana-login-refused', address, say('this user may not see data views', '该用户无权查看数据视图'), LOGIN),
    ]
  if (view.status === 404)
    return [warn('kibana-empty', address, say('the dashboards and searches are not there', '缺少仪表板和搜索'), SETUP)]
  if (view.status !== 200) return []
  return [ok('kibana-set-up', address, say('the data views are there', '数据视图已导入'))]
}
