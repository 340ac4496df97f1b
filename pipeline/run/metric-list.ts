import type { Bilingual } from '../../schemas/rule.js'

export type MetricMeta = {
  readonly type: 'counter' | 'gauge' | 'histogram'
  /** Label names: only closed lists, topics and partitions; never a host, a terminal or a site. */
  readonly labels: readonly string[]
  readonly about: Bilingual
}

const RAW = ['topic', 'partition'] as const

/**
 * Every metric of the program, by its name. Names follow Prometheus' conventions: base units, `_total` for what only grows.
 * docs/reference/metrics.md comes from here.
 * @see https://prometheus.io/docs/practices/naming/
 */
export const METRICS = {
  whytimeout_build_info: {
    type: 'gauge',
    labels: ['version', 'rules_generation', 'rules_digest', 'inputs_digest'],
    about: {
      en: 'Always 1; the labels say which program, rules and inputs run.',
      zh: '恒为1；标签给出程序、规则和输入的版本。',
    },
  },
  whytimeout_ready: {
    type: 'gauge',
    labels: [],
    about: { en: '1 while input and output are up, as /readyz says.', zh: '输入输出均正常时为1，同 /readyz。' },
  },
  whytimeout_lag_messages: {
    type: 'gauge',
    labels: RAW,
    about: {
      en: 'Messages of a raw partition that are not parsed yet, whoever parses it: take the maximum over processes, not the sum.',
      zh: '原始分区未解析的消息数；各进程看到的是同一个值，取最大值而非求和。',
    },
  },
  whytimeout_lag_seconds: {
    type: 'gauge',
    labels: RAW,
    about: {
      en: 'From the newest event time read of a raw partition to now, while messages are unread; 0 where none are.',
      zh: '有未读消息时，已读最新事件时间距当前的秒数；无未读时为0。',
    },
  },
  whytimeout_messages_read_total: {
    type: 'counter',
    labels: ['topic'],
    about: { en: 'Raw messages parsed.', zh: '已解析的原始消息数。' },
  },
  whytimeout_read_bytes_total: {
    type: 'counter',
    labels: ['topic'],
    about: { en: 'Bytes of the raw messages parsed, uncompressed.', zh: '已解析的原始消息字节数（解压后）。' },
  },
  whytimeout_records_total: {
    type: 'counter',
    labels: ['stage', 'fate'],
    about: {
      en: 'Records by what became of them, as in the books: event, filtered, duplicate or dead_lettered.',
      zh: '记录数，按去向（与账目一致）：event、filtered、duplicate、dead_lettered。',
    },
  },
  whytimeout_parsed_records_total: {
    type: 'counter',
    labels: ['format'],
    about: {
      en: 'Records by the log format that read them; none: no format knew them.',
      zh: '记录数，按识别出的日志格式；none 表示无法识别。',
    },
  },
  whytimeout_dead_letters_total: {
    type: 'counter',
    labels: ['stage', 'reason'],
    about: { en: 'Dead letters by what was wrong.', zh: '死信数，按原因。' },
  },
  whytimeout_late_events_total: {
    type: 'counter',
    labels: [],
    about: {
      en: 'Events that came behind the watermark and changed no verdict; a rerun of their time repairs it.',
      zh: '晚于水位线到达、未影响结论的事件数；可重跑该时段修正。',
    },
  },
  whytimeout_verdict_latency_seconds: {
    type: 'histogram',
    labels: [],
    about: {
      en: "Provisional verdicts: from Kafka's time of the line to the verdict being stored.",
      zh: '初步结论：从日志行的Kafka时间到结论入库的秒数。',
    },
  },
  whytimeout_verdicts_total: {
    type: 'counter',
    labels: ['state', 'cause'],
    about: {
      en: 'Verdicts stored by cause; final ones are one a timeout, provisional ones may be several.',
      zh: '入库结论数，按原因；最终结论每次超时一条，初步结论可有多条。',
    },
  },
  whytimeout_withdrawn_verdicts_total: {
    type: 'counter',
    labels: [],
    about: {
      en: 'Provisional verdicts taken back because their record had not been complete.',
      zh: '因记录当时不完整而撤回的初步结论数。',
    },
  },
  whytimeout_open_episodes: {
    type: 'gauge',
    labels: ['partition'],
    about: { en: 'Timeouts whose window has not passed yet.', zh: '时间窗尚未结束的超时数。' },
  },
  whytimeout_held_events: {
    type: 'gauge',
    labels: ['partition'],
    about: { en: 'Events in memory that wait for the watermark.', zh: '等待水位线的内存事件数。' },
  },
  whytimeout_known_parameters: {
    type: 'gauge',
    labels: ['partition'],
    about: {
      en: 'Versions, settings, addresses, name servers and gateways of sources that are remembered beyond the window.',
      zh: '窗口之外仍记住的各来源版本、设置、地址、域名服务器与网关的数量。',
    },
  },
  whytimeout_watermark_timestamp_seconds: {
    type: 'gauge',
    labels: ['partition'],
    about: {
      en: 'Event time up to which everything is in and decided; absent until there is one.',
      zh: '水位线（事件时间）；此前的事件均已到齐并判定。',
    },
  },
  whytimeout_watermark_delay_seconds: {
    type: 'gauge',
    labels: ['partition'],
    about: {
      en: 'How far the watermark is behind now; at least the lateness.',
      zh: '水位线落后当前时间的秒数；至少为允许迟到时长。',
    },
  },
  whytimeout_incident_verdicts_total: {
    type: 'counter',
    labels: ['fate'],
    about: {
      en: 'Messages of the verdicts topic by what incidents made of them: counted, repeat, late (worked in by a repair), ignored or unreadable.',
      zh: '结论主题的消息数，按事件归并结果：counted、repeat、late（经修正并入）、ignored、unreadable。',
    },
  },
  whytimeout_open_incidents: {
    type: 'gauge',
    labels: ['partition'],
    about: { en: 'Incidents that go on, by partition of the verdicts topic.', zh: '进行中的事件数，按结论主题分区。' },
  },
  whytimeout_incident_repairs_total: {
    type: 'counter',
    labels: [],
    about: { en: 'How often verdicts that came late were worked into incidents.', zh: '将迟到结论并入事件的次数。' },
  },
  whytimeout_alerts_firing: {
    type: 'gauge',
    labels: [],
    about: { en: 'Alerts that the receiver is told are firing.', zh: '正在告警的数量。' },
  },
  whytimeout_alerts_waiting: {
    type: 'gauge',
    labels: [],
    about: { en: 'Alerts with news that the receiver does not have yet.', zh: '有更新尚未送达接收方的告警数。' },
  },
  whytimeout_alert_requests_total: {
    type: 'counter',
    labels: ['outcome'],
    about: {
      en: 'Requests to the receiver of alerts: accepted, failed (tried again) or refused (never taken as they are).',
      zh: '发往告警接收方的请求数：accepted、failed（将重试）、refused（被拒绝）。',
    },
  },
  whytimeout_alerts_forgotten_total: {
    type: 'counter',
    labels: [],
    about: {
      en: 'Ends of alerts that were never said because there were too many.',
      zh: '因数量过多而未能通知的告警结束数。',
    },
  },
  whytimeout_paused_partitions: {
    type: 'gauge',
    labels: [],
    about: {
      en: 'Raw partitions of this process that are left for now because they are too far ahead of the slowest.',
      zh: '因领先最慢分区过多而暂停读取的分区数。',
    },
  },
  whytimeout_assigned_partitions: {
    type: 'gauge',
    labels: ['stage'],
    about: { en: 'Partitions that are this process’s; 0: it stands by.', zh: '分配给本进程的分区数；0表示待命。' },
  },
  whytimeout_rebalances_total: {
    type: 'counter',
    labels: ['stage'],
    about: { en: 'How often partitions were handed out anew.', zh: '分区重新分配次数。' },
  },
  whytimeout_consumer_restarts_total: {
    type: 'counter',
    labels: ['stage'],
    about: { en: 'How often a stage’s client stopped and started again by itself.', zh: '消费者自动重启次数。' },
  },
  whytimeout_commits_total: {
    type: 'counter',
    labels: ['stage', 'outcome'],
    about: {
      en: 'Commits of offsets by outcome: done or failed. A failed one is made up for by the next.',
      zh: '位移提交次数，按结果 done 或 failed；失败会由下一次补上。',
    },
  },
  whytimeout_sink_up: {
    type: 'gauge',
    labels: ['sink'],
    about: { en: '1 while a store takes what it is given.', zh: '存储正常接收时为1。' },
  },
  whytimeout_sink_retrying_items: {
    type: 'gauge',
    labels: ['sink'],
    about: { en: 'Documents or messages that wait to be tried again.', zh: '等待重试的文档或消息数。' },
  },
  whytimeout_sink_retried_items_total: {
    type: 'counter',
    labels: ['sink'],
    about: { en: 'Documents or messages that had to be tried again.', zh: '需要重试的文档或消息总数。' },
  },
  whytimeout_errors_total: {
    type: 'counter',
    labels: ['code'],
    about: {
      en: 'What went wrong, by the code of docs/reference/errors.md; KAFKA_UNREACHABLE counts silences of the brokers and failed tries to write.',
      zh: '错误数，按 errors.md 中的代码；KAFKA_UNREACHABLE 计代理失联次数和写入失败的尝试。',
    },
  },
  whytimeout_taps: {
    type: 'gauge',
    labels: [],
    about: { en: 'Clients that watch with `whytimeout tap`.', zh: '正在使用 whytimeout tap 观察的客户端数。' },
  },
} as const satisfies Readonly<Record<string, MetricMeta>>
export type MetricName = keyof typeof METRICS
