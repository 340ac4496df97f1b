import { createServer, type Server } from 'node:net'

/** Below the ports that the system gives to connections and to whoever asks for any: nobody else comes by one of these by chance. */
const [FIRST, LAST] = [10_000, 29_999]
/** Ports of a process, before it goes on into those of its neighbours. */
const OWN = 20
const SLOTS = (LAST - FIRST + 1) / OWN

let next = (process.pid % SLOTS) * OWN

const listenOn = (port: number): Promise<Server | undefined> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(undefined))
    server.listen(port, '127.0.0.1', () => resolve(server))
  })

/** Ports on loopback for servers that are about to start, and are started again: none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const held: Server[] = []
  const ports: number[] = []
  for (let tries = 0; ports.length < count; tries++) {
    if (tries > LAST - FIRST) throw new Error(`no ${count} free ports from ${FIRST} to ${LAST}`)
    const port = FIRST + (next++ % (LAST - FIRST + 1))
    const server = await listenOn(port)
    if (!server) continue
    held.push(server)
    ports.push(port)
  }
  await Promise.all(held.map((s) => new Promise((closed) => s.close(closed))))
  return ports
}
