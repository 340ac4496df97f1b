import { SURE } from '../searches.js'
import type { Bucket, Control, Dashboard, LensPanel, Metric, Words } from './panels.js'

const TIMEOUTS: Metric = { of: 'count', label: { en: 'Timeouts', zh: '超时数' } }
const LINES: Metric = { of: 'count', label: { en: 'Lines', zh: '日志行数' } }
const TERMINALS: Metric = {
  of: 'unique',
  field: 'whytimeout.terminal_id',
  label: { en: 'Terminals hit', zh: '受影响终端数' },
}
const CONFIDENCE: Metric = {
  of: 'average',
  field: 'whytimeout.verdict.confidence',
  label: { en: 'Mean confidence', zh: '平均置信度' },
}

const time = (interval: 'auto' | '1h' = 'auto'): Bucket => ({ by: 'time', interval })
const field = (name: string, en: string, zh: string, size = 10): Bucket => ({
  by: 'field',
  field: name,
  label: { en, zh },
  size,
})
/** As many as there are: ten, and `unknown`. */
const CAUSE = field('whytimeout.verdict.cause', 'Cause', '原因', 11)
const MECHANISM = field('whytimeout.verdict.mechanism', 'Mechanism', '机制')
const UNKNOWN = { field: 'whytimeout.verdict.cause', op: 'is', value: 'unknown' } as const
const EXPLAINED = { field: 'whytimeout.verdict.cause', op: 'not', value: 'unknown' } as const
/** Not sure by far, and so not to be acted upon without a look. */
const WEAK = 0.5

const verdicts = (panel: Omit<LensPanel, 'kind'>): LensPanel => ({ kind: 'verdicts', ...panel })
const events = (panel: Omit<LensPanel, 'kind'>): LensPanel => ({ kind: 'events', ...panel })
const letters = (panel: Omit<LensPanel, 'kind'>): LensPanel => ({ kind: 'dead-letters', ...panel })
const tile = (id: string, metric: Metric, kind: LensPanel['kind'] = 'verdicts'): LensPanel => ({
  ...{ id, kind, title: metric.label, shape: 'tile', buckets: [] },
  metrics: [metric],
})
const UNKNOWN_TILE = tile('unknown', {
  of: 'count',
  label: { en: 'Unknown cause', zh: '原因不明' },
  where: [UNKNOWN],
})
const CAUSES_OVER_TIME = verdicts({
  id: 'causes-over-time',
  title: { en: 'Causes over time', zh: '各原因随时间变化' },
  shape: 'bars',
  buckets: [CAUSE, time()],
  metrics: [TIMEOUTS],
})
const CERTAINTY = verdicts({
  id: 'certainty',
  title: { en: 'How sure the verdicts are', zh: '结论置信度分布' },
  shape: 'shares',
  buckets: [
    {
      by: 'conditions',
      label: { en: 'Confidence', zh: '置信度' },
      parts: [
        {
          label: { en: 'sure (80 % and more)', zh: '可靠（不低于80 %）' },
          conditions: [EXPLAINED, { field: 'whytimeout.verdict.confidence', op: 'gte', value: SURE }],
        },
        {
          label: { en: 'likely (50 to 80 %)', zh: '较可能（50–80 %）' },
          conditions: [
            EXPLAINED,
            { field: 'whytimeout.verdict.confidence', op: 'gte', value: WEAK },
            { field: 'whytimeout.verdict.confidence', op: 'lt', value: SURE },
          ],
        },
        {
          label: { en: 'weak (below 50 %)', zh: '较弱（低于50 %）' },
          conditions: [EXPLAINED, { field: 'whytimeout.verdict.confidence', op: 'lt', value: WEAK }],
        },
        { label: { en: 'unknown', zh: '原因不明' }, conditions: [UNKNOWN] },
      ],
    },
    time(),
  ],
  metrics: [TIMEOUTS],
})

const control = (id: string, name: string, title: Words, kind: Control['kind'] = 'verdicts'): Control => ({
  ...{ id, title, kind },
  field: name,
})
const SITE = control('site', 'whytimeout.site_id', { en: 'Site', zh: '门店' })
const ISP = control('isp', 'whytimeout.isp', { en: 'Access provider', zh: '运营商' })
const GATEWAY = control('gateway', 'whytimeout.gateway', { en: 'Gateway', zh: '网关' })

