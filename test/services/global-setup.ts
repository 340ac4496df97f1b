import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { TestProject } from 'vitest/node'
import { missingForKafka } from './jars.js'
import { startKafka } from './kafka.js'

type Service = { readonly address: string; readonly stop: () => Promise<void> }
/** One server of a kind for all test files of a run. */
type Kind = {
  /** Names a server to use in its place. */
  readonly variable: string
  /** What the machine lacks to start one. */
  readonly missing: () => string | undefined
  readonly start: () => Promise<Service>
}

const KINDS: Readonly<Record<string, Kind>> = {
  kafka: { variable: 'KAFKA_BROKERS', missing: missingForKafka, start: () => startKafka() },
}

declare module 'vitest' {
  interface ProvidedContext {
    /** Where test files ask for servers. */
    services: string
    /** By kind: what the machine lacks, for those that cannot be had. */
    missing: Readonly<Record<string, string>>
  }
}

/** Servers start when the first test file asks for them, and end with the run. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const missing: Record<string, string> = {}
  for (const [name, kind] of Object.entries(KINDS)) {
    const what = process.env[kind.variable] ? undefined : kind.missing()
    if (what === undefined) continue
    if (process.env['CI']) throw new Error(what)
    console.error(`!! ${what}. The tests with ${name} do not run.`)
    missing[name] = what
  }
  const started = new Map<string, Promise<Service>>()
  const get = (name: string): Promise<Service> => {
    const kind = KINDS[name]
    if (!kind) throw new Error(`no such service: ${name}`)
    const address = process.env[kind.variable]
    const service = started.get(name) ?? (address ? Promise.resolve({ address, stop: async () => {} }) : kind.start())
    started.set(name, service)
    return service
  }
  const server = createServer(async (request, response) => {
    try {
      response.end((await get((request.url ?? '/').slice(1))).address)
    } catch (error) {
      response.writeHead(500).end(String(error))
    }
  })
  await new Promise<void>((open) => server.listen(0, '127.0.0.1', open))
  project.provide('services', `http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  project.provide('missing', missing)
  return async () => {
    server.close()
    server.closeAllConnections()
    await Promise.all([...started.values()].map(async (s) => (await s.catch(() => undefined))?.stop()))
  }
}
