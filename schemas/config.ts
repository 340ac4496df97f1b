import { z } from 'zod'

/** What people read about a key: what it takes, and its meaning in English and Chinese. docs/reference/config.md comes from it. */
const key = <T extends z.ZodType>(type: T, takes: string, description: string, zh: string): T =>
  type.meta({ takes, description, zh }) as T

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/
/** `90s` as milliseconds; NaN for what is no duration. */
export function durationMs(text: string): number {
  const m = DURATION.exec(text)
  return m ? Number(m[1]) * UNIT_MS[m[2] as keyof typeof UNIT_MS] : Number.NaN
}

/** Longer than a week serves nothing here, and timers end at 24 days. */
const WEEK_MS = 7 * UNIT_MS.d
const duration = (leastMs = 0, mostMs = WEEK_MS) =>
  z
    .string()
    .regex(DURATION)
    .refine((text) => durationMs(text) >= leastMs && durationMs(text) <= mostMs)

const Text = z.string().min(1)
/** Switches and numbers come as text too: the value of a variable is text. */
const Switch = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')])
const whole = (least: number, most: number) =>
  z.union([
    z.int().min(least).max(most),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number)
      .pipe(z.int().min(least).max(most)),
  ])
/** A path, and not the text of a file by mistake: messages may name paths. */
const Path = z.string().regex(/^(?!-----)[^\p{Cc}]+$/u)
/** Without a user and password in it: messages may name addresses. */
const HttpUrl = z.string().refine((text) => {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return false
  const { username, password } = new URL(text)
  return username === '' && password === ''
})

/** Several, as a list or as one text with commas: the value of a variable is one text. */
const several = (one: RegExp) =>
  z
    .union([z.string(), z.array(z.string()).min(1)])
    .superRefine((given, ctx) => {
      for (const [i, text] of [given].flat().entries())
        if (!text.split(',').every((part) => one.test(part.trim())))
          ctx.addIssue({ code: 'custom', message: '', path: typeof given === 'string' ? [] : [i] })
    })
    .transform((given) => [...new Set([given].flat().flatMap((text) => text.split(',').map((part) => part.trim())))])

/** The client takes names and IPv4 addresses only. */
const BROKER = /^[\p{L}\d._-]+:(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d|655[0-2]\d|6553[0-5])$/u
/** @see org.apache.kafka.common.internals.Topic: at most 249 of these, and neither . nor .. */
const TOPIC = /^(?!\.{1,2}$)[\w.-]{1,249}$/
const isPattern = (text: string): boolean => {
  try {
    return text.length > 2 && text.startsWith('/') && text.endsWith('/') && new RegExp(text.slice(1, -1)).source !== ''
  } catch {
    return false
  }
}
/** Topics by name, or all that match a pattern between slashes: `/^logs\./`. */
const Topics = z.union([z.string().refine(isPattern), several(TOPIC)])

export const KafkaConfig = z.strictObject({
  brokers: key(
    several(BROKER),
    'host:port, a list or several with commas',
    'Where to reach the cluster first; it names its other brokers itself. Names or IPv4 addresses; IPv6 by name.',
    '集群的引导地址；其余节点由集群告知。IPv6请用域名。',
  ),
  topics: key(
    Topics,
    'names of topics, a list or several with commas, or /a pattern/',
    'Raw logs: every topic named, or every one that the pattern fits but for the internal ones.',
    '原始日志主题：名称列表，或 /正则/（自动排除内部主题）。',
  ),
  messages: key(
    z.enum(['lines', 'records']).default('lines'),
    'lines or records',
    'lines: the messages of a log, in order, are its lines, and a record may span several. records: a message holds whole records, in any order.',
    'lines：消息按序为日志的各行，一条记录可跨多条消息；records：每条消息含完整记录，次序不限。',
  ),
  client_id: key(
    Text.default('whytimeout'),
    'text',
    'Name by which the brokers know the client, in their logs and quotas.',
    '客户端名称，用于服务端日志和配额。',
  ),
  group: key(
    Text.default('whytimeout'),
    'text',
    'Prefix of the consumer groups: <group>-parse, <group>-diagnose and <group>-incidents.',
    '消费组前缀：<group>-parse、<group>-diagnose 和 <group>-incidents。',
  ),
  prefix: key(
    z
      .string()
      .regex(/^(?!\.)[\w.-]{1,200}$/)
      .default('whytimeout'),
    'letters, digits, . _ and -, at most 200',
    'Prefix of the internal topics: <prefix>.events, .clocks, .known, .verdicts, .incidents, .dead-letters, .books.',
    '内部主题前缀。',
  ),
  ssl: key(
    z
      .union([
        Switch,
        z.strictObject({
          ca: key(
            Path.optional(),
            'the path of a PEM file',
            'Certificates of an own authority; relative to this file.',
            '自建CA证书，路径相对于本文件。',
          ),
          cert: key(
            Path.optional(),
            'the path of a PEM file',
            'Certificate of this client; with key.',
            '客户端证书，与key同用。',
          ),
          key: key(Path.optional(), 'the path of a PEM file', 'Private key of this client; with cert.', '客户端私钥。'),
        }),
      ])
      .default(false),
    'true, false, or a map with ca, cert and key',
    'TLS: true trusts the authorities that Node.js knows; a map names files.',
    'TLS:true 使用Node.js内置CA；或指定证书文件。',
  ),
  sasl: key(
    z
      .strictObject({
        mechanism: key(
          z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
          'plain, scram-sha-256 or scram-sha-512',
          'plain only over TLS: it sends the password as it is.',
          'plain 会明文发送密码，仅可与TLS同用。',
        ),
        username: key(Text, 'text', 'Name of the user.', '用户名。'),
        password: key(
          Text,
          `text, best by \${NAME} or \${file:PATH}`,
          'Its password. Never printed.',
          '密码，不会输出。',
        ),
      })
      .optional(),
    'a map with mechanism, username and password',
    'How to log in to the brokers.',
    'Kafka登录方式。',
  ),
  from_beginning: key(
    Switch.default(true),
    'true or false',
    'Where a group without committed offsets begins: at the oldest message, or at the newest.',
    '无已提交位移时从最早（true）还是最新（false）开始。',
  ),
  session_timeout: key(
    duration(UNIT_MS.s, 30 * UNIT_MS.m).default('30s'),
    'a duration such as 30s, from 1s to 30m',
    'How long a silent process keeps its partitions. The brokers have limits too: group.min.session.timeout.ms and group.max.session.timeout.ms.',
    '进程失联多久后其分区被重新分配；不得超出服务端允许范围。',
  ),
})
export type KafkaConfig = z.infer<typeof KafkaConfig>

