import type { Condition } from './conditions.js'
import type { IndexKind } from './elasticsearch.js'
import { CAUSES, type Lang } from './vocabulary.js'

type Words = Readonly<Record<Lang, string>>

/** A question that operators ask of what is stored: one saved search in Kibana, and one name for `whytimeout search`. */
export type SavedSearch = {
  /** Kebab-case; never changes, for people link to it. */
  readonly id: string
  readonly title: Words
  readonly question: Words
  /** Which documents it looks through. */
  readonly kind: IndexKind
  /** All of these hold. */
  readonly conditions: readonly Condition[]
  /** Fields to show, besides the time. */
  readonly columns: readonly string[]
  readonly sort: readonly { readonly field: string; readonly order: 'asc' | 'desc' }[]
  /** How far back it looks unless told otherwise, `90m`, `24h` or `7d`; absent where documents have no time. */
  readonly since?: string
  /** The field that the reader fills in: without it the search shows everything. */
  readonly asks?: string
}

const WHO = ['whytimeout.terminal_id', 'whytimeout.site_id']
const WHY = ['whytimeout.verdict.cause', 'whytimeout.verdict.mechanism', 'whytimeout.verdict.confidence']
const WHERE_TO = ['destination.ip', 'destination.domain', 'destination.port']
const LINE = ['whytimeout.origin', 'event.action', 'message']
const NEWEST = [{ field: '@timestamp', order: 'desc' }] as const
const OLDEST = [{ field: '@timestamp', order: 'asc' }] as const

/** Below this lead the second cause is nearly as likely as the first. */
export const CLOSE_MARGIN = 0.15
/** A cause with this score is worth a look even if another has more. */
export const STRONG_SECOND = 0.3
/** So many lines and still no cause: something the rules do not know. */
export const MUCH_EVIDENCE = 5
/** From here on a verdict is acted upon without a second opinion. */
export const SURE = 0.8

const verdicts = (
  search: Pick<SavedSearch, 'id' | 'title' | 'question' | 'conditions' | 'columns'> & { readonly since?: string },
): SavedSearch => ({ kind: 'verdicts', sort: NEWEST, since: '24h', ...search })
const events = (
  search: Pick<SavedSearch, 'id' | 'title' | 'question' | 'conditions' | 'columns'> & Partial<SavedSearch>,
): SavedSearch => ({ kind: 'events', sort: NEWEST, since: '24h', ...search })