const OVERVIEW: Dashboard = {
  id: 'overview',
  title: { en: 'Timeouts: overview', zh: '超时总览' },
  description: {
    en: 'What times out, why, whom it hits and what to do.',
    zh: '哪些连接超时、原因、影响范围与处理办法。',
  },
  from: 'now-24h',
  controls: [
    control('cause', 'whytimeout.verdict.cause', { en: 'Cause', zh: '原因' }),
    SITE,
    ISP,
    GATEWAY,
    control('endpoint', 'destination.domain', { en: 'Endpoint by name', zh: '目标域名' }),
    control('address', 'destination.ip', { en: 'Endpoint by address', zh: '目标地址' }),
  ],
  rows: [
    {
      height: 6,
      panels: [
        tile('timeouts', TIMEOUTS),
        tile('terminals', TERMINALS),
        tile('sites', { of: 'unique', field: 'whytimeout.site_id', label: { en: 'Sites hit', zh: '受影响门店数' } }),
        UNKNOWN_TILE,
        tile('confidence', CONFIDENCE),
        tile('waited', { of: 'p95', field: 'event.duration', label: { en: 'Waited (p95)', zh: '等待时长（p95）' } }),
      ],
    },
    {
      height: 14,
      panels: [
        CAUSES_OVER_TIME,
        verdicts({
          id: 'cause-share',
          title: { en: 'Share of each cause', zh: '各原因占比' },
          shape: 'donut',
          buckets: [CAUSE],
          metrics: [TIMEOUTS],
        }),
        verdicts({
          id: 'phases',
          title: { en: 'Where attempts stop', zh: '停在哪个阶段' },
          shape: 'donut',
          buckets: [field('whytimeout.episode.phase', 'Phase', '阶段', 5)],
          metrics: [TIMEOUTS],
        }),
      ],
    },
    {
      height: 15,
      panels: [
        verdicts({
          id: 'site-by-hour',
          title: { en: 'Sites by hour', zh: '门店×小时热力图' },
          shape: 'heatmap',
          buckets: [field('whytimeout.site_id', 'Site', '门店', 25), time('1h')],
          metrics: [TIMEOUTS],
        }),
        CERTAINTY,
      ],
    },
    {
      height: 15,
      panels: [
        verdicts({
          id: 'top-terminals',
          title: { en: 'Terminals with most timeouts', zh: '超时最多的终端' },
          shape: 'table',
          buckets: [field('whytimeout.terminal_id', 'Terminal', '终端', 20)],
          metrics: [TIMEOUTS, CONFIDENCE],
        }),
        verdicts({
          id: 'top-endpoints',
          title: { en: 'Endpoints', zh: '未能到达的目标' },
          shape: 'table',
          buckets: [field('whytimeout.endpoint', 'Endpoint', '目标')],
          metrics: [TIMEOUTS, TERMINALS],
        }),
      ],
    },
    {
      height: 14,
      panels: [
        verdicts({
          id: 'mechanisms',
          title: { en: 'Mechanisms', zh: '具体机制' },
          shape: 'bars',
          buckets: [MECHANISM],
          metrics: [TIMEOUTS],
        }),
        verdicts({
          id: 'remedies',
          title: { en: 'What to do', zh: '处理办法' },
          shape: 'bars',
          buckets: [field('whytimeout.remedy.id', 'Remedy', '处理办法')],
          metrics: [TIMEOUTS],
        }),
        verdicts({
          id: 'missing-logs',
          title: { en: 'Logs that would have told the cause', zh: '补充后可判定原因的日志' },
          shape: 'bars',
          conditions: [UNKNOWN],
          buckets: [field('whytimeout.evidence.missing', 'Missing log', '缺少的日志')],
          metrics: [TIMEOUTS],
        }),
      ],
    },
    {
      height: 18,
      panels: [{ id: 'verdicts', title: { en: 'Verdicts', zh: '结论' }, search: 'breaking-now' }],
    },
  ],
}

