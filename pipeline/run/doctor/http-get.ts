import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'

export type HttpAnswer = {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  /** Parsed JSON; undefined for what is none. */
  readonly body: unknown
}
export type HttpOptions = {
  readonly headers: Readonly<Record<string, string>>
  /** PEM of an own authority. */
  readonly ca: string | undefined
  readonly limitMs: number
}

const MAX_BYTES = 8 * 1024 * 1024

/**
 * One GET. Over node:https and not fetch, which takes no own authority.
 * @throws Error with the code of the system or of TLS; an answer of any status is none
 */
export function getJson(url: URL, { headers, ca, limitMs }: HttpOptions): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const isTls = url.protocol === 'https:'
    const sent = (isTls ? httpsRequest : httpRequest)(
      url,
      { headers: { accept: 'application/json', ...headers }, agent: false, ...(isTls && ca !== undefined && { ca }) },
      (answer) => {
        const parts: Buffer[] = []
        let size = 0
        answer.on('data', (part: Buffer) => {
          size += part.length
          if (size > MAX_BYTES) sent.destroy(new Error('the answer is too long'))
          else parts.push(part)
        })
        answer.on('end', () => {
          clearTimeout(timer)
          resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: parsed(Buffer.concat(parts)) })
        })
      },
    )
    const timer = setTimeout(() => sent.destroy(new Error(`no answer within ${limitMs / 1000} s`)), limitMs)
    sent.on('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    sent.end()
  })
}

function parsed(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