const VERDICTS = [
  verdicts({
    id: 'breaking-now',
    title: { en: 'What is breaking now', zh: '当前故障' },
    question: {
      en: 'Which timeouts were decided in the last hour, and why?',
      zh: '最近一小时有哪些超时，原因是什么？',
    },
    conditions: [{ field: 'whytimeout.verdict.state', op: 'is', value: 'final' }],
    columns: [...WHO, ...WHY, 'whytimeout.verdict.scope'],
    since: '1h',
  }),
  verdicts({
    id: 'still-open',
    title: { en: 'Not final yet', zh: '尚未定论' },
    question: { en: 'Which verdicts still wait for evidence?', zh: '哪些结论仍在等待证据？' },
    conditions: [{ field: 'whytimeout.verdict.state', op: 'is', value: 'provisional' }],
    columns: [...WHO, ...WHY, 'whytimeout.evidence.count'],
  }),
  verdicts({
    id: 'hit-by-firewall',
    title: { en: 'Hit by a firewall', zh: '受防火墙影响' },
    question: { en: 'Whom does a firewall keep from which address?', zh: '防火墙阻断了哪些终端访问哪些地址？' },
    conditions: [{ field: 'whytimeout.verdict.cause', op: 'is', value: 'firewall_restriction' }],
    columns: [...WHO, ...WHERE_TO, 'whytimeout.verdict.mechanism', 'whytimeout.verdict.confidence'],
  }),
  verdicts({
    id: 'unexplained',
    title: { en: 'Unexplained, yet much seen', zh: '证据多但原因不明' },
    question: {
      en: 'Where do we not know the cause although many lines speak of it? A rule may be missing.',
      zh: '哪些超时证据充足却原因不明？可能缺少规则。',
    },
    conditions: [
      { field: 'whytimeout.verdict.cause', op: 'is', value: 'unknown' },
      { field: 'whytimeout.evidence.count', op: 'gte', value: MUCH_EVIDENCE },
    ],
    columns: [...WHO, 'whytimeout.episode.phase', 'whytimeout.evidence.signal', 'whytimeout.evidence.count'],
    since: '7d',
  }),
  verdicts({
    id: 'missing-logs',
    title: { en: 'Undecided: which log is missing', zh: '无法判定：缺少哪些日志' },
    question: { en: 'Which log would have told the cause?', zh: '补充哪些日志即可判定原因？' },
    conditions: [{ field: 'whytimeout.verdict.cause', op: 'is', value: 'unknown' }],
    columns: [...WHO, 'whytimeout.episode.phase', 'whytimeout.evidence.missing', 'whytimeout.episode.observed_by'],
    since: '7d',
  }),
  verdicts({
    id: 'close-calls',
    title: { en: 'Close calls', zh: '差距很小的结论' },
    question: {
      en: 'Where is the second cause nearly as likely as the first?',
      zh: '哪些结论的第二原因与第一原因接近？',
    },
    conditions: [{ field: 'whytimeout.verdict.margin', op: 'lt', value: CLOSE_MARGIN }],
    columns: [...WHO, ...WHY, 'whytimeout.verdict.margin'],
  }),
  verdicts({
    id: 'strong-second',
    title: { en: 'Strong second cause', zh: '第二原因也较强' },
    question: {
      en: 'Where does another cause than the one named have a score above 0.3?',
      zh: '哪些结论中，另一原因的得分也超过0.3？',
    },
    conditions: [
      {
        op: 'any',
        of: CAUSES.map((cause): readonly Condition[] => [
          { field: `whytimeout.score.${cause}`, op: 'gt', value: STRONG_SECOND },
          { field: 'whytimeout.verdict.cause', op: 'not', value: cause },
        ]),
      },
    ],
    columns: [...WHO, ...WHY, 'whytimeout.verdict.margin'],
  }),
  verdicts({
    id: 'sure',
    title: { en: 'Sure enough to act', zh: '可直接处理' },
    question: {
      en: 'Which verdicts are at least 80 % sure, and what is to be done?',
      zh: '哪些结论置信度不低于80 %，应如何处理？',
    },
    conditions: [
      { field: 'whytimeout.verdict.confidence', op: 'gte', value: SURE },
      { field: 'whytimeout.verdict.cause', op: 'not', value: 'unknown' },
    ],
    columns: [...WHO, ...WHY, 'whytimeout.remedy.id'],
  }),
  verdicts({
    id: 'handshake-unfinished',
    title: { en: 'Handshake never finished', zh: '连接握手未完成' },
    question: { en: 'Which connections were never established, and to where?', zh: '哪些连接从未建立，目标是哪里？' },
    conditions: [{ field: 'whytimeout.episode.phase', op: 'is', value: 'connect' }],
    columns: [...WHO, ...WHERE_TO, 'whytimeout.verdict.cause', 'event.duration'],
  }),
  verdicts({
    id: 'no-answer',
    title: { en: 'Connected, but no answer', zh: '已连接但无应答' },
    question: { en: 'Which requests were sent and never answered?', zh: '哪些请求已发送但没有应答？' },
    conditions: [{ field: 'whytimeout.episode.phase', op: 'is', value: 'response' }],
    columns: [...WHO, ...WHERE_TO, 'whytimeout.verdict.cause', 'event.duration'],
  }),
  verdicts({
    id: 'gateway-upstream',
    title: { en: 'Gateway waits for its upstream', zh: '网关等待上游' },
    question: { en: 'Where did the gateway, not the terminal, wait in vain?', zh: '哪些超时发生在网关与上游之间？' },
    conditions: [{ field: 'whytimeout.episode.suffered_by', op: 'is', value: 'gateway' }],
    columns: ['whytimeout.gateway', 'service.target.name', ...WHERE_TO, ...WHY],
  }),
  verdicts({
    id: 'wider-than-a-terminal',
    title: { en: 'Wider than one terminal', zh: '影响不止一台终端' },
    question: { en: 'What reaches a whole site, provider or gateway?', zh: '哪些故障影响整个门店、运营商或网关？' },
    conditions: [{ field: 'whytimeout.verdict.scope', op: 'is', value: ['site', 'isp', 'endpoint', 'fleet'] }],
    columns: ['whytimeout.verdict.scope', 'whytimeout.verdict.scope_id', ...WHO, ...WHY],
  }),
  verdicts({
    id: 'call-the-provider',
    title: { en: 'To take up with the access provider', zh: '需联系运营商' },
    question: { en: 'What should the access provider look at?', zh: '哪些问题需要运营商处理？' },
    conditions: [
      { field: 'whytimeout.remedy.id', op: 'is', value: 'contact_isp' },
      { field: 'whytimeout.verdict.cause', op: 'not', value: 'unknown' },
    ],
    columns: ['whytimeout.isp', ...WHO, ...WHY],
  }),
] as const satisfies readonly SavedSearch[]

