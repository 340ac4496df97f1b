import { createHash } from 'node:crypto'
import { isMap, isScalar, LineCounter, type Node, parseDocument } from 'yaml'
import { z } from 'zod'
import { LogEvent } from '../../schemas/event.js'
import { FACTS } from '../../schemas/facts.js'
import {
  CauseFile,
  Mechanism,
  PackFile,
  RemedyFile,
  SharedSignal,
  type SignalUse,
  type Where,
} from '../../schemas/rule.js'
import { type Bind, CAUSES, type Cause } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { globTest } from '../parse/origins.js'
import { closest } from './closest.js'
import {
  type CompiledMechanism,
  type CompiledSignal,
  type Condition,
  type ConditionSource,
  type Pack,
  type Part,
  signalIndex,
} from './pack.js'
import { compileWhere, fieldsOf, SigmaError } from './sigma.js'
import { createTextClassifier, TextModel } from './text-model.js'
import { textSignals, withText } from './text-signals.js'

export type RuleFile = { readonly path: string; readonly text: string }
type Doc = {
  readonly path: string
  readonly value: unknown
  readonly placeOf: (path: readonly PropertyKey[]) => string
}

/** The one file of a pack that is no YAML. */
export const TEXT_MODEL = 'text-model.json'
const DEFAULT_WITHIN_MS = 10_000
const EVENT_FIELDS = Object.keys(LogEvent.shape)

/**
 * Compiles a rule pack: `<cause>/cause.yml`, `<cause>/<mechanism>.yml`, `signals/*.yml`, `remedies.yml`, `pack.yml`.
 * @throws WhytimeoutError RULE_INVALID that lists every finding as file:line
 */
export function compilePack(files: readonly RuleFile[], { text = true }: { readonly text?: boolean } = {}): Pack {
  const problems: string[] = []
  const note = (place: string, message: string) => problems.push(`${place}: ${message}`)
  const model = files.find((f) => f.path === TEXT_MODEL)
  const docs = files.filter((f) => f !== model).map((f) => readYaml(f, note))
  const settings = single(docs, 'pack.yml', PackFile, note)
  const remedies = single(docs, 'remedies.yml', RemedyFile, note)
  const shared = new Map<string, Condition>()
  for (const doc of docs.filter((d) => d.path.startsWith('signals/'))) {
    const read = check(doc, z.record(z.string(), SharedSignal), note)
    for (const [id, signal] of Object.entries(read ?? {})) {
      if (shared.has(id)) note(doc.placeOf([id]), `signal "${id}" exists already`)
      const condition = compileCondition(id, signal, (path, message) => note(doc.placeOf([id, ...path]), message))
      if (condition) shared.set(id, { ...condition, description: signal.description })
    }
  }
  const causes = new Map<Cause, CauseFile>()
  const sources: { doc: Doc; mechanism: Mechanism }[] = []
  for (const doc of docs) {
    const [folder = '', name = ''] = doc.path.split('/')
    if (folder === 'signals' || name === '') continue
    if (!(CAUSES as readonly string[]).includes(folder)) note(doc.path, `no cause "${folder}"${hint(folder, CAUSES)}`)
    else if (name === 'cause.yml') {
      const cause = check(doc, CauseFile, note)
      if (cause && cause.id !== folder) note(doc.placeOf(['id']), `id "${cause.id}" stands in the folder ${folder}`)
      if (cause) causes.set(cause.id, cause)
    } else {
      const mechanism = check(doc, Mechanism, note)
      if (!mechanism) continue
      if (mechanism.cause !== folder)
        note(doc.placeOf(['cause']), `cause "${mechanism.cause}" stands in the folder ${folder}`)
      if (`${mechanism.id}.yml` !== name) note(doc.placeOf(['id']), `id "${mechanism.id}" stands in the file ${name}`)
      if (sources.some((s) => s.mechanism.id === mechanism.id))
        note(doc.placeOf(['id']), `mechanism "${mechanism.id}" exists already`)
      sources.push({ doc, mechanism })
    }
  }
  for (const { mechanism, doc } of sources)
    if (!causes.has(mechanism.cause)) note(doc.path, `no ${mechanism.cause}/cause.yml`)
  const compiled = sources.map(({ doc, mechanism }) => ({
    doc,
    mechanism,
    signals: compileSignals(mechanism, shared, (path, message) => note(doc.placeOf(['signals', ...path]), message)),
  }))
  if (problems.length > 0 || !settings || !remedies) {
    const first = problems[0] ?? ''
    const place = /^(\S+?:\d+|\S+?): /.exec(first)?.[1]
    throw new WhytimeoutError(
      'RULE_INVALID',
      problems.length === 1
        ? first.slice((place?.length ?? -2) + 2)
        : `${problems.length} findings\n  ${problems.join('\n  ')}`,
      problems.length === 1 ? place : undefined,
    )
  }
  const learnt = text && model ? readModel(model) : undefined
  const bits = learnt?.bits ?? 0
  const classifier = learnt && bits > 0 ? createTextClassifier(learnt) : undefined
  const rulesDigest = digestOf(docs)
  const plain = share(compiled, causes)
  const mechanisms = classifier
    ? plain.map((m) => ({ ...m, signals: [...m.signals, ...textSignals(m.cause, bits)] }))
    : plain
  const conditions = [
    ...new Map(
      [...shared.values(), ...plain.flatMap((m) => m.signals.map((s) => s.condition))].map((c) => [c.id, c]),
    ).values(),
  ].sort((a, b) => (a.id < b.id ? -1 : 1))
  return {
    generation: settings.generation,
    rulesDigest,
    digest: classifier && model ? sha(rulesDigest + model.text) : rulesDigest,
    statedDigest: settings.digest,
    beforeMs: toMs(settings.before),
    afterMs: toMs(settings.after),
    latenessMs: toMs(settings.lateness),
    unknownPrior: settings.unknown_prior,
    temperature: settings.calibration.temperature,
    causes,
    remedies,
    mechanisms,
    conditions,
    deltaConditions: conditions.filter((c) => c.kind === 'delta'),
    ...(classifier && { text: classifier }),
    signalsOf: classifier ? withText(signalIndex(conditions), classifier) : signalIndex(conditions),
  }
}

