import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

/** Sorts more than fits into memory: sorted runs on disk, merged at the end. `sorted` may be called more than once. */
export type Sorter<T> = {
  readonly add: (item: T) => Promise<void> | void
  readonly sorted: () => AsyncGenerator<T>
  readonly close: () => Promise<void>
}
export type SorterOptions<T> = {
  readonly dir: string
  /** A total order, so that the result does not hang on the order of insertion. */
  readonly compare: (a: T, b: T) => number
  readonly encode: (item: T) => string
  readonly decode: (line: string) => T
  readonly maxItems: number
  readonly maxBytes: number
}

const MAX_OPEN = 64
let serial = 0

export function createSorter<T>({ dir, compare, encode, decode, maxItems, maxBytes }: SorterOptions<T>): Sorter<T> {
  let buffer: { item: T; line: string }[] = []
  let bytes = 0
  let runs: string[] = []

  const spill = async () => {
    buffer.sort((a, b) => compare(a.item, b.item))
    const lines = buffer
    buffer = []
    bytes = 0
    runs.push(
      await writeRun(
        dir,
        (async function* () {
          for (const x of lines) yield x.line
        })(),
      ),
    )
    if (runs.length >= MAX_OPEN) {
      const merged = await writeRun(
        dir,
        (async function* () {
          for await (const item of merge(
            runs.map((r) => readRun(r, decode)),
            compare,
          ))
            yield encode(item)
        })(),
      )
      await Promise.all(runs.map((r) => rm(r, { force: true })))
      runs = [merged]
    }
  }

  return {
    add: (item) => {
      const line = encode(item)
      buffer.push({ item, line })
      bytes += line.length
      if (buffer.length >= maxItems || bytes >= maxBytes) return spill()
    },
    sorted: async function* () {
      buffer.sort((a, b) => compare(a.item, b.item))
      const rest = buffer
      if (runs.length === 0) {
        for (const x of rest) yield x.item
        return
      }
      yield* merge(
        [
          ...runs.map((r) => readRun(r, decode)),
          (async function* () {
            for (const x of rest) yield x.item
          })(),
        ],
        compare,
      )
    },
    close: async () => {
      buffer = []
      await Promise.all(runs.map((r) => rm(r, { force: true })))
      runs = []
    },
  }
}

async function writeRun(dir: string, lines: AsyncIterable<string>): Promise<string> {
  const path = join(dir, `run-${serial++}.ndjson`)
  const out = createWriteStream(path)
  for await (const line of lines) if (!out.write(`${line}\n`)) await once(out, 'drain')
  out.end()
  await once(out, 'close')
  return path
}

async function* readRun<T>(path: string, decode: (line: string) => T): AsyncGenerator<T> {
  for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY }))
    yield decode(line)
}

/** Merges sorted sources: a binary heap of their heads. */
async function* merge<T>(sources: readonly AsyncGenerator<T>[], compare: (a: T, b: T) => number): AsyncGenerator<T> {
  const heap: { item: T; source: AsyncGenerator<T> }[] = []
  const less = (a: number, b: number) => compare((heap[a] as { item: T }).item, (heap[b] as { item: T }).item) < 0
  const swap = (a: number, b: number) => {
    const x = heap[a] as (typeof heap)[number]
    heap[a] = heap[b] as (typeof heap)[number]
    heap[b] = x
  }
  const up = (start: number) => {
    for (let i = start; i > 0; ) {
      const parent = (i - 1) >> 1
      if (!less(i, parent)) return
      swap(i, parent)
      i = parent
    }
  }
  const down = () => {
    for (let i = 0; ; ) {
      const left = 2 * i + 1
      const right = left + 1
      let small = i
      if (left < heap.length && less(left, small)) small = left
      if (right < heap.length && less(right, small)) small = right
      if (small === i) return
      swap(i, small)
      i = small
    }
  }
  for (const source of sources) {
    const next = await source.next()
    if (next.done) continue
    heap.push({ item: next.value, source })
    up(heap.length - 1)
  }
  while (heap.length > 0) {
    const top = heap[0] as (typeof heap)[number]
    yield top.item
    const next = await top.source.next()
    if (next.done) {
      const last = heap.pop() as (typeof heap)[number]
      if (heap.length > 0) heap[0] = last
    } else heap[0] = { item: next.value, source: top.source }
    down()
  }
}
