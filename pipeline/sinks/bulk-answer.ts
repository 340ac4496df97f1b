import type { StoredDocument } from '../stream/documents.js'
import type { Write } from './bulk-request.js'

/** What an answer says of one document. */
export type BulkItem = {
  readonly _id?: string | null
  readonly status: number
  readonly error?: { readonly type?: string; readonly reason?: string | null }
}
export type RefusalCode = 'INDEX_REJECTED' | 'INDEX_READ_ONLY' | 'INDEX_TOO_LARGE'
export type Refusal = {
  readonly document: StoredDocument
  readonly code: RefusalCode
  /** The server's own, such as `document_parsing_exception`. */
  readonly type: string
  readonly reason: string
}
export type Fate =
  | { readonly kind: 'stored' }
  | { readonly kind: 'deleted' }
  /** The same version is there already, or (`stale`) a newer one. */
  | { readonly kind: 'duplicate' | 'stale' }
  | { readonly kind: 'again'; readonly reason: string }
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly type: string; readonly reason: string }
  /** Trying again cannot help: something is set up wrongly. */
  | { readonly kind: 'stop'; readonly reason: string }

const REASON_CHARS = 500
/** The server's reason without its preview of a field's value: that is log content. */
const reasonOf = (error: BulkItem['error']): string =>
  (error?.reason ?? '').replace(/\.? Preview of field's value:.*$/s, '').slice(0, REASON_CHARS)
const inWords = (error: BulkItem['error'], status: number): string =>
  [`${status} ${error?.type ?? ''}`.trim(), reasonOf(error)].filter((part) => part !== '').join(': ')

/** What becomes of one document, by its item of the answer. */
export function fateOf({ document }: Write, { status, error }: BulkItem): Fate {
  const isDelete = document.source === undefined
  const type = error?.type ?? ''
  if (status >= 200 && status < 300) return { kind: isDelete ? 'deleted' : 'stored' }
  if (status === 409) return { kind: isNewerThere(error?.reason ?? '', document.version) ? 'stale' : 'duplicate' }
  // It never was there; its version is remembered all the same.
  if (status === 404 && isDelete && error === undefined) return { kind: 'deleted' }
  if (status === 429 || status >= 500) return { kind: 'again', reason: inWords(error, status) }
  if (status === 403 && type === 'cluster_block_exception')
    return { kind: 'refused', code: 'INDEX_READ_ONLY', type, reason: reasonOf(error) }
  if (status === 401 || status === 403 || status === 404) return { kind: 'stop', reason: inWords(error, status) }
  return { kind: 'refused', code: 'INDEX_REJECTED', type, reason: reasonOf(error) }
}

/** The server gives the version it has only in words: `current version [20] is higher or equal to the one provided [11]`. */
const isNewerThere = (reason: string, version: number): boolean => {
  const there = /current version \[(\d+)\]/.exec(reason)?.[1]
  return there !== undefined && Number(there) > version
}

/**
 * What becomes of every document of a request, in its order.
 * @returns undefined if the answer is not that of this request, so nothing is known
 */
export function judge(request: readonly Write[], items: unknown): readonly Fate[] | undefined {
  if (!Array.isArray(items) || items.length !== request.length) return undefined
  const fates: Fate[] = []
  for (const [i, write] of request.entries()) {
    const item = Object.values((items[i] ?? {}) as Record<string, BulkItem>)[0]
    if (item === undefined || typeof item.status !== 'number' || item._id !== write.document.id) return undefined
    fates.push(fateOf(write, item))
  }
  return fates
}

/** A request that failed as a whole. */
export type Failure =
  /** `isSlow`: a smaller request may have a better chance. */
  | {
      readonly kind: 'again'
      readonly reason: string
      readonly isSlow: boolean
      readonly retryAfterMs?: number | undefined
    }
  /** Something in it is too much, or not understood: halve it to find out what. */
  | {
      readonly kind: 'halve'
      readonly code: 'INDEX_TOO_LARGE' | 'INDEX_REJECTED'
      readonly type: string
      readonly reason: string
    }
  | { readonly kind: 'stop'; readonly reason: string }

/** @param retryAfterMs what the answer asks for, if it does */
export function failureOf(status: number, error: BulkItem['error'], retryAfterMs: number | undefined): Failure {
  const reason = inWords(error, status)
  // The whole cluster takes no writes: that is somebody's doing and will be undone. An index that takes none is an item's fate.
  const isBlocked = status === 403 && error?.type === 'cluster_block_exception'
  if (status === 429 || status === 408 || status >= 500 || isBlocked)
    return {
      kind: 'again',
      reason,
      isSlow: status === 429 || status === 408 || status === 504,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
    }
  if (status === 413 || status === 400)
    return {
      kind: 'halve',
      code: status === 413 ? 'INDEX_TOO_LARGE' : 'INDEX_REJECTED',
      type: error?.type ?? String(status),
      reason: reasonOf(error),
    }
  return { kind: 'stop', reason }
}

const FIRST_WAIT_MS = 500
const MAX_WAIT_MS = 60_000
/** A server that asks for more has a fault. */
const MAX_RETRY_AFTER_MS = 600_000

/**
 * Milliseconds to wait before a request is tried again: full jitter, so that writers do not come back all at once.
 * @param tries how often it failed, from 1   @param chance 0..1
 */
export const backoffMs = (tries: number, chance: number, retryAfterMs = 0): number =>
  Math.max(
    Math.min(retryAfterMs, MAX_RETRY_AFTER_MS),
    Math.round(chance * Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(tries - 1, 20))),
  )

/** `Retry-After`: seconds, or a date. @param now epoch ms */
export function parseRetryAfter(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  if (/^\d{1,9}$/.test(header.trim())) return Number(header) * 1_000
  const at = Date.parse(header)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}
