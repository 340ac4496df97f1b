import { readFile } from 'node:fs/promises'
import { request as requestPlain } from 'node:http'
import { request as requestTls } from 'node:https'
import type { KibanaConfig } from '../../schemas/config.js'
import { WhytimeoutError } from '../errors.js'

export const IMPORT_TIMEOUT_MS = 60_000
/** An answer names each object in some hundred bytes. */
const MAX_ANSWER_BYTES = 4 * 1024 * 1024
/** So many refused objects are named. */
const MAX_NAMED = 3
/** In none of our lines: they are JSON, so they begin with a brace. */
const BOUNDARY = 'whytimeout-saved-objects'

type Answer = { readonly status: number; readonly body: unknown }
type Refused = { readonly type?: string; readonly id?: string; readonly error?: { readonly type?: string } }
type Body = {
  readonly message?: unknown
  readonly success?: unknown
  readonly successCount?: unknown
  readonly errors?: readonly Refused[]
}

/**
 * Imports saved objects over those of the same ids.
 * @param ndjson one object a line
 * @returns how many there are now
 * @throws WhytimeoutError CONFIG_INVALID, KIBANA_UNREACHABLE, KIBANA_NOT_THERE, KIBANA_LOGIN, KIBANA_REFUSED
 */
export async function importObjects(
  config: KibanaConfig,
  ndjson: string,
  timeoutMs = IMPORT_TIMEOUT_MS,
): Promise<number> {
  const ca =
    config.ca === undefined
      ? undefined
      : await readFile(config.ca, 'utf8').catch(() => {
          throw new WhytimeoutError('CONFIG_INVALID', 'the file cannot be read', 'kibana.ca')
        })
  const { status, body } = await post(importUrl(config), headersOf(config), ca, multipart(ndjson), timeoutMs)
  return judge(status, body)
}

/** In the default space, or another; a Kibana behind a base path has it in its url. */
export const importUrl = ({ url, space }: Pick<KibanaConfig, 'url' | 'space'>): string => {
  const base = url.replace(/\/+$/, '')
  const inSpace = space === undefined || space === 'default' ? '' : `/s/${space}`
  return `${base}${inSpace}/api/saved_objects/_import?overwrite=true`
}

function headersOf({ api_key: apiKey, username, password }: KibanaConfig): Readonly<Record<string, string>> {
  if (apiKey !== undefined) return { authorization: `ApiKey ${apiKey}` }
  if (username === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

/** A form with one file. @see RFC 7578 */
const multipart = (ndjson: string): string =>
  [
    `--${BOUNDARY}`,
    'content-disposition: form-data; name="file"; filename="whytimeout.ndjson"',
    'content-type: application/ndjson',
    '',
    ndjson,
    `--${BOUNDARY}--`,
    '',
  ].join('\r\n')

function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  ca: string | undefined,
  body: string,
  timeoutMs: number,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs)
    const failed = (error: Error & { code?: string }) => {
      const reason = signal.aborted ? `no answer in ${timeoutMs / 1000} s` : (error.code ?? error.name)
      reject(new WhytimeoutError('KIBANA_UNREACHABLE', reason, 'kibana.url', { cause: error }))
    }
    const options = {
      method: 'POST',
      signal,
      headers: {
        'user-agent': 'whytimeout',
        ...headers,
        // Kibana refuses a request without it: no page of another site can send it.
        'kbn-xsrf': 'true',
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
        'content-length': Buffer.byteLength(body),
      },
      ...(ca !== undefined && { ca }),
    }
    const request = (url.startsWith('https:') ? requestTls : requestPlain)(url, options, (response) => {
      const chunks: Buffer[] = []
      let bytes = 0
      response.on('error', failed)
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes <= MAX_ANSWER_BYTES) chunks.push(chunk)
        else response.destroy(new Error('an answer without end'))
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: jsonOf(Buffer.concat(chunks)) }))
    })
    request.on('error', failed)
    request.end(body)
  })
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function judge(status: number, answer: unknown): number {
  const body = (typeof answer === 'object' && answer !== null ? answer : {}) as Body
  const told = typeof body.message === 'string' ? `: ${body.message.split('\n')[0]?.slice(0, 200)}` : ''
  const refuse = (code: 'KIBANA_UNREACHABLE' | 'KIBANA_NOT_THERE' | 'KIBANA_LOGIN' | 'KIBANA_REFUSED', why: string) => {
    throw new WhytimeoutError(code, why, 'kibana.url')
  }
  if (status === 401 || status === 403) refuse('KIBANA_LOGIN', `status ${status}${told}`)
  // Its pages send whoever is not logged in elsewhere; its API never does.
  if (status === 404 || (status >= 300 && status < 400)) refuse('KIBANA_NOT_THERE', `status ${status}${told}`)
  if (status >= 500 || status === 429) refuse('KIBANA_UNREACHABLE', `status ${status}${told}`)
  if (status !== 200) refuse('KIBANA_REFUSED', `status ${status}${told}`)
  if (typeof body.success !== 'boolean') refuse('KIBANA_NOT_THERE', 'what answers is not Kibana')
  const errors = body.errors ?? []
  if (body.success !== true) {
    const named = errors.slice(0, MAX_NAMED).map((e) => `${e.type} ${e.id} (${e.error?.type})`)
    const more = errors.length > MAX_NAMED ? `, and ${errors.length - MAX_NAMED} more` : ''
    refuse('KIBANA_REFUSED', `not imported: ${named.join(', ')}${more}`)
  }
  return typeof body.successCount === 'number' ? body.successCount : 0
}
