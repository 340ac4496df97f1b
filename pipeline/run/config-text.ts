import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { type Document, type ErrorCode, isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml'
import { WhytimeoutError } from '../errors.js'

export type Env = Readonly<Record<string, string | undefined>>
type Place = { readonly range?: readonly number[] | null | undefined }

/** The configuration as it stands in its file, variables filled in. */
export type ConfigText = {
  readonly value: unknown
  /** Ends with CONFIG_INVALID and the line of what stands at `path`, or of the nearest above it. */
  readonly refuse: (message: string, path: readonly PropertyKey[]) => never
  readonly kindAt: (path: readonly PropertyKey[]) => Kind
  /** What a value was filled in from, such as `${KAFKA_PASSWORD}`. */
  readonly sourcesAt: (path: readonly PropertyKey[]) => readonly string[]
}
export type Kind = 'absent' | 'nothing' | 'a map' | 'a list' | 'a number' | 'true or false' | 'text'

/**
 * Reads the YAML of a configuration. `${NAME}` becomes the environment's value, `${NAME:-text}` that or, where it is not set or empty, the
 * text, `${file:PATH}` a file's text without its last line end, `$${` the characters `${`. What is filled in is not looked at again.
 * Messages are written here and name keys, lines, variables and paths, never what the file says: it may be a password.
 * @throws WhytimeoutError CONFIG_INVALID with file:line
 */
export async function readConfigText(path: string, dir: string, env: Env): Promise<ConfigText> {
  const text = await readUtf8(path).catch((cause: NodeJS.ErrnoException) => {
    throw new WhytimeoutError('CONFIG_INVALID', whyUnreadable(cause), path, { cause })
  })
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false })
  const refuseAt = (message: string, offset: number): never => {
    throw new WhytimeoutError('CONFIG_INVALID', message, `${path}:${Math.max(1, lines.linePos(offset).line)}`)
  }
  const broken = doc.errors[0] ?? doc.warnings[0]
  if (broken) refuseAt(SYNTAX[broken.code] ?? NOT_YAML, broken.pos[0])
  if (!isMap(doc.contents)) refuseAt('the file must be a map of keys; docs/reference/config.md lists them', 0)
  visit(doc, {
    Pair: (_, pair) => {
      if (!isScalar(pair.key)) refuseAt('a key must be a word', (pair.key as Place | null)?.range?.[0] ?? 0)
    },
    Node: (_, node) => {
      if (node.tag?.startsWith('tag:') === false) refuseAt(NO_TAGS, node.range?.[0] ?? 0)
    },
  })
  const sources = await fillIn(doc, dir, env, refuseAt)
  const nodeAt = (at: readonly PropertyKey[]) => (at.length === 0 ? doc.contents : doc.getIn(at, true))
  return {
    value: contentOf(doc, refuseAt),
    refuse: (message, at) => refuseAt(message, offsetOf(doc, at) ?? 0),
    kindAt: (at) => kindOf(nodeAt(at), doc.hasIn(at)),
    sourcesAt: (at) => sources.get(nodeAt(at)) ?? [],
  }
}

const NO_TAGS = 'tags such as !name are not known; put a text that begins with ! in quotes'
const NOT_YAML = `this is not YAML; put texts with any of : # { } [ ] , & * ! | > @ % in single quotes, \${NAME} in { } too`
/** What is wrong by the parser's code. Its own messages quote the file. */
const SYNTAX: Partial<Record<ErrorCode, string>> = {
  BAD_DQ_ESCAPE: 'a backslash in double quotes; use single quotes',
  BAD_INDENT: 'the indentation does not fit the lines above',
  BLOCK_AS_IMPLICIT_KEY: 'two colons in a line; put the text after the first in single quotes',
  DUPLICATE_KEY: 'this key stands twice in its map',
  MULTILINE_IMPLICIT_KEY: 'the colon after a key is missing, or a quote is not closed',
  MULTIPLE_DOCS: 'a second document begins here; the file must hold one',
  TAB_AS_INDENT: 'a tab; indent with spaces',
  TAG_RESOLVE_FAILED: NO_TAGS,
}

async function readUtf8(path: string): Promise<string> {
  const bytes = await readFile(path)
  // A byte order mark is left out by the decoder.
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
}

