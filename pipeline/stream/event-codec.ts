import type { LogEvent } from '../../schemas/event.js'
import { NS_PER_MS } from '../parse/format.js'
import { isoOf } from '../parse/time.js'
import type { StreamEvent } from './messages.js'

/**
 * How an event travels on the events topic: a JSON array whose first item names the fields, so that names cost one string, and which leaves
 * out what follows from the rest. `["<derived>:<field>,<field>…", at, id, n, origin, realm, topic, partition, offset, line, received, open,
 * skew, tail, signals, value, value…]`; `derived` is a bit mask of the fields below that are left out because they are what they would be.
 */
const HEAD = 15

const DERIVED = {
  timestamp: 1,
  id: 2,
  module: 4,
  kind: 8,
  host: 16,
  origin: 32,
  realm: 64,
  start: 128,
  end: 256,
  message: 512,
} as const
const BIT_OF: ReadonlyMap<string, number> = new Map<keyof LogEvent, number>([
  ['@timestamp', DERIVED.timestamp],
  ['event.id', DERIVED.id],
  ['event.module', DERIVED.module],
  ['event.kind', DERIVED.kind],
  ['host.name', DERIVED.host],
  ['whytimeout.origin', DERIVED.origin],
  ['whytimeout.realm', DERIVED.realm],
  ['event.start', DERIVED.start],
  ['event.end', DERIVED.end],
  ['message', DERIVED.message],
])

const hostOf = (origin: string): string => origin.slice(0, origin.lastIndexOf('/'))
/** Undefined where no such time exists. */
function startOf(loggedAt: number, duration: unknown): string | undefined {
  const at = typeof duration === 'number' ? loggedAt - Math.round(duration / NS_PER_MS) : Number.NaN
  return Math.abs(at) <= MAX_TIME_MS ? isoOf(at) : undefined
}
/** What a Date can hold. */
const MAX_TIME_MS = 8.64e15
/** Where the message begins in the record that it is the end of; -1 if it is not. */
const tailOf = ({ message, 'event.original': original }: Partial<LogEvent>): number =>
  typeof message === 'string' && typeof original === 'string' && original.endsWith(message)
    ? original.length - message.length
    : -1

export function encodeEvent(e: StreamEvent): string {
  const { event } = e
  const stamp = event['@timestamp']
  const loggedAt = isoOf(e.at) === stamp ? e.at : Date.parse(stamp)
  const isExact = !Number.isNaN(loggedAt) && isoOf(loggedAt) === stamp
  const skew = isExact ? loggedAt - e.at : 0
  const tail = tailOf(event)
  const derived =
    (isExact ? DERIVED.timestamp : 0) |
    (event['event.id'] === e.id ? DERIVED.id : 0) |
    (event['event.module'] !== undefined && event['event.module'] === event['event.dataset'] ? DERIVED.module : 0) |
    (event['event.kind'] === 'event' ? DERIVED.kind : 0) |
    (event['host.name'] === hostOf(e.origin) ? DERIVED.host : 0) |
    (event['whytimeout.origin'] === e.origin ? DERIVED.origin : 0) |
    (event['whytimeout.realm'] === e.realm ? DERIVED.realm : 0) |
    (event['event.end'] === stamp ? DERIVED.end : 0) |
    (tail >= 0 ? DERIVED.message : 0) |
    (event['event.start'] !== undefined && event['event.start'] === startOf(e.at + skew, event['event.duration'])
      ? DERIVED.start
      : 0)
  const { raw } = e
  const row: unknown[] = [
    '',
    e.at,
    e.id,
    e.n,
    e.origin,
    e.realm,
    raw.topic,
    raw.partition,
    raw.offset,
    raw.line,
    e.received,
    e.open ? 1 : 0,
    skew,
    tail,
    e.signals,
  ]
  let names = ''
  for (const name in event) {
    const value = event[name as keyof LogEvent]
    if (value === undefined || ((BIT_OF.get(name) ?? 0) & derived) !== 0) continue
    names += names === '' ? name : `,${name}`
    row.push(value)
  }
  row[0] = `${derived}:${names}`
  return JSON.stringify(row)
}

/** What a first item says, read once: there are as many as there are kinds of lines. */
type Shape = {
  readonly derived: number
  readonly names: readonly string[]
  /** With all the names, so that copies share one layout in memory. */
  readonly blank: Readonly<Record<string, unknown>>
}
const shapes = new Map<string, Shape>()
const MAX_SHAPES = 10_000

function shapeOf(text: string): Shape {
  const known = shapes.get(text)
  if (known) return known
  const colon = text.indexOf(':')
  const derived = Number(text.slice(0, colon))
  const names = text.length === colon + 1 ? [] : text.slice(colon + 1).split(',')
  const left = [...BIT_OF].filter(([, bit]) => (bit & derived) !== 0).map(([name]) => name)
  const shape = { derived, names, blank: Object.fromEntries([...names, ...left].map((name) => [name, undefined])) }
  if (shapes.size >= MAX_SHAPES) shapes.clear()
  shapes.set(text, shape)
  return shape
}

/** @returns undefined for what is no event: somebody else's message */
export function decodeEvent(text: string): StreamEvent | undefined {
  if (text.charCodeAt(0) !== BRACKET) return undefined
  try {
    const row = JSON.parse(text) as unknown
    const isRow = Array.isArray(row) && typeof row[0] === 'string' && SHAPE.test(row[0])
    return isRow ? readRow(row as [string, ...unknown[]]) : undefined
  } catch {
    return undefined
  }
}
const BRACKET = 91
const SHAPE = /^\d{1,4}:(?!.*__proto__)[@\w.,]*$/

function readRow(row: readonly [string, ...unknown[]]): StreamEvent | undefined {
  const [first, at, id, n, origin, realm, topic, partition, offset, line, received, open, skew, tail, signals] = row
  const isEvent =
    typeof at === 'number' &&
    typeof id === 'string' &&
    typeof n === 'number' &&
    typeof origin === 'string' &&
    typeof realm === 'string' &&
    typeof topic === 'string' &&
    typeof partition === 'number' &&
    typeof offset === 'number' &&
    typeof line === 'number' &&
    typeof received === 'number' &&
    typeof skew === 'number' &&
    typeof tail === 'number' &&
    Array.isArray(signals)
  if (!isEvent) return undefined
  const { derived, names, blank } = shapeOf(first)
  if (row.length !== HEAD + names.length) return undefined
  const fields: Record<string, unknown> = { ...blank }
  for (let i = 0; i < names.length; i++) fields[names[i] as string] = row[HEAD + i]
  const event = fields as LogEvent
  const stamp = isoOf(at + skew)
  if (derived & DERIVED.timestamp) event['@timestamp'] = stamp
  if (derived & DERIVED.id) event['event.id'] = id
  if (derived & DERIVED.module) event['event.module'] = event['event.dataset']
  if (derived & DERIVED.kind) event['event.kind'] = 'event'
  if (derived & DERIVED.host) event['host.name'] = hostOf(origin)
  if (derived & DERIVED.origin) event['whytimeout.origin'] = origin
  if (derived & DERIVED.realm) event['whytimeout.realm'] = realm
  if (derived & DERIVED.start) event['event.start'] = startOf(at + skew, event['event.duration']) as string
  if (derived & DERIVED.end) event['event.end'] = stamp
  if (derived & DERIVED.message) event.message = (event['event.original'] ?? '').slice(tail)
  if (typeof event['@timestamp'] !== 'string') return undefined
  const raw = { topic, partition, offset, line }
  return { at, id, n, origin, realm, event, signals, raw, received, ...(open === 1 && { open: true as const }) }
}
