import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'

export type Received = {
  readonly atMs: number
  readonly path: string
  readonly headers: IncomingMessage['headers']
  readonly body: unknown
}
/** What a receiver does with a request; its body has been read. */
export type Behaviour = (response: ServerResponse, request: IncomingMessage, body: string) => void

export const answer =
  (status: number, headers: Readonly<Record<string, string>> = {}): Behaviour =>
  (response) =>
    response.writeHead(status, headers).end('{}')
/** Never answers. */
export const hang: Behaviour = () => {}
/** Cuts the connection. */
export const reset: Behaviour = (_, request) => request.socket.resetAndDestroy()
/** Says the status and never ends the body. */
export const endless: Behaviour = (response) => {
  response.writeHead(200, { 'content-length': '1000' })
  response.write('{')
}

/** A real HTTP server on loopback that keeps what it gets, and behaves as it is told: first by the script, then as always. */
export async function startReceiver(tls?: { key: string; cert: string }) {
  const received: Received[] = []
  const script: Behaviour[] = []
  let always: Behaviour = answer(200)
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = []
    request.on('error', () => {})
    request.on('data', (c: Buffer) => chunks.push(c))
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8')
      received.push({ atMs: Date.now(), path: request.url ?? '', headers: request.headers, body: JSON.parse(text) })
      ;(script.shift() ?? always)(response, request, text)
    })
  }
  const server: Server = tls ? createTlsServer(tls, listener) : createServer(listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${port}/api/v2/alerts?token=hidden`,
    port,
    received,
    script: (...next: Behaviour[]) => script.push(...next),
    always: (b: Behaviour) => {
      always = b
    },
    stop: () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}
export type Receiver = Awaited<ReturnType<typeof startReceiver>>

/** Looks again and again until it holds. */
export async function until(what: () => boolean, withinMs = 8_000): Promise<void> {
  for (const end = Date.now() + withinMs; !what(); ) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
