import { z } from 'zod'

/** A duration as people write it: `90s`, `2m`, `24h`. */
const Duration = z.string().regex(/^\d+(ms|s|m|h|d)$/, 'a duration such as 90s, 2m or 24h')
const Port = z.int().min(1).max(65_535)

/** Topics by name, or all that match a pattern between slashes: `/^logs\./`. */
const Topics = z.union([
  z.array(z.string().min(1)).min(1),
  z.string().regex(/^\/.+\/$/, 'a list of names, or /a pattern/'),
])

export const KafkaConfig = z.strictObject({
  brokers: z.array(z.string().regex(/^[^\s:]+:\d+$/, 'host:port')).min(1),
  topics: Topics.describe('Raw logs: names, or /a pattern/.'),
  client_id: z.string().default('whytimeout'),
  group: z
    .string()
    .default('whytimeout')
    .describe('Prefix of the consumer groups: <group>-parse and <group>-diagnose.'),
  prefix: z
    .string()
    .default('whytimeout')
    .describe('Prefix of the internal topics: <prefix>.events, .clocks, .verdicts, .dead-letters.'),
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
  http: z
    .strictObject({ host: z.string().default('127.0.0.1'), port: Port.default(9600) })
    .optional()
    .describe('Metrics and health.'),
})
export type Config = z.infer<typeof Config>