/** @throws WhytimeoutError RULE_INVALID */
function readModel(file: RuleFile): TextModel {
  try {
    return TextModel.parse(JSON.parse(file.text))
  } catch (error) {
    throw new WhytimeoutError('RULE_INVALID', 'is no model as `npm run train` writes it', file.path, { cause: error })
  }
}

const hint = (word: string, known: Iterable<string>): string => {
  const near = closest(word, known)
  return near === undefined ? '' : `; did you mean "${near}"?`
}

/** Core schema, no custom tags; values such as `yes` or dates stay strings. */
function readYaml(file: RuleFile, note: (place: string, message: string) => void): Doc {
  const counter = new LineCounter()
  const doc = parseDocument(file.text, { lineCounter: counter, schema: 'core', uniqueKeys: true })
  const broken = doc.errors[0]
  if (broken) note(`${file.path}:${broken.linePos?.[0].line ?? 1}`, broken.message.split('\n')[0] ?? 'not YAML')
  const placeOf = (path: readonly PropertyKey[]): string => {
    let node: unknown = doc.contents
    let offset = 0
    for (const step of path) {
      const pair = isMap(node)
        ? node.items.find((i) => String(isScalar(i.key) ? i.key.value : i.key) === String(step))
        : undefined
      const next = pair
        ? pair.value
        : (node as { get?: (k: unknown, keep: boolean) => unknown } | null)?.get?.(step, true)
      const at = ((pair?.key ?? next) as Node | undefined)?.range?.[0]
      if (at === undefined) break
      offset = at
      node = next
    }
    return `${file.path}:${counter.linePos(offset).line}`
  }
  let value: unknown
  try {
    value = doc.errors.length > 0 ? undefined : doc.toJS({ maxAliasCount: 50 })
  } catch (error) {
    note(file.path, error instanceof Error ? error.message : 'cannot be read')
  }
  return { path: file.path, value, placeOf }
}

function check<T>(doc: Doc, schema: z.ZodType<T>, note: (place: string, message: string) => void): T | undefined {
  if (doc.value === undefined) return undefined
  const read = schema.safeParse(doc.value)
  if (read.success) return read.data
  for (const issue of read.error.issues.slice(0, 5)) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys)
        note(doc.placeOf([...issue.path, key]), `no key "${key}"${hint(key, keysOf(schema, issue.path))}`)
    } else note(doc.placeOf(issue.path), `${issue.path.join('.') || 'the file'}: ${issue.message}`)
  }
  return undefined
}

