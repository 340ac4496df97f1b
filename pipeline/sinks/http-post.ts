import { Agent as PlainAgent, request as requestPlain } from 'node:http'
import { request as requestTls, Agent as TlsAgent } from 'node:https'

/** What came of a request: its status, or why there was none. */
export type Answer =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter: string | undefined }
  | { readonly kind: 'failed'; readonly reason: string }

export type Poster = {
  /** Never throws; over after `timeoutMs` at the latest. */
  readonly post: (body: string) => Promise<Answer>
  /** Cuts what is under way. */
  readonly close: () => void
}

export type PosterOptions = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** Certificates of an own authority, PEM. */
  readonly ca?: string | undefined
  readonly timeoutMs: number
}

/** Posts JSON to one address over one kept connection. */
export function createPoster({ url, headers, ca, timeoutMs }: PosterOptions): Poster {
  const isTls = new URL(url).protocol === 'https:'
  const kept = { keepAlive: true, maxSockets: 1 }
  const agent = isTls ? new TlsAgent({ ...kept, ...(ca !== undefined && { ca }) }) : new PlainAgent(kept)
  const closing = new AbortController()

  return {
    post: (body) =>
      new Promise((resolve) => {
        const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)])
        const failed = (error: Error & { code?: string }) =>
          resolve({
            kind: 'failed',
            reason: signal.aborted ? `no answer in ${timeoutMs / 1000} s` : (error.code ?? error.name),
          })
        const request = (isTls ? requestTls : requestPlain)(
          url,
          {
            method: 'POST',
            agent,
            signal,
            headers: {
              'user-agent': 'whytimeout',
              ...headers,
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
            },
          },
          (response) => {
            const status = response.statusCode ?? 0
            const retryAfter = response.headers['retry-after']
            // The status says it all; a body that does not end must not hold the connection.
            response.on('error', () => {})
            response.on('close', () => resolve({ kind: 'status', status, retryAfter }))
            response.resume()
          },
        )
        request.on('error', failed)
        request.end(body)
      }),
    close: () => {
      closing.abort()
      agent.destroy()
    },
  }
}

/** `Retry-After` in ms from now: seconds, or a date. @returns undefined for none or nonsense @see RFC 9110, 10.2.3 */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined
  if (/^\d{1,9}$/.test(text.trim())) return Number(text) * 1_000
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - nowMs)
}