const whyUnreadable = ({ code }: NodeJS.ErrnoException): string =>
  ({
    ENOENT: 'no such file',
    EISDIR: 'a folder, not a file',
    EACCES: 'no right to read it',
    ERR_ENCODING_INVALID_ENCODED_DATA: 'not UTF-8; save it as UTF-8',
  })[code ?? ''] ?? 'cannot be read'

async function fillIn(doc: Document, dir: string, env: Env, refuseAt: (message: string, offset: number) => never) {
  const sources = new Map<unknown, readonly string[]>()
  const found: { value: string; range?: readonly number[] | null | undefined }[] = []
  visit(doc, {
    Scalar: (position, node) => {
      if (position !== 'key' && typeof node.value === 'string' && node.value.includes('${'))
        found.push(node as (typeof found)[number])
    },
  })
  for (const node of found) {
    const from: string[] = []
    let filled = ''
    let at = 0
    for (const m of node.value.matchAll(/\$\$\{|\$\{([^}]*)(\}?)/g)) {
      filled += node.value.slice(at, m.index)
      at = m.index + m[0].length
      const refuse = (message: string): never => refuseAt(message, node.range?.[0] ?? 0)
      filled += m[0] === '$${' ? '${' : await valueFor(m[1] ?? '', m[2] === '}', { dir, env, refuse, from })
    }
    node.value = filled + node.value.slice(at)
    sources.set(node, from)
  }
  return sources
}

type Filling = {
  readonly dir: string
  readonly env: Env
  readonly refuse: (message: string) => never
  readonly from: string[]
}

async function valueFor(inner: string, isClosed: boolean, { dir, env, refuse, from }: Filling): Promise<string> {
  if (!isClosed) refuse('a ${ is not closed; write $${ where the characters ${ are meant')
  const file = /^file:(.+)$/s.exec(inner)?.[1]
  if (file !== undefined) {
    from.push(`\${file:${file}}`)
    const text = await readUtf8(isAbsolute(file) ? file : join(dir, file)).catch((error: NodeJS.ErrnoException) =>
      refuse(`the file of \${file:${file}}: ${whyUnreadable(error)}`),
    )
    return text.replace(/\r?\n$/, '')
  }
  const [, name, fallback] = /^([A-Za-z_]\w*)(?::-((?:(?!\$\{).)*))?$/s.exec(inner) ?? []
  if (name === undefined)
    return refuse(`\${ } takes NAME, NAME:-text or file:PATH; write $\${ where the characters \${ are meant`)
  from.push(`\${${name}}`)
  const value = Object.hasOwn(env, name) ? env[name] : undefined
  return (
    (fallback === undefined ? value : value || fallback) ??
    refuse(`the environment variable ${name} is not set; set it, or give a value for then: \${${name}:-value}`)
  )
}

function contentOf(doc: Document, refuseAt: (message: string, offset: number) => never): unknown {
  try {
    return doc.toJS({ maxAliasCount: 10 })
  } catch {
    return refuseAt('an alias (*name) of nothing above it, or too many; put a text that begins with * in quotes', 0)
  }
}

function kindOf(node: unknown, isThere: boolean): Kind {
  if (node === undefined) return isThere ? 'nothing' : 'absent'
  if (isMap(node)) return 'a map'
  if (!isScalar(node)) return 'a list'
  if (node.value === null || node.value === '') return 'nothing'
  return typeof node.value === 'number' || typeof node.value === 'bigint'
    ? 'a number'
    : typeof node.value === 'boolean'
      ? 'true or false'
      : 'text'
}

function offsetOf(doc: Document, path: readonly PropertyKey[]): number | undefined {
  for (let n = path.length; n > 0; n--) {
    const parent = n === 1 ? doc.contents : doc.getIn(path.slice(0, n - 1), true)
    if (isMap(parent)) {
      const pair = parent.items.find((p) => isScalar(p.key) && String(p.key.value) === String(path[n - 1]))
      const offset = (pair?.key as Place | undefined)?.range?.[0]
      if (offset !== undefined) return offset
    }
    const offset = (doc.getIn(path.slice(0, n), true) as Place | undefined)?.range?.[0]
    if (offset !== undefined) return offset
  }
  return undefined
}