/** How to log in to a server of Elastic's, and whose certificate it may have. */
const LOGIN = {
  api_key: key(
    z
      .string()
      .regex(/^[\x21-\x7e]+$/)
      .optional(),
    `the encoded key, best by \${NAME} or \${file:PATH}`,
    'How to log in; or username and password. Never printed.',
    'API密钥，不会输出；或使用用户名和密码。',
  ),
  username: key(Text.optional(), 'text', 'With password, in place of api_key.', '与password同用，代替api_key。'),
  password: key(Text.optional(), `text, best by \${NAME} or \${file:PATH}`, 'Never printed.', '密码，不会输出。'),
  ca: key(
    Path.optional(),
    'the path of a PEM file',
    'Certificates of an own authority; relative to this file.',
    '自建CA证书，路径相对于本文件。',
  ),
}

export const ElasticsearchConfig = z.strictObject({
  node: key(
    z.union([HttpUrl, z.array(HttpUrl).min(1)]).optional(),
    'http(s)://host:port without user and password, or a list of such',
    'Where to reach it; or cloud_id.',
    '节点地址；或使用cloud_id。',
  ),
  cloud_id: key(
    z
      .string()
      .regex(/^[^:\s]*:[A-Za-z\d+/=]{8,}$/)
      .optional(),
    'the id that Elastic Cloud shows, name:letters',
    'In place of node.',
    'Elastic Cloud部署编号，代替node。',
  ),
  ...LOGIN,
  lifecycle: key(
    z
      .strictObject({
        events: key(
          duration(UNIT_MS.d, 3_650 * UNIT_MS.d),
          'a duration such as 30d, from 1d to 3650d',
          'How long days of events are kept.',
          '事件索引的保留天数。',
        ),
      })
      .optional(),
    'a map with events',
    'Where the server has lifecycle management, `setup elasticsearch` has it drop old days; else see `retention`.',
    '若服务器支持生命周期管理，由 setup elasticsearch 配置自动删除；否则见 retention 命令。',
  ),
})
export type ElasticsearchConfig = z.infer<typeof ElasticsearchConfig>

export const KibanaConfig = z.strictObject({
  url: key(
    HttpUrl,
    'http(s)://host:port without user and password, with the base path if there is one',
    'Where to reach it.',
    'Kibana地址，含base path（如有）。',
  ),
  space: key(
    z
      .string()
      .regex(/^[a-z0-9_-]+$/)
      .optional(),
    'the id of a space: small letters, digits, _ and -',
    'Where the dashboards go; by default the default space.',
    '导入到哪个空间；默认为default。',
  ),
  ...LOGIN,
})
export type KibanaConfig = z.infer<typeof KibanaConfig>

export const AlertsConfig = z.strictObject({
  webhook: key(
    HttpUrl.optional(),
    'http(s)://…, without user and password',
    'Where incidents are posted to. Never printed.',
    '故障事件推送地址，不会输出。',
  ),
  format: key(
    z.enum(['alertmanager', 'json']).default('alertmanager'),
    'alertmanager or json',
    "Alertmanager's API v2, or plain JSON.",
    'Alertmanager API v2 格式或普通JSON。',
  ),
  headers: key(
    z.record(z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/), z.string().regex(/^[\t\x20-\x7e\x80-\xff]*$/)).default({}),
    'a map of header names to one line of text each',
    'Further headers, such as authorization. Never printed.',
    '附加请求头，如authorization，不会输出。',
  ),
  min_verdicts: key(
    whole(1, 1_000_000).default(1),
    'a whole number from 1',
    'Incidents with fewer timeouts raise no alert.',
    '超时数少于此值的故障不告警。',
  ),
  provisional: key(
    Switch.default(false),
    'true or false',
    'Verdicts that are not final count too: alerts come minutes earlier, and some name a cause or a scope that is then withdrawn.',
    '暂定结论也触发告警：可提前数分钟，但原因和范围之后可能改变。',
  ),
  ca: key(
    Path.optional(),
    'the path of a PEM file',
    'Certificates of an own authority; relative to this file.',
    '自建CA证书，路径相对于本文件。',
  ),
})
export type AlertsConfig = z.infer<typeof AlertsConfig>

