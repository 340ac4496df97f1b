import { get as getPlain, type IncomingMessage, type RequestOptions } from 'node:http'
import { get as getTls } from 'node:https'
import { Status } from '../../schemas/status.js'
import { WhytimeoutError } from '../errors.js'
import type { LoadedConfig } from './config.js'
import { pathIn } from './config.js'

/** Where a running process listens: `http://127.0.0.1:9600`, or `unix:/run/whytimeout.sock`. */
export type Address = { readonly url: string; readonly token: string | undefined }

export const DEFAULT_URL = 'http://127.0.0.1:9600'
const TIMEOUT_MS = 5_000
const MOST_BYTES = 16 * 1024 * 1024

/** Where the processes of a configuration listen, as seen from the same machine. @throws WhytimeoutError CONFIG_INVALID */
export function addressOf(config: LoadedConfig, path: string): Address {
  const { http } = config
  if (!http) throw new WhytimeoutError('CONFIG_INVALID', 'it has no "http", so its processes do not listen', path)
  const { token } = http
  const socket = pathIn(config, http.socket)
  if (socket !== undefined) return { url: `unix:${socket}`, token }
  if (http.port === 0)
    throw new WhytimeoutError(
      'CONFIG_INVALID',
      'http.port is 0: the log says which one it took, give it with --url',
      path,
    )
  const host = http.host === '0.0.0.0' ? '127.0.0.1' : http.host === '::' ? '::1' : http.host
  return { url: `http://${host.includes(':') ? `[${host}]` : host}:${http.port}`, token }
}

/** @throws WhytimeoutError PROCESS_UNREACHABLE, PROCESS_REFUSED */
export async function readStatus(address: Address): Promise<Status> {
  const response = await open(address, '/status', AbortSignal.timeout(TIMEOUT_MS))
  const text = await textOf(response, address)
  const read = Status.safeParse(parse(text))
  if (!read.success)
    throw new WhytimeoutError('PROCESS_UNREACHABLE', 'what answers there is no whytimeout', address.url)
  return read.data
}

export type Watching = {
  readonly what: string
  readonly wheres: readonly string[]
  readonly contains: readonly string[]
  readonly limit: number | undefined
  readonly signal: AbortSignal
  /** One item as its JSON text. */
  readonly item: (json: string) => void
  /** So many matched but were not sent: there were too many, or they were not taken fast enough. */
  readonly leftOut: (count: number) => void
}

/**
 * Watches what passes a process until it ends or the signal does.
 * @throws WhytimeoutError PROCESS_UNREACHABLE, PROCESS_REFUSED
 */
export async function watch(address: Address, watching: Watching): Promise<void> {
  const query = new URLSearchParams({ what: watching.what })
  for (const where of watching.wheres) query.append('where', where)
  for (const text of watching.contains) query.append('contains', text)
  if (watching.limit !== undefined) query.set('limit', String(watching.limit))
  try {
    const response = await open(address, `/tap?${query}`, watching.signal)
    for await (const line of linesOf(response)) {
      if (line === '') continue
      const left = line.startsWith('{"left_out":') ? (parse(line) as { left_out?: number }).left_out : undefined
      if (left === undefined) watching.item(line)
      else watching.leftOut(left)
    }
  } catch (cause) {
    if (watching.signal.aborted) return
    if (cause instanceof WhytimeoutError) throw cause
    throw new WhytimeoutError('PROCESS_UNREACHABLE', 'the connection broke off', address.url, { cause })
  }
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of response.setEncoding('utf8') as AsyncIterable<string>) {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    yield* lines
  }
}

async function open(address: Address, path: string, signal: AbortSignal): Promise<IncomingMessage> {
  const { url, token } = address
  const isSocket = url.startsWith('unix:')
  if (!isSocket && !/^https?:\/\/[^/]/.test(url))
    throw new WhytimeoutError('USAGE', `"${url}" is neither http://host:port nor unix:/path`, '--url')
  const options: RequestOptions = {
    signal,
    agent: false,
    headers: { host: 'localhost', ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  }
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const get = url.startsWith('https:') ? getTls : getPlain
    const asked = isSocket
      ? get({ ...options, socketPath: url.slice('unix:'.length), path }, resolve)
      : get(new URL(path, url), { ...options, headers: { ...options.headers, host: new URL(url).host } }, resolve)
    asked.once('error', (cause: NodeJS.ErrnoException) =>
      reject(new WhytimeoutError('PROCESS_UNREACHABLE', cause.code ?? cause.message, url, { cause })),
    )
  })
  if (response.statusCode === 200) return response
  const body = parse(await textOf(response, address)) as { error?: unknown } | undefined
  const why = typeof body?.error === 'string' ? body.error : `it answered ${response.statusCode}`
  throw new WhytimeoutError('PROCESS_REFUSED', why, url)
}

async function textOf(response: IncomingMessage, { url }: Address): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length
      if (bytes > MOST_BYTES) throw new Error('too long')
      chunks.push(chunk)
    }
  } catch (cause) {
    throw new WhytimeoutError('PROCESS_UNREACHABLE', 'its answer broke off', url, { cause })
  }
  return Buffer.concat(chunks).toString('utf8')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
