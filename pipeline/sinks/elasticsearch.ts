import { WhytimeoutError } from '../errors.js'
import { backoffMs, type Failure, judge, type Refusal } from './bulk-answer.js'
import { BULK_LIMITS, type BulkLimits, cutShort, newestOf, requestsOf, type Write } from './bulk-request.js'
import { type Client, createBulk, REQUEST_TIMEOUT_MS } from './elasticsearch-client.js'
import { createGate, createPause } from './pause.js'
import type { Sink, SinkState } from './sink.js'

export type { SinkState } from './sink.js'

/** What became of the documents given: all of them once their `store` is over. */
export type SinkCounts = {
  stored: number
  deleted: number
  /** The same version was there. */
  duplicates: number
  /** A newer version was there. */
  stale: number
  /** A newer version came in the same `store`. */
  superseded: number
  deadLettered: number
  /** Of the stored ones, those whose texts were cut. */
  cut: number
  requests: number
  retries: number
}
export type ElasticsearchSinkOptions = {
  /** Ours from now on: closed with the sink. */
  readonly client: Client
  /** Takes what the server refuses for good; a `store` is over only when it has. */
  readonly refused: (refusal: Refusal) => Promise<void> | void
  /** Told of every change. */
  readonly onState?: (state: SinkState) => void
  readonly limits?: Partial<BulkLimits>
  readonly inFlight?: number
  readonly requestTimeoutMs?: number
  /** Epoch ms, and 0..1; for tests. */
  readonly now?: () => number
  readonly chance?: () => number
}
export type ElasticsearchSink = Sink & { readonly counts: () => Readonly<SinkCounts> }

const IN_FLIGHT = 2
/** From this try on a request that may be too slow is halved, down to so many documents. */
const HALVE_FROM_TRY = 3
const SMALLEST = 25

/**
 * Stores documents by bulk requests of its own: what the server cannot take now is tried again for as long as that lasts, and only that;
 * what it never will goes to `refused`. Memory is bounded by the requests in flight.
 */
export function createElasticsearchSink(options: ElasticsearchSinkOptions): ElasticsearchSink {
  const { client, refused, now = Date.now, chance = Math.random } = options
  const limits = { ...BULK_LIMITS, ...options.limits }
  const inFlight = options.inFlight ?? IN_FLIGHT
  const bulk = createBulk(client, options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS, now)
  const gate = createGate(inFlight)
  const pause = createPause()
  const counts: SinkCounts = {
    ...{ stored: 0, deleted: 0, duplicates: 0, stale: 0, superseded: 0 },
    ...{ deadLettered: 0, cut: 0, requests: 0, retries: 0 },
  }
  const { settle, last } = createSettling(refused, counts)
  let isClosed = false
  let state: SinkState = { up: true, retrying: 0 }

  const tell = (next: SinkState): void => {
    const isSame = next.up === state.up && next.retrying === state.retrying && next.reason === state.reason
    state = next
    if (!isSame) options.onState?.(next)
  }
  const closed = () => new WhytimeoutError('SINK_FAILED', 'closed before everything was stored', 'elasticsearch')

  /** Waits before `n` documents are tried again. @param canWake whether the next success of another request ends it */
  const waitFor = async (n: number, ms: number, canWake: boolean): Promise<void> => {
    counts.retries++
    await pause.wait(ms, canWake)
    tell({ ...state, retrying: state.retrying - n })
    if (isClosed) throw closed()
  }

  /** Stores what one request holds, however often and in however many requests that takes. @param isOver another has failed */
  const send = async (request: readonly Write[], isOver: () => boolean): Promise<void> => {
    const todo: (readonly Write[])[] = [request]
    let tries = 0
    for (let writes = todo.pop(); writes !== undefined && !isOver(); writes = todo.pop()) {
      if (isClosed) throw closed()
      counts.requests++
      const answer = await bulk.ask(writes)
      if (isClosed && !('items' in answer)) throw closed()
      if ('items' in answer) {
        const { again, reason } = await settle(writes, answer.items)
        tell({ up: true, retrying: state.retrying + again.length, ...(again.length > 0 && { reason }) })
        pause.wake()
        tries = again.length > 0 ? tries + 1 : 0
        if (again.length === 0) continue
        todo.push(again)
        await waitFor(again.length, backoffMs(tries, chance()), false)
      } else if (answer.kind === 'stop') {
        tell({ up: false, retrying: state.retrying, reason: answer.reason })
        throw new WhytimeoutError('ELASTICSEARCH_REFUSED', answer.reason, 'elasticsearch')
      } else if (answer.kind === 'halve') {
        todo.push(...(writes.length > 1 ? halves(writes) : await last(writes[0] as Write, answer)))
      } else {
        tries++
        const isToHalve = answer.isSlow && tries >= HALVE_FROM_TRY && writes.length > SMALLEST
        todo.push(...(isToHalve ? halves(writes) : [writes]))
        tell({ up: false, retrying: state.retrying + writes.length, reason: answer.reason })
        const { retryAfterMs } = answer
        await waitFor(
          writes.length,
          backoffMs(tries, chance(), retryAfterMs),
          retryAfterMs === undefined && !answer.isSlow,
        )
      }
    }
  }

  return {
    counts: () => counts,
    store: async (documents) => {
      const newest = newestOf(documents)
      counts.superseded += documents.length - newest.length
      const requests = requestsOf(newest, limits)
      let hasFailed = false
      const work = async (): Promise<void> => {
        let isMore = true
        while (isMore && !hasFailed)
          isMore = await gate.enter(async () => {
            const next = requests.next()
            if (next.done) return false
            await send(next.value, () => hasFailed)
            return true
          })
      }
      const workers = Array.from({ length: inFlight }, () =>
        work().catch((error: unknown) => {
          hasFailed = true
          throw error
        }),
      )
      // All, so that nothing goes on in the background when this has failed.
      const failed = (await Promise.allSettled(workers)).find((r) => r.status === 'rejected')
      if (failed) throw failed.reason
    },
    close: async () => {
      isClosed = true
      bulk.abort()
      pause.end()
      await client.close()
    },
  }
}

