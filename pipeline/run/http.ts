import { lstatSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { WhytimeoutError } from '../errors.js'
import { type Door, isLoopback } from './tap-access.js'

export type Answer = { readonly status: number; readonly type: string; readonly body: string }
export type Request = {
  readonly query: URLSearchParams
  readonly door: Door
  readonly headers: IncomingMessage['headers']
  readonly from: string
}
/** Gives an answer, or takes the connection over. */
export type Route = (request: Request, response: ServerResponse) => Promise<Answer | 'taken'> | Answer | 'taken'

export type HttpOptions = {
  readonly host: string
  readonly port: number
  /** Path of a Unix socket, besides. */
  readonly socket: string | undefined
  readonly routes: Readonly<Record<string, Route>>
  /** Told of what a route threw. */
  readonly failed: (error: Error) => void
}
export type HttpServer = {
  /** `http://127.0.0.1:9600`, `unix:/run/whytimeout.sock` */
  readonly addresses: readonly string[]
  readonly close: () => Promise<void>
}

const LIMITS = { maxHeaderSize: 8 * 1024, headersTimeout: 5_000, requestTimeout: 10_000, keepAliveTimeout: 5_000 }
const MAX_CONNECTIONS = 64
/** How long connections may still be busy when it closes. */
const CLOSE_MS = 1_000

/** GET and HEAD on a few paths, on an address and a Unix socket. @throws WhytimeoutError HTTP_UNAVAILABLE */
export async function startHttp(options: HttpOptions): Promise<HttpServer> {
  const { host, port, socket } = options
  let door: Door = 'network'
  const web = serverOf(options, () => door)
  const servers = [web]
  try {
    await listen(web, { host, port, exclusive: true }, `http ${host}:${port}`)
    const { address, family, port: given } = web.address() as AddressInfo
    door = isLoopback(address) ? 'loopback' : 'network'
    const addresses = [`http://${family === 'IPv6' ? `[${address}]` : address}:${given}`]
    if (socket !== undefined) {
      await clearStale(socket)
      const local = serverOf(options, () => 'socket')
      servers.push(local)
      // Ours alone from the first moment on: binding happens at once.
      const mask = process.umask(0o177)
      const listening = listen(local, { path: socket }, `http.socket ${socket}`)
      process.umask(mask)
      await listening
      addresses.push(`unix:${socket}`)
    }
    return { addresses, close: () => closeAll(servers) }
  } catch (error) {
    await closeAll(servers)
    throw error
  }
}

function serverOf(options: HttpOptions, door: () => Door): Server {
  const server = createServer(LIMITS, (request, response) => {
    handle(options, door(), request, response).catch((error: Error) => {
      options.failed(error)
      if (response.headersSent) response.destroy()
      else reply(response, request, { status: 500, ...text('failed; see the log') })
    })
  })
  server.maxConnections = MAX_CONNECTIONS
  server.on('clientError', (_, connection) => {
    if (connection.writable) connection.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n')
  })
  return server
}

async function handle(options: HttpOptions, door: Door, request: IncomingMessage, response: ServerResponse) {
  const { method, url = '/', headers } = request
  if (method !== 'GET' && method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD')
    response.setHeader('connection', 'close')
    return reply(response, request, { status: 405, ...text('only GET and HEAD') })
  }
  const base = 'http://localhost'
  if (!URL.canParse(url, base)) return reply(response, request, { status: 400, ...text('no such address') })
  const { pathname, searchParams: query } = new URL(url, base)
  const route = Object.hasOwn(options.routes, pathname) ? options.routes[pathname] : undefined
  if (!route) {
    const known = Object.keys(options.routes).join('\n')
    return reply(response, request, { status: 404, ...text(`nothing here; there is:\n${known}`) })
  }
  const from = request.socket.remoteAddress ?? 'socket'
  const answer = await route({ query, door, headers, from }, response)
  if (answer !== 'taken') reply(response, request, answer)
}

export const text = (body: string) => ({ type: 'text/plain; charset=utf-8', body: `${body}\n` })
export const json = (value: unknown) => ({ type: 'application/json', body: `${JSON.stringify(value)}\n` })
export const COMMON_HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const

function reply(response: ServerResponse, request: IncomingMessage, { status, type, body }: Answer): void {
  response.writeHead(status, { ...COMMON_HEADERS, 'content-type': type, 'content-length': Buffer.byteLength(body) })
  response.end(request.method === 'HEAD' ? undefined : body)
}

function listen(server: Server, where: Parameters<Server['listen']>[0] & object, place: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const refuse = (error: NodeJS.ErrnoException) =>
      reject(
        new WhytimeoutError('HTTP_UNAVAILABLE', `cannot listen: ${error.code ?? error.message}`, place, {
          cause: error,
        }),
      )
    server.once('error', refuse)
    server.listen(where, () => {
      server.removeListener('error', refuse)
      resolve()
    })
  })
}

/** Takes away the socket that a process left behind that ended at once; one that answers stays. */
async function clearStale(path: string): Promise<void> {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return
  const code = await new Promise<string>((resolve) => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve('')
    })
    probe.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''))
  })
  if (code === 'ECONNREFUSED') rmSync(path, { force: true })
}

async function closeAll(servers: readonly Server[]): Promise<void> {
  await Promise.all(
    servers.map(
      (server) =>
        new Promise<void>((resolve) => {
          server.close(() => resolve())
          server.closeIdleConnections()
          setTimeout(() => server.closeAllConnections(), CLOSE_MS).unref()
        }),
    ),
  )
}
