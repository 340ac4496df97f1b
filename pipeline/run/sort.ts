import { once } from 'node:events'
import { createReadStream, createWriteStream } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'

/** Sorts more than fits into memory: sorted runs on disk, merged at the end. `sorted` may be called more than once. */
export type Sorter<T> = {
  readonly add: (item: T) => Promise<void> | void
  readonly sorted: () => AsyncGenerator<T>
  /** Everything as files of sorted lines, which then belong to the caller: for a sorter in another thread that adopts them. */
  readonly handOver: () => Promise<readonly string[]>
  readonly adopt: (runs: readonly string[]) => Promise<void> | void
  readonly close: () => Promise<void>
}
export type SorterOptions<T> = {
  readonly dir: string
  /** A total order, so that the result does not hang on the order of insertion. */
  readonly compare: (a: T, b: T) => number
  readonly encode: (item: T) => string
  /** Bytes an item takes in memory, about. */
  readonly sizeOf: (item: T) => number
  readonly decode: (line: string) => T
  readonly maxItems: number
  readonly maxBytes: number
}

const MAX_OPEN = 64
let serial = 0

export function createSorter<T>(options: SorterOptions<T>): Sorter<T> {
  const { dir, compare, encode, decode, sizeOf, maxItems, maxBytes } = options
  let buffer: T[] = []
  let bytes = 0
  let runs: string[] = []

  const spill = async () => {
    const items = buffer.sort(compare)
    buffer = []
    bytes = 0
    runs.push(
      await writeRun(
        dir,
        (async function* () {
          for (const item of items) yield encode(item)
        })(),
      ),
    )
    await mergeMany()
  }
  const mergeMany = async () => {
    if (runs.length < MAX_OPEN) return
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

  return {
    add: (item) => {
      buffer.push(item)
      bytes += sizeOf(item)
      if (buffer.length >= maxItems || bytes >= maxBytes) return spill()
    },
    sorted: async function* () {
      const rest = buffer.sort(compare)
      if (runs.length === 0) {
        yield* rest
        return
      }
      yield* merge(
        [
          ...runs.map((r) => readRun(r, decode)),
          (async function* () {
            if (rest.length > 0) yield rest
          })(),
        ],
        compare,
      )
    },
    handOver: async () => {
      if (buffer.length > 0) await spill()
      const done = runs
      runs = []
      return done
    },
    adopt: (more) => {
      runs.push(...more)
      return mergeMany()
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

/** A run's items in batches of one read, so that merging waits per batch and not per item. */
async function* readRun<T>(path: string, decode: (line: string) => T): AsyncGenerator<readonly T[]> {
  let rest = ''
  for await (const chunk of createReadStream(path, { encoding: 'utf8', highWaterMark: 64 * 1024 })) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    if (lines.length > 0) yield lines.map(decode)
  }
}

/** The next item of a sorted source, and where the ones after it come from. */
type Head<T> = { batch: readonly T[]; index: number; readonly source: AsyncGenerator<readonly T[]> }

/** Merges sorted sources: a binary heap of their heads. */
async function* merge<T>(
  sources: readonly AsyncGenerator<readonly T[]>[],
  compare: (a: T, b: T) => number,
): AsyncGenerator<T> {
  const heap: Head<T>[] = []
  const itemAt = (i: number): T => (heap[i] as Head<T>).batch[(heap[i] as Head<T>).index] as T
  const less = (a: number, b: number) => compare(itemAt(a), itemAt(b)) < 0
  const swap = (a: number, b: number) => {
    const x = heap[a] as Head<T>
    heap[a] = heap[b] as Head<T>
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
    heap.push({ batch: next.value, index: 0, source })
    up(heap.length - 1)
  }
  while (heap.length > 0) {
    const top = heap[0] as Head<T>
    yield itemAt(0)
    if (++top.index === top.batch.length) {
      const next = await top.source.next()
      if (next.done) {
        const last = heap.pop() as Head<T>
        if (heap.length === 0) return
        heap[0] = last
      } else heap[0] = { batch: next.value, index: 0, source: top.source }
    }
    down()
  }
}