const EVENTS = [
  events({
    id: 'terminal-story',
    title: { en: "One terminal's story", zh: '单台终端的经过' },
    question: { en: 'What happened at this terminal, line by line?', zh: '该终端逐行发生了什么？' },
    conditions: [{ field: 'whytimeout.terminal_id', op: 'exists' }],
    columns: ['whytimeout.terminal_id', ...LINE, 'whytimeout.signal.id'],
    sort: OLDEST,
    asks: 'whytimeout.terminal_id',
  }),
  events({
    id: 'evidence-lines',
    title: { en: 'Lines behind a verdict', zh: '结论依据的日志行' },
    question: { en: 'Which lines does a verdict rest on?', zh: '结论依据哪些日志行？' },
    conditions: [{ field: 'event.id', op: 'exists' }],
    columns: [...LINE, 'whytimeout.signal.id', 'event.id'],
    sort: OLDEST,
    asks: 'event.id',
  }),
  events({
    id: 'signals',
    title: { en: 'Lines by what matched in them', zh: '按匹配内容查看日志行' },
    question: { en: 'What matched in which lines?', zh: '哪些日志行匹配了什么？' },
    conditions: [{ field: 'whytimeout.signal.id', op: 'exists' }],
    columns: ['whytimeout.signal.id', ...LINE],
    asks: 'whytimeout.signal.id',
  }),
  events({
    id: 'dns-trouble',
    title: { en: 'DNS trouble', zh: 'DNS问题' },
    question: { en: 'Which names could not be resolved?', zh: '哪些域名解析失败？' },
    conditions: [
      {
        op: 'any',
        of: [
          [{ field: 'dns.response_code', op: 'is', value: ['SERVFAIL', 'NXDOMAIN', 'REFUSED'] }],
          [{ field: 'event.action', op: 'is', value: ['dns-timeout', 'dns-failed'] }],
        ],
      },
    ],
    columns: ['dns.question.name', 'dns.response_code', ...LINE],
  }),
  events({
    id: 'denied',
    title: { en: 'Denied on the way', zh: '途中被拒绝' },
    question: { en: 'Which firewall rule dropped or refused what?', zh: '哪条防火墙规则丢弃或拒绝了什么？' },
    conditions: [{ field: 'event.type', op: 'is', value: 'denied' }],
    columns: ['host.name', 'observer.name', 'rule.name', 'source.ip', 'destination.ip', 'destination.port', 'message'],
  }),
  events({
    id: 'timed-out-lines',
    title: { en: 'Lines that say a limit ran out', zh: '记录超时的日志行' },
    question: { en: 'Which lines say in their own words that something timed out?', zh: '哪些日志行直接写明了超时？' },
    conditions: [
      {
        field: 'event.action',
        op: 'is',
        value: ['dns-timeout', 'connect-timeout', 'tls-timeout', 'response-timeout', 'idle-timeout'],
      },
    ],
    columns: ['whytimeout.terminal_id', ...LINE],
  }),
  events({
    id: 'server-trouble',
    title: { en: 'Servers down or overloaded', zh: '服务器宕机或过载' },
    question: { en: 'Which servers failed, were full or gave no health?', zh: '哪些服务器故障、过载或健康检查失败？' },
    conditions: [
      {
        field: 'event.action',
        op: 'is',
        value: [
          'server-down',
          'no-server-available',
          'health-check-failed',
          'queue-full',
          'overload',
          'program-stopped',
        ],
      },
    ],
    columns: ['host.name', 'service.name', 'service.target.name', ...LINE],
  }),
  events({
    id: 'link-trouble',
    title: { en: 'Links, modems and power', zh: '链路、调制解调器与电源' },
    question: {
      en: 'Which links, network cards, modems or supplies failed?',
      zh: '哪些链路、网卡、调制解调器或电源出现故障？',
    },
    conditions: [
      {
        field: 'event.action',
        op: 'is',
        value: ['link-down', 'nic-error', 'modem-error', 'signal-weak', 'power-event', 'neighbour-failed'],
      },
    ],
    columns: ['host.name', 'interface.name', ...LINE],
  }),
  events({
    id: 'stack-exhausted',
    title: { en: 'TCP/IP stack exhausted', zh: 'TCP/IP协议栈资源耗尽' },
    question: {
      en: 'Which machines ran out of ports, descriptors, tables or memory?',
      zh: '哪些主机的端口、描述符、表或内存耗尽？',
    },
    conditions: [
      {
        field: 'event.action',
        op: 'is',
        value: [
          'ports-exhausted',
          'table-full',
          'syn-flood',
          'descriptors-exhausted',
          'socket-memory',
          'memory-pressure',
        ],
      },
    ],
    columns: ['host.name', 'process.name', ...LINE],
  }),
  events({
    id: 'lost-probes',
    title: { en: 'Lost probes and packets', zh: '探测与报文丢失' },
    question: { en: 'Which lines lose packets?', zh: '哪些线路丢包？' },
    conditions: [{ field: 'event.action', op: 'is', value: ['probe-lost', 'retransmission'] }],
    columns: ['host.name', 'whytimeout.site_id', 'destination.ip', 'whytimeout.rtt_ms', 'whytimeout.loss_percent'],
  }),
  events({
    id: 'changes',
    title: { en: 'Changes and restarts', zh: '变更与重启' },
    question: { en: 'What was changed or restarted before it broke?', zh: '故障之前有哪些变更或重启？' },
    conditions: [
      {
        field: 'event.action',
        op: 'is',
        value: [
          'config-changed',
          'program-started',
          'program-stopped',
          'route-changed',
          'address-assigned',
          'clock-stepped',
        ],
      },
    ],
    columns: ['host.name', 'process.name', ...LINE],
  }),
  events({
    id: 'ignored-values',
    title: { en: 'Values that could not be indexed', zh: '未能索引的字段值' },
    question: { en: 'Which stored lines have a value that no search finds?', zh: '哪些已存日志行含有无法检索的值？' },
    conditions: [
      {
        op: 'any',
        of: [[{ field: '_ignored', op: 'exists' }], [{ field: 'whytimeout.cut', op: 'exists' }]],
      },
    ],
    columns: ['event.dataset', 'whytimeout.cut', ...LINE],
    since: '7d',
  }),
] as const satisfies readonly SavedSearch[]

