import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import type { Client, ClientOptions } from '@elastic/elasticsearch'
import type { ElasticsearchConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'
import { type Failure, failureOf, parseRetryAfter } from './bulk-answer.js'
import type { Write } from './bulk-request.js'

export type { Client } from '@elastic/elasticsearch'

export const REQUEST_TIMEOUT_MS = 60_000
/** An answer is some hundred bytes a document; anything like this is none. */
const MAX_ANSWER_BYTES = 64 * 1024 * 1024

/**
 * A client of the configured cluster; nothing is sent yet. Its library is loaded here and not before: that takes 0.2 s and 25 MB.
 * @param dir where a relative path of the certificate authority starts
 * @throws WhytimeoutError CONFIG_INVALID
 */
export async function connectElasticsearch(config: ElasticsearchConfig, dir: string): Promise<Client> {
  const { node, cloud_id: cloud, api_key: apiKey, username, password } = config
  const refuse = (message: string, key: string): never => {
    throw new WhytimeoutError('CONFIG_INVALID', message, `elasticsearch.${key}`)
  }
  if ((node === undefined) === (cloud === undefined)) refuse('give either node or cloud_id', 'node')
  if ((username === undefined) !== (password === undefined)) refuse('username and password go together', 'username')
  if (apiKey !== undefined && username !== undefined) refuse('give either api_key or username and password', 'api_key')
  const ca =
    config.ca === undefined
      ? undefined
      : await readFile(isAbsolute(config.ca) ? config.ca : join(dir, config.ca)).catch(() =>
          refuse('the file cannot be read', 'ca'),
        )
  const options: ClientOptions = {
    ...(node !== undefined && { nodes: typeof node === 'string' ? [node] : [...node] }),
    ...(cloud !== undefined && { cloud: { id: cloud } }),
    ...(apiKey !== undefined && { auth: { apiKey } }),
    ...(username !== undefined && password !== undefined && { auth: { username, password } }),
    ...(ca !== undefined && { tls: { ca } }),
    name: 'whytimeout',
    compression: true,
    // Trying again is ours: the client would do it at once, and never after a 429.
    maxRetries: 0,
    requestTimeout: REQUEST_TIMEOUT_MS,
    maxResponseSize: MAX_ANSWER_BYTES,
    maxCompressedResponseSize: MAX_ANSWER_BYTES,
  }
  const { Client } = await import('@elastic/elasticsearch')
  try {
    return new Client(options)
  } catch (error) {
    // Its words may repeat a URL with a password.
    throw new WhytimeoutError('CONFIG_INVALID', 'the client takes no such settings', 'elasticsearch', { cause: error })
  }
}

type ClientError = Error & {
  readonly statusCode?: number
  readonly meta?: {
    readonly statusCode?: number
    readonly headers?: Readonly<Record<string, string | undefined>>
    readonly body?: { readonly error?: { readonly type?: string; readonly reason?: string } | string }
  }
}
/** Names of the client's errors that say: the request did not get through, or its answer did not come back whole. */
const AWAY = [
  'ConnectionError',
  'TimeoutError',
  'NoLivingConnectionsError',
  'RequestAbortedError',
  'DeserializationError',
]
/** Of these, a smaller request changes nothing. */
const NOBODY = /ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|CERT|certificate|self.signed/i

/**
 * What a request's failure means.
 * @param isKnown the server has answered as Elasticsearch before: what answers otherwise now stands in its place
 * @returns undefined for what is none of the server's or the network's
 */
export function failureOfError(cause: unknown, isKnown: boolean, now: number): Failure | undefined {
  const error = cause as ClientError
  if (error.name === 'ResponseError') {
    const { statusCode = 0, headers = {}, body } = error.meta ?? {}
    const told = typeof body?.error === 'string' ? { reason: body.error } : body?.error
    return failureOf(statusCode, told, parseRetryAfter(headers['retry-after'], now))
  }
  if (error.name === 'ProductNotSupportedError')
    return isKnown
      ? { kind: 'again', reason: 'something else than Elasticsearch answers', isSlow: false }
      : { kind: 'stop', reason: 'the server does not say that it is Elasticsearch' }
  if (!AWAY.includes(error.name)) return undefined
  const reason = error.name === 'DeserializationError' ? 'the answer is not JSON' : shortly(error.message)
  return { kind: 'again', reason, isSlow: !NOBODY.test(error.message) }
}
const shortly = (text: string): string => (text.split('\n')[0] ?? '').slice(0, 200)

/** Asks one bulk request after another of a cluster. */
export type Bulk = {
  /** @returns the items of the answer, unjudged, or why there are none */
  readonly ask: (writes: readonly Write[]) => Promise<{ readonly items: unknown } | Failure>
  /** Breaks off what is under way. */
  readonly abort: () => void
}

/** @param now epoch ms */
export function createBulk(client: Client, timeoutMs: number, now: () => number): Bulk {
  const open = new Set<AbortController>()
  let isKnown = false
  return {
    ask: async (writes) => {
      // A signal and a clock of its own: the client's timeout of one request would fire events on a signal that others share.
      const control = new AbortController()
      const timer = setTimeout(() => control.abort(), timeoutMs)
      open.add(control)
      try {
        // The bytes as they are: the client's own `bulk` would join their texts once more.
        const { items } = await client.transport.request<{ readonly items?: unknown }>(
          {
            method: 'POST',
            path: '/_bulk',
            querystring: { filter_path: 'took,errors,items.*._id,items.*.status,items.*.error' },
            bulkBody: Buffer.concat(writes.map((w) => w.lines)),
          },
          { signal: control.signal },
        )
        isKnown = true
        return { items }
      } catch (cause) {
        if (control.signal.aborted)
          return { kind: 'again', reason: `no answer within ${timeoutMs / 1000} s`, isSlow: true }
        const failure = failureOfError(cause, isKnown, now())
        if (!failure) throw cause
        return failure
      } finally {
        clearTimeout(timer)
        open.delete(control)
      }
    },
    abort: () => {
      for (const control of open) control.abort()
    },
  }
}

/**
 * Runs a request that is made once, at start or by hand.
 * @throws WhytimeoutError ELASTICSEARCH_UNREACHABLE, or ELASTICSEARCH_REFUSED
 */
export async function once<T>(request: () => Promise<T>): Promise<T> {
  try {
    return await request()
  } catch (cause) {
    const failure = failureOfError(cause, false, 0)
    if (!failure) throw cause
    const code = failure.kind === 'again' ? 'ELASTICSEARCH_UNREACHABLE' : 'ELASTICSEARCH_REFUSED'
    const words = failure.kind === 'halve' ? `${failure.type}: ${failure.reason}` : failure.reason
    throw new WhytimeoutError(code, words, 'elasticsearch', { cause })
  }
}