/** Keys that a schema knows at a path, for "did you mean". */
function keysOf(schema: z.ZodType, path: readonly PropertyKey[]): string[] {
  let at: unknown = schema
  for (const step of path) {
    const s = unwrap(at)
    if (s instanceof z.ZodObject) at = (s.shape as Record<string, unknown>)[String(step)]
    else if (s instanceof z.ZodRecord) at = s.valueType
    else if (s instanceof z.ZodArray) at = s.element
    else return []
  }
  const s = unwrap(at)
  return s instanceof z.ZodObject ? Object.keys(s.shape) : []
}
const unwrap = (s: unknown): unknown =>
  s instanceof z.ZodOptional || s instanceof z.ZodDefault ? unwrap(s.unwrap()) : s

function single<T>(
  docs: readonly Doc[],
  path: string,
  schema: z.ZodType<T>,
  note: (place: string, message: string) => void,
): T | undefined {
  const doc = docs.find((d) => d.path === path)
  if (!doc) note(path, 'is missing')
  return doc && check(doc, schema, note)
}

type Note = (path: readonly PropertyKey[], message: string) => void

function compileDelta(id: string, source: ConditionSource, delta: NonNullable<ConditionSource['delta']>): Condition {
  const tests = [delta.counter].flat().map(globTest)
  return {
    id,
    kind: 'delta',
    source,
    test: () => false,
    counter: (name) => tests.some((test) => test(name)),
    ...(delta.gt !== undefined && { gt: delta.gt }),
    ...(delta.lt !== undefined && { lt: delta.lt }),
    ...(delta.level && { level: true }),
    ...(delta.times !== undefined && { times: delta.times }),
    ...(delta.role && { roles: [delta.role].flat() }),
  }
}

function compileCondition(id: string, c: ConditionSource, note: Note): Condition | undefined {
  const given = [c.where, c.facts, c.delta].filter((x) => x !== undefined).length
  if (given !== 1) {
    note([], given === 0 ? 'a signal needs where, facts or delta' : 'a signal takes only one of where, facts and delta')
    return undefined
  }
  const source = { where: c.where, unless: c.unless, facts: c.facts, delta: c.delta }
  try {
    if (c.delta) return compileDelta(id, source, c.delta)
    const condition = (c.where ?? c.facts) as Where
    const known = c.where ? EVENT_FIELDS : Object.keys(FACTS)
    for (const [part, name] of [
      [condition, c.where ? 'where' : 'facts'],
      [c.unless, 'unless'],
    ] as const) {
      for (const field of part ? fieldsOf(part) : []) {
        if (!known.includes(field)) note([name], `no ${c.where ? 'field' : 'fact'} "${field}"${hint(field, known)}`)
      }
    }
    const holds = compileWhere(condition)
    const fails = c.unless ? compileWhere(c.unless) : undefined
    const actions = c.where ? actionsOf(c.where) : undefined
    return {
      id,
      kind: c.where ? 'event' : 'facts',
      source,
      test: fails ? (get) => holds(get) && !fails(get) : holds,
      ...(c.facts && !Array.isArray(c.facts) && { parts: partsOf(c.facts) }),
      ...(actions && { actions }),
      ...(c.where && { needs: neededBy(c.where) }),
    }
  } catch (error) {
    if (!(error instanceof SigmaError)) throw error
    note([c.where ? 'where' : 'facts'], `${error.path}: ${error.message}`)
    return undefined
  }
}

/** Each comparison of a map alone. @throws SigmaError */
export const partsOf = (fields: Exclude<Where, readonly unknown[]>): Part[] =>
  Object.entries(fields).map(([key, wanted]) => ({
    key,
    field: key.split('|')[0] as string,
    wanted,
    test: compileWhere({ [key]: wanted }),
  }))

