import { connect, createServer, type Socket } from 'node:net'

/** What happens to one request on its way. */
export type Fault =
  | 'pass'
  /** The connection ends when half of what was sent is through. */
  | 'cut-request'
  /** The server does it, and half of its answer comes back. */
  | 'cut-answer'
  /** Nothing comes back. */
  | 'hang'
  /** Somebody else answers: a whole HTTP response. */
  | { readonly answer: string }

export type Proxy = {
  readonly url: string
  readonly close: () => Promise<void>
}

/** A line to a server that does to each request what `next` says. */
export async function startProxy(target: string, next: () => Fault): Promise<Proxy> {
  const { hostname, port } = new URL(target)
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname)
    let fault: Fault | undefined
    const cut = () => {
      client.destroy()
      upstream.destroy()
    }
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        sockets.delete(socket)
        cut()
      })
    }
    client.on('data', (chunk) => {
      fault ??= next()
      if (fault === 'pass' || fault === 'cut-answer') upstream.write(chunk)
      else if (fault === 'cut-request') upstream.write(chunk.subarray(0, chunk.length >> 1), cut)
      else if (typeof fault === 'object') client.end(fault.answer)
    })
    upstream.on('data', (chunk) => {
      if (fault === 'cut-answer') client.write(chunk.subarray(0, chunk.length >> 1), cut)
      else client.write(chunk)
      // What the client sends next is another request.
      fault = undefined
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => resolve())
      }),
  }
}
