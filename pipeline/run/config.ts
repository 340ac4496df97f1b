import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { type Document, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { Config } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'

export type AnyConfig = Config & {
  /** Folder of the file: relative paths in it start there. */
  readonly dir: string
}
/** Of a program that streams. */
export type LoadedConfig = AnyConfig & { readonly kafka: NonNullable<Config['kafka']> }
type Env = Readonly<Record<string, string | undefined>>

/** The configuration of a program that streams. @throws WhytimeoutError CONFIG_INVALID with file:line */
export async function loadConfig(path: string, env: Env): Promise<LoadedConfig> {
  const config = await readConfig(path, env)
  const { kafka } = config
  if (kafka === undefined) throw new WhytimeoutError('CONFIG_INVALID', 'the key "kafka" is missing', path)
  return { ...config, kafka }
}

/**
 * Reads `whytimeout.yml`. `${NAME}` becomes the environment's value, `${NAME:-value}` that or a default, `${file:PATH}` a file's text.
 * Messages name keys and lines, never values: one may be a password.
 * @throws WhytimeoutError CONFIG_INVALID with file:line
 */
export async function readConfig(path: string, env: Env): Promise<AnyConfig> {
  const text = await readFile(path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    throw new WhytimeoutError('CONFIG_INVALID', cause.code === 'ENOENT' ? 'no such file' : 'cannot be read', path, {
      cause,
    })
  })
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, schema: 'core' })
  const refuse = (message: string, offset: number | undefined): never => {
    throw new WhytimeoutError(
      'CONFIG_INVALID',
      message,
      offset === undefined ? path : `${path}:${lines.linePos(offset).line}`,
    )
  }
  const broken = doc.errors[0]
  if (broken) refuse(broken.message.split('\n')[0] ?? 'not YAML', broken.pos[0])
  if (!isMap(doc.contents)) return refuse('the file must be a map; docs/reference/config.md lists the keys', 0)
  await expand(doc, dirname(path), env, refuse)

  const read = Config.safeParse(doc.toJS({ maxAliasCount: 10 }))
  if (read.success) return { ...read.data, dir: dirname(path) }
  const issue = deepest(read.error.issues)
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const at = unknown === undefined ? issue.path : [...issue.path, unknown]
  const name = at.join('.')
  const message =
    unknown === undefined ? `${name}: ${issue.message}` : `no key "${name}"${suggest(issue.path, unknown)}`
  return refuse(message, offsetOf(doc, at))
}

/** A path of the configuration, from its folder. */
export const pathIn = (config: AnyConfig, path: string | undefined): string | undefined =>
  path === undefined || isAbsolute(path) ? path : join(config.dir, path)

const UNIT_MS = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
/** `90s` as milliseconds. */
export function durationMs(text: string): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) as RegExpExecArray
  return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]
}

async function expand(
  doc: Document,
  dir: string,
  env: Env,
  refuse: (message: string, offset: number | undefined) => never,
): Promise<void> {
  const scalars: { value: string; range?: readonly number[] | null }[] = []
  visit(doc, {
    Scalar: (key, node) => {
      if (key !== 'key' && typeof node.value === 'string' && node.value.includes('${'))
        scalars.push(node as (typeof scalars)[number])
    },
  })
  for (const node of scalars) {
    let filled = ''
    let from = 0
    for (const m of node.value.matchAll(/\$\{(file:)?([^}]+)\}/g)) {
      filled += node.value.slice(from, m.index)
      from = m.index + m[0].length
      const what = m[2] as string
      if (m[1] !== undefined) {
        const file = isAbsolute(what) ? what : join(dir, what)
        const secret = await readFile(file, 'utf8').catch(() =>
          refuse(`the file of \${file:${what}} cannot be read`, node.range?.[0]),
        )
        filled += secret.replace(/\r?\n$/, '')
        continue
      }
      const [name = '', fallback] = what.split(':-', 2)
      filled += env[name] ?? fallback ?? refuse(`the environment variable ${name} is not set`, node.range?.[0])
    }
    node.value = filled + node.value.slice(from)
  }
}

type Issue = { code?: string; path: PropertyKey[]; message: string; keys: string[]; errors?: Issue[][] }

/** Of a choice between shapes, what is wrong with the one that came nearest. */
function deepest(issues: readonly unknown[]): Issue {
  const issue = issues[0] as Issue
  const inner = (issue.errors ?? []).map((e) => deepest(e)).sort((a, b) => b.path.length - a.path.length)[0]
  if (issue.code !== 'invalid_union' || !inner || (inner.path.length === 0 && inner.code !== 'unrecognized_keys'))
    return issue
  return { ...inner, path: [...issue.path, ...inner.path] }
}

function suggest(path: readonly PropertyKey[], key: string): string {
  let shape: unknown = Config
  for (const step of path) shape = (unwrapped(shape) as { shape?: Record<PropertyKey, unknown> }).shape?.[step]
  const known = Object.keys((unwrapped(shape) as { shape?: object } | undefined)?.shape ?? {})
  const near = closest(key, known)
  return near !== undefined ? `; did you mean "${near}"?` : known.length > 0 ? `; known: ${known.join(', ')}` : ''
}
const unwrapped = (type: unknown): unknown => {
  let at = type as { unwrap?: () => unknown } | undefined
  while (at && typeof at.unwrap === 'function') at = at.unwrap() as typeof at
  return at
}

function offsetOf(doc: Document, path: readonly PropertyKey[]): number | undefined {
  for (let n = path.length; n > 0; n--) {
    const parent = n === 1 ? doc.contents : doc.getIn(path.slice(0, n - 1), true)
    const key = path[n - 1]
    if (isMap(parent)) {
      const pair = parent.items.find((p) => String(isScalar(p.key) ? p.key.value : p.key) === String(key))
      const range = (pair?.key as { range?: readonly number[] } | undefined)?.range
      if (range) return range[0]
    }
    const node = doc.getIn(path.slice(0, n), true) as { range?: readonly number[] } | undefined
    if (node?.range) return node.range[0]
  }
  return undefined
}