const TERMINAL: Dashboard = {
  id: 'terminal',
  title: { en: 'Timeouts: one terminal', zh: '单台终端' },
  description: {
    en: 'Choose a terminal: its timeouts, their causes, and its log line by line.',
    zh: '选择终端，查看其超时、原因以及逐行日志。',
  },
  from: 'now-24h',
  controls: [control('terminal', 'whytimeout.terminal_id', { en: 'Terminal', zh: '终端' }), SITE],
  rows: [
    {
      height: 6,
      panels: [
        tile('timeouts', TIMEOUTS),
        UNKNOWN_TILE,
        tile('confidence', CONFIDENCE),
        tile('longest', { of: 'max', field: 'event.duration', label: { en: 'Longest wait', zh: '最长等待' } }),
      ],
    },
    {
      height: 12,
      panels: [
        CAUSES_OVER_TIME,
        verdicts({
          id: 'why',
          title: { en: 'Why, and how sure', zh: '原因与置信度' },
          shape: 'table',
          buckets: [CAUSE, MECHANISM],
          metrics: [TIMEOUTS, CONFIDENCE],
        }),
      ],
    },
    {
      height: 12,
      panels: [
        events({
          id: 'actions-over-time',
          title: { en: 'What its lines tell', zh: '日志事件随时间变化' },
          shape: 'bars',
          buckets: [field('event.action', 'Event', '事件', 12), time()],
          metrics: [LINES],
        }),
        events({
          id: 'signals',
          title: { en: 'Signals', zh: '信号' },
          shape: 'bars',
          buckets: [field('whytimeout.signal.id', 'Signal', '信号')],
          metrics: [LINES],
        }),
      ],
    },
    { height: 20, panels: [{ id: 'story', title: { en: 'Its log', zh: '日志' }, search: 'terminal-story' }] },
  ],
}

const HEALTH: Dashboard = {
  id: 'health',
  title: { en: 'Timeouts: pipeline health', zh: '数据管道健康' },
  description: {
    en: 'What is read, what is lost and why. Lines that could not be used have no time: they are all shown, whatever time is chosen.',
    zh: '读入了什么、丢失了什么及原因。无法使用的日志行没有时间，因此不受所选时间范围限制，全部显示。',
  },
  from: 'now-24h',
  controls: [control('origin', 'whytimeout.origin', { en: 'Log', zh: '日志来源' }, 'events')],
  rows: [
    {
      height: 6,
      panels: [
        tile('lines', { of: 'count', label: { en: 'Lines kept', zh: '已存日志行' } }, 'events'),
        tile('logs', { of: 'unique', field: 'whytimeout.origin', label: { en: 'Logs', zh: '日志来源数' } }, 'events'),
        tile(
          'ignored',
          {
            of: 'count',
            label: { en: 'With a value that no search finds', zh: '含无法检索的值' },
            where: [
              {
                op: 'any',
                of: [[{ field: '_ignored', op: 'exists' }], [{ field: 'whytimeout.cut', op: 'exists' }]],
              },
            ],
          },
          'events',
        ),
        tile('lost', { of: 'count', label: { en: 'Lines not used', zh: '无法使用的日志行' } }, 'dead-letters'),
      ],
    },
    {
      height: 13,
      panels: [
        events({
          id: 'formats-over-time',
          title: { en: 'Lines kept, by format', zh: '各格式日志行' },
          shape: 'bars',
          buckets: [field('event.dataset', 'Format', '格式', 12), time()],
          metrics: [LINES],
        }),
        events({
          id: 'logs-by-newest',
          title: { en: 'Logs and their newest line', zh: '日志来源及最新时间' },
          shape: 'table',
          buckets: [field('whytimeout.origin', 'Log', '日志来源', 20)],
          metrics: [LINES, { of: 'max', field: '@timestamp', label: { en: 'Newest', zh: '最新' } }],
        }),
      ],
    },
    {
      height: 13,
      panels: [
        letters({
          id: 'lost-by-reason',
          title: { en: 'Not used, by reason', zh: '无法使用的原因' },
          shape: 'bars',
          buckets: [field('error.code', 'Reason', '原因')],
          metrics: [LINES],
        }),
        letters({
          id: 'lost-by-log',
          title: { en: 'Not used, by log', zh: '无法使用的日志来源' },
          shape: 'table',
          buckets: [field('whytimeout.origin', 'Log', '日志来源', 20), field('error.code', 'Reason', '原因', 5)],
          metrics: [LINES],
        }),
      ],
    },
    {
      height: 16,
      panels: [{ id: 'letters', title: { en: 'Lines not used', zh: '无法使用的日志行' }, search: 'lost-lines' }],
    },
  ],
}

export const DASHBOARDS: readonly Dashboard[] = [OVERVIEW, TERMINAL, HEALTH]
