import { z } from 'zod'

/** A duration as people write it: `90s`, `2m`, `24h`. */
const Duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration such as 90s, 2m or 24h')
/** A port; text too, because a variable's value is text. */
const Port = z.union([
  z.int().min(0).max(65_535),
  z
    .string()
    .regex(/^\d{1,5}$/, 'a port')
    .transform(Number),
])
const Broker = z.string().regex(/^[^\s:,]+:\d+$/, 'host:port')

/** Topics by name, or all that match a pattern between slashes: `/^logs\./`. */
const Topics = z.union([
  z.array(z.string().min(1)).min(1),
  z.string().regex(/^\/.+\/$/, 'a list of names, or /a pattern/'),
])

export const KafkaConfig = z.strictObject({
  brokers: z
    .array(z.string().transform((text) => text.split(',').map((b) => b.trim())))
    .min(1)
    .transform((lists) => lists.flat())
    .pipe(z.array(Broker))
    .describe('host:port, each on its own or several with commas.'),
  topics: Topics.describe('Raw logs: names, or /a pattern/.'),
  messages: z
    .enum(['lines', 'records'])
    .default('lines')
    .describe(
      'lines: the messages of a log, in order, are its lines, and a record may span several. records: a message holds whole records, in any order.',
    ),
  client_id: z.string().default('whytimeout'),
  group: z
    .string()
    .default('whytimeout')
    .describe('Prefix of the consumer groups: <group>-parse and <group>-diagnose.'),
  prefix: z
    .string()
    .default('whytimeout')
    .describe('Prefix of the internal topics: <prefix>.events, .clocks, .verdicts, .incidents, .dead-letters, .books.'),
  ssl: z
    .union([
      z.boolean(),
      z.strictObject({ ca: z.string().optional(), cert: z.string().optional(), key: z.string().optional() }),
    ])
    .default(false)
    .describe('true, or PEM files: ca, cert, key.'),
  sasl: z
    .strictObject({
      mechanism: z.enum(['plain', 'scram-sha-256', 'scram-sha-512']),
      username: z.string(),
      password: z.string(),
    })
    .optional(),
  from_beginning: z.boolean().default(true).describe('Where a group without committed offsets begins.'),
  session_timeout: Duration.default('30s'),
})
export type KafkaConfig = z.infer<typeof KafkaConfig>

export const ElasticsearchConfig = z.strictObject({
  node: z.union([z.url(), z.array(z.url()).min(1)]).optional(),
  cloud_id: z.string().optional(),
  api_key: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
  ca: z.string().optional().describe('PEM file of an own certificate authority.'),
})
export type ElasticsearchConfig = z.infer<typeof ElasticsearchConfig>

export const AlertsConfig = z.strictObject({
  webhook: z.url().optional().describe('Where incidents are posted to.'),
  format: z.enum(['alertmanager', 'json']).default('alertmanager').describe("Alertmanager's API v2, or plain JSON."),
  headers: z.record(z.string(), z.string()).default({}).describe('Further headers, such as authorization.'),
  min_verdicts: z.int().min(1).default(1).describe('Incidents with fewer timeouts raise no alert.'),
})
export type AlertsConfig = z.infer<typeof AlertsConfig>

/** `whytimeout.yml`. `${NAME}` stands for an environment variable, `${file:PATH}` for the text of a file; unknown keys are refused. */
export const Config = z.strictObject({
  kafka: KafkaConfig.optional(),
  elasticsearch: ElasticsearchConfig.optional(),
  inventory: z.string().optional().describe('inventory.csv; relative to this file.'),
  origins: z.string().optional().describe('origins.yml; relative to this file.'),
  rules: z.string().optional().describe('Folder of rules, in place of those that come with the program.'),
  lateness: Duration.optional().describe('How far behind its input an event may come; default by the rule pack.'),
  runaway: Duration.default('15m').describe(
    'A raw partition further ahead (event time) of the slowest unread one is paused.',
  ),
  commit_interval: Duration.default('5s').describe('How often offsets and books are committed while there is work.'),
  drain: Duration.default('20s').describe('How long SIGTERM waits for work under way before it ends the process.'),
  dead_letters_file: z
    .string()
    .optional()
    .describe(
      'Dead letters go to this file too, as NDJSON; relative to this file. Past 64 MiB it becomes FILE.1, and so on to FILE.4: at most 320 MiB in all.',
    ),
  log_level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Log content only at debug.'),
  alerts: AlertsConfig.optional(),
  http: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: Port.default(9600) })
    .optional()
    .describe('Metrics and health.'),
})
export type Config = z.infer<typeof Config>
