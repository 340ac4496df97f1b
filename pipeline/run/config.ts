import { dirname, isAbsolute, join } from 'node:path'
import { Config } from '../../schemas/config.js'
import { CONFIG_KEYS, keyAt, keysBelow } from '../../schemas/config-keys.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'
import { contradictions } from './config-check.js'
import { type ConfigText, type Env, readConfigText } from './config-text.js'

export { durationMs } from '../../schemas/config.js'

export type AnyConfig = Config & {
  /** Folder of the file: relative paths in it start there. */
  readonly dir: string
}
/** Of a program that streams. */
export type LoadedConfig = AnyConfig & { readonly kafka: NonNullable<Config['kafka']> }

/**
 * Reads `whytimeout.yml`. `${NAME}` becomes the environment's value, `${NAME:-text}` that or a text, `${file:PATH}` a file's text.
 * Messages name keys and lines, never values: one may be a password.
 * @throws WhytimeoutError CONFIG_INVALID with file:line
 */
export async function readConfig(path: string, env: Env): Promise<AnyConfig> {
  const dir = dirname(path)
  const text = await readConfigText(path, dir, env)
  const read = Config.safeParse(text.value)
  if (!read.success) {
    // A mistyped key leaves another one missing: the first is the cause.
    const issues = read.error.issues.map(deepest)
    const issue = issues.find((i) => i.code === 'unrecognized_keys') ?? (issues[0] as Issue)
    return issue.code === 'unrecognized_keys' ? refuseKey(text, issue) : refuseValue(text, issue)
  }
  for (const { at, message } of contradictions(read.data)) text.refuse(message, at)
  return { ...withPaths(read.data, dir), dir }
}

/** The same where the cluster is needed. */
export async function loadConfig(path: string, env: Env): Promise<LoadedConfig> {
  const config = await readConfig(path, env)
  const { kafka } = config
  if (kafka === undefined) throw new WhytimeoutError('CONFIG_INVALID', 'the key "kafka" is missing', `${path}:1`)
  return { ...config, kafka }
}

/** A path of the configuration, from its folder. */
export const pathIn = (config: Pick<AnyConfig, 'dir'>, path: string | undefined): string | undefined =>
  path === undefined || isAbsolute(path) ? path : join(config.dir, path)

/** Certificates are read by those who only know their own part: their paths are followed from here. */
function withPaths(config: Config, dir: string): Config {
  const from = (path: string) => (isAbsolute(path) ? path : join(dir, path))
  const { kafka, elasticsearch, kibana, alerts } = config
  return {
    ...config,
    ...(kafka &&
      typeof kafka.ssl === 'object' && {
        kafka: { ...kafka, ssl: Object.fromEntries(Object.entries(kafka.ssl).map(([k, p]) => [k, from(p)])) },
      }),
    ...(elasticsearch?.ca !== undefined && { elasticsearch: { ...elasticsearch, ca: from(elasticsearch.ca) } }),
    ...(kibana?.ca !== undefined && { kibana: { ...kibana, ca: from(kibana.ca) } }),
    ...(alerts?.ca !== undefined && { alerts: { ...alerts, ca: from(alerts.ca) } }),
  }
}

type Issue = { readonly code?: string; readonly path: readonly PropertyKey[]; readonly keys?: readonly string[] }

/** Of a choice between shapes, what is wrong with the one that came nearest. */
function deepest(given: unknown): Issue {
  const issue = given as Issue & { readonly errors?: readonly (readonly unknown[])[] }
  if (issue.code !== 'invalid_union') return issue
  const inner = (issue.errors ?? [])
    .flatMap((branch) => branch.map(deepest))
    .sort((a, b) => b.path.length - a.path.length || rank(a) - rank(b))[0]
  if (!inner || (inner.path.length === 0 && inner.code !== 'unrecognized_keys')) return issue
  return { ...inner, path: [...issue.path, ...inner.path] }
}
const rank = (issue: Issue): number => (issue.code === 'unrecognized_keys' ? 0 : 1)

const nameOf = (path: readonly PropertyKey[]): string => path.filter((step) => typeof step !== 'number').join('.')

/** What a key can look like; anything else may be a password in the wrong place. */
const KEY = /^[A-Za-z][A-Za-z_-]{0,30}$/

function refuseKey(text: ConfigText, issue: Issue): never {
  const key = issue.keys?.[0] ?? ''
  const at = [...issue.path, key]
  const above = nameOf(issue.path)
  const where = above === '' ? '' : ` in ${above}`
  const known = keysBelow(above)
  if (!KEY.test(key) || (text.kindAt(at) === 'nothing' && closest(key, known) === undefined))
    return text.refuse(`no such key${where}, or no space after a colon; known: ${known.join(', ')}`, at)
  const near = closest(key, known)
  const elsewhere = [...CONFIG_KEYS.keys()].find((k) => k.endsWith(`.${key}`))
  const hint =
    near !== undefined
      ? `did you mean "${near}"?`
      : elsewhere !== undefined
        ? `it belongs in ${elsewhere.slice(0, -key.length - 1)}`
        : `known: ${known.join(', ')}`
  return text.refuse(`no key "${nameOf(at)}"; ${hint}`, at)
}

function refuseValue(text: ConfigText, issue: Issue): never {
  const key = keyAt(issue.path)
  const name = key?.path ?? 'the file'
  const takes = key?.takes ?? 'a map'
  const kind = text.kindAt(issue.path)
  const from = text.sourcesAt(issue.path)
  const source = from.length > 0 ? ` (it comes from ${from.join(' and ')})` : ''
  if (kind === 'absent' || kind === 'nothing')
    return text.refuse(`${name} is ${kind === 'absent' ? 'missing' : 'empty'}${source}: give ${takes}`, issue.path)
  const not = kind === 'text' ? '' : `, not ${kind}`
  const quote = (kind === 'a number' || kind === 'true or false') && /text|name/.test(takes) ? '; put it in quotes' : ''
  return text.refuse(`${name} must be ${takes}${not}${quote}${source}`, issue.path)
}