/** The actions that a condition needs, where every branch names them outright. */
function actionsOf(where: Where): string[] | undefined {
  const branches = Array.isArray(where) ? where : [where]
  const found = branches.map((b) => b['event.action'])
  if (found.some((v) => v === undefined || v === null)) return undefined
  const flat = found.flatMap((v) => (Array.isArray(v) ? v : [v])).map(String)
  return flat.some((v) => /[*?\\]/.test(v)) ? undefined : [...new Set(flat)]
}

/** The fields that a condition needs in every branch: all that it names but those whose absence it may be content with. */
function neededBy(where: Where): string[] {
  if (Array.isArray(where)) {
    const [first = [], ...rest] = where.map(neededBy)
    return first.filter((field) => rest.every((others) => others.includes(field)))
  }
  const isContent = ([key, value]: [string, unknown]) =>
    /\|(?:neq|exists)/.test(key) || [value].flat().some((v) => v === null || typeof v === 'boolean')
  return Object.entries(where).flatMap((entry) => (isContent(entry) ? [] : [entry[0].split('|')[0] as string]))
}

function compileSignals(m: Mechanism, shared: ReadonlyMap<string, Condition>, note: Note): CompiledSignal[] {
  return Object.entries(m.signals).flatMap(([name, use]) => {
    const condition = conditionOf(m, name, use, shared, note)
    if (!condition) return []
    if (condition.kind === 'facts' && use.bind !== undefined)
      note([name, 'bind'], 'facts belong to the episode already; bind is for events')
    const bind: Bind[] = use.bind === undefined ? ['terminal'] : Array.isArray(use.bind) ? use.bind : [use.bind]
    const within = use.within
    const [before, after] =
      within === undefined || within === 'window'
        ? [DEFAULT_WITHIN_MS, DEFAULT_WITHIN_MS]
        : typeof within === 'string'
          ? [toMs(within), toMs(within)]
          : [toMs(within.before), toMs(within.after)]
    return [
      {
        name,
        condition,
        bits: use.bits,
        ...(use.group !== undefined && { group: use.group }),
        bind,
        beforeMs: before,
        afterMs: after,
        wholeWindow: within === 'window',
        atLeast: use.at_least ?? 1,
      },
    ]
  })
}

function conditionOf(
  m: Mechanism,
  name: string,
  use: SignalUse,
  shared: ReadonlyMap<string, Condition>,
  note: Note,
): Condition | undefined {
  if (use.use === undefined)
    return compileCondition(`${m.id}/${name}`, use, (path, message) => note([name, ...path], message))
  if (use.where || use.facts || use.delta || use.unless)
    note([name], '`use` takes the shared condition as it is; give no where, unless, facts or delta beside it')
  const condition = shared.get(use.use)
  if (!condition) note([name, 'use'], `no shared signal "${use.use}"${hint(use.use, shared.keys())}`)
  return condition
}

/** Shares each cause's prior out among its mechanisms by their own priors. */
function share(
  list: readonly { mechanism: Mechanism; signals: CompiledSignal[] }[],
  causes: ReadonlyMap<Cause, CauseFile>,
): CompiledMechanism[] {
  const totals = new Map<Cause, number>()
  for (const { mechanism: m } of list) totals.set(m.cause, (totals.get(m.cause) ?? 0) + 2 ** m.prior)
  return list
    .map(({ mechanism: m, signals }) => ({
      id: m.id,
      cause: m.cause,
      phases: new Set(m.phases),
      priorBits: (causes.get(m.cause)?.prior ?? 0) + m.prior - Math.log2(totals.get(m.cause) ?? 1),
      signals,
      source: m,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

export function toMs(duration: string): number {
  const m = /^(-?\d+)(ms|s|m|h)$/.exec(duration)
  const unit = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 }[m?.[2] ?? 's'] ?? 1_000
  return Number(m?.[1] ?? 0) * unit
}

/** Over all rules that can change a verdict: not the tests, not pack.yml's own generation and digest. */
function digestOf(docs: readonly Doc[]): string {
  const content = [...docs]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((d) => [d.path, canonical(strip(d.path, d.value))])
  return sha(JSON.stringify(content))
}

const sha = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16)

function strip(path: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const skip = path === 'pack.yml' ? ['generation', 'digest'] : ['tests']
  return Object.fromEntries(Object.entries(value).filter(([k]) => !skip.includes(k)))
}

function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, canonical(v)]),
  )
}