/** `whytimeout.yml`. `${NAME}` stands for an environment variable, `${file:PATH}` for the text of a file; unknown keys are refused. */
export const Config = z.strictObject({
  kafka: key(KafkaConfig.optional(), 'a map', 'The cluster; the stream needs it.', 'Kafka集群；stream必需。'),
  elasticsearch: key(
    ElasticsearchConfig.optional(),
    'a map',
    'Where verdicts are stored for searching.',
    '结论的存储与检索。',
  ),
  inventory: key(
    Path.optional(),
    'the path of a file',
    'inventory.csv, who is who; relative to this file.',
    '终端清单，路径相对于本文件。',
  ),
  origins: key(
    Path.optional(),
    'the path of a file',
    'origins.yml, what the lines do not say; relative to this file.',
    '日志来源说明，路径相对于本文件。',
  ),
  rules: key(
    Path.optional(),
    'the path of a folder',
    'Rules in place of those that come with the program; relative to this file.',
    '自定义规则目录，路径相对于本文件。',
  ),
  text: key(
    Switch.default(true),
    'true or false',
    'Whether words of failure that no rule knows may hint at a cause.',
    '是否允许用规则未覆盖的故障字样提示原因。',
  ),
  lateness: key(
    duration().optional(),
    'a duration such as 90s, 2m or 24h, up to 7d',
    'How far behind its input an event may come; by default as the rule pack says.',
    '事件允许迟到的时长；默认取自规则包。',
  ),
  runaway: key(
    duration(UNIT_MS.s).default('15m'),
    'a duration such as 90s, 2m or 24h, from 1s to 7d',
    'A raw partition further ahead (event time) of the slowest unread one is paused.',
    '分区事件时间领先最慢分区超过此值时暂停读取。',
  ),
  commit_interval: key(
    duration(0, UNIT_MS.h).default('5s'),
    'a duration such as 5s, up to 1h',
    'How often offsets and books are committed while there is work.',
    '有数据处理时提交位移和账目的间隔。',
  ),
  drain: key(
    duration(0, UNIT_MS.h).default('20s'),
    'a duration such as 20s, up to 1h',
    'How long SIGTERM waits for work under way before it ends the process.',
    '收到SIGTERM后等待处理完成的最长时间。',
  ),
  dead_letters_file: key(
    Path.optional(),
    'the path of a file',
    'Dead letters go to this file too, as NDJSON; relative to this file. Past 64 MiB it becomes FILE.1, and so on to FILE.4: at most 320 MiB in all.',
    '死信另存为NDJSON文件，路径相对于本文件。超过64 MiB时改名为 FILE.1，依次到 FILE.4，总计不超过320 MiB。',
  ),
  log_level: key(
    z.enum(['debug', 'info', 'warn', 'error']).default('info'),
    'debug, info, warn or error',
    'Log content only at debug.',
    '日志级别；仅debug含日志内容。',
  ),
  alerts: key(AlertsConfig.optional(), 'a map', 'Where incidents are told to.', '故障告警。'),
  kibana: key(
    KibanaConfig.optional(),
    'a map',
    'Where `setup kibana` puts dashboards and searches.',
    '仪表板和搜索的导入目标。',
  ),
  http: key(
    z
      .strictObject({
        host: key(Text.default('127.0.0.1'), 'an address or a name', 'Where it listens.', '监听地址。'),
        port: key(
          whole(0, 65_535).default(9600),
          'a port, 0 to 65535',
          '0 takes a free one.',
          '端口；0为任意空闲端口。',
        ),
        socket: key(
          Path.optional(),
          'the path of a socket',
          'A Unix socket to listen on as well, for this user alone; relative to this file.',
          '另外监听的Unix套接字，仅限当前用户；路径相对于本文件。',
        ),
        token: key(
          z
            .string()
            .regex(/^[\x21-\x7e]{16,}$/)
            .optional(),
          '16 characters or more, without spaces',
          'Bearer token that `tap` needs; without one `tap` is refused where host is not this machine.',
          'tap所需的令牌；监听地址不是本机且未设置令牌时，tap被拒绝。',
        ),
      })
      .optional(),
    'a map with host and port',
    'Metrics, health, `whytimeout top` and `whytimeout tap`.',
    '指标、健康检查以及top和tap命令。',
  ),
})
export type Config = z.infer<typeof Config>