const INCIDENT = [
  'whytimeout.incident.cause',
  'whytimeout.incident.mechanism',
  'whytimeout.incident.scope',
  'whytimeout.incident.scope_id',
  'whytimeout.incident.verdicts',
  'whytimeout.incident.terminals',
  'whytimeout.incident.share',
  'whytimeout.incident.last',
]
const OTHERS = [
  {
    id: 'open-incidents',
    title: { en: 'Open incidents', zh: '进行中的事故' },
    question: { en: 'What goes on now, how wide, and since when?', zh: '当前有哪些事故，范围多大，何时开始？' },
    kind: 'incidents',
    conditions: [{ field: 'whytimeout.incident.state', op: 'is', value: 'open' }],
    columns: INCIDENT,
    sort: NEWEST,
    since: '24h',
  },
  {
    id: 'incidents',
    title: { en: 'Incidents', zh: '全部事故' },
    question: { en: 'What has happened, the widest first?', zh: '发生过哪些事故（按影响范围排序）？' },
    kind: 'incidents',
    conditions: [{ field: 'event.action', op: 'is', value: 'timeout-incident' }],
    columns: ['whytimeout.incident.state', ...INCIDENT],
    sort: [{ field: 'whytimeout.incident.terminals', order: 'desc' }, ...NEWEST],
    since: '7d',
  },
  {
    id: 'near-the-limit',
    title: { en: 'Near the limit', zh: '接近超时限制' },
    question: {
      en: 'Whose answers take more than half of the time allowed, though nothing may have failed yet?',
      zh: '哪些对象的应答耗时已超过限制的一半（即使尚未失败）？',
    },
    kind: 'health',
    conditions: [{ field: 'whytimeout.health.response.near_share', op: 'gte', value: 0.05 }],
    columns: [
      'whytimeout.health.by',
      'whytimeout.health.id',
      'whytimeout.health.attempts',
      'whytimeout.health.timeout_share',
      'whytimeout.health.response.p95_ms',
      'whytimeout.health.response.limit_ms',
      'whytimeout.health.response.near_share',
    ],
    sort: NEWEST,
    since: '24h',
  },
  {
    id: 'lost-lines',
    title: { en: 'Lines that could not be used', zh: '无法使用的日志行' },
    question: { en: 'Do we lose data, whose, and why?', zh: '是否丢失数据？来自哪里，原因是什么？' },
    kind: 'dead-letters',
    conditions: [{ field: 'event.kind', op: 'is', value: 'pipeline_error' }],
    columns: ['whytimeout.origin', 'error.code', 'error.message', 'message'],
    // Most of these lines have no time that could be read.
    sort: [{ field: 'whytimeout.origin', order: 'asc' }],
  },
] as const satisfies readonly SavedSearch[]

/** Every named search, in the order in which they are listed. */
export const SEARCHES: readonly SavedSearch[] = [...VERDICTS, ...EVENTS, ...OTHERS]