/** What answers settle: counts, and what is handed on as refused. */
function createSettling(refused: ElasticsearchSinkOptions['refused'], counts: SinkCounts) {
  const refuse = async (refusal: Refusal): Promise<void> => {
    await refused(refusal)
    counts.deadLettered++
  }

  /** Counts what an answer settles. @returns what must be tried again, and why */
  const settle = async (writes: readonly Write[], items: unknown): Promise<{ again: Write[]; reason: string }> => {
    const fates = judge(writes, items)
    if (!fates) return { again: [...writes], reason: 'the answer is not that of the request' }
    const again: Write[] = []
    let reason = ''
    let stop: string | undefined
    for (const [i, fate] of fates.entries()) {
      const write = writes[i] as Write
      if (fate.kind === 'again') {
        again.push(write)
        reason = fate.reason
      } else if (fate.kind === 'stop') stop ??= fate.reason
      else if (fate.kind === 'refused') await refuse({ document: write.document, ...fate })
      else if (fate.kind === 'duplicate') counts.duplicates++
      else if (fate.kind === 'stale') counts.stale++
      else if (fate.kind === 'deleted') counts.deleted++
      else {
        counts.stored++
        if (write.isCut) counts.cut++
      }
    }
    if (stop !== undefined) throw new WhytimeoutError('ELASTICSEARCH_REFUSED', stop, 'elasticsearch')
    return { again, reason }
  }

  /** A single document that the server does not take: once more with its texts cut, else refused. */
  const last = async (write: Write, why: Failure & { kind: 'halve' }): Promise<(readonly Write[])[]> => {
    const shorter = why.code === 'INDEX_TOO_LARGE' ? cutShort(write) : undefined
    if (shorter) return [[shorter]]
    const { code, type, reason } = why
    await refuse({ document: write.document, code, type, reason })
    return []
  }
  return { settle, last }
}

/** In reverse: the next is taken from the end. */
const halves = (writes: readonly Write[]): (readonly Write[])[] => {
  const half = Math.ceil(writes.length / 2)
  return [writes.slice(half), writes.slice(0, half)]
}
