import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { parseInventory } from '../../pipeline/parse/inventory.js'
import { parseOrigins } from '../../pipeline/parse/origins.js'
import { loadConfig } from '../../pipeline/run/config.js'
import { ROOT, read, wrongWith } from './tables.js'

type Service = {
  readonly image: string
  readonly restart?: string
  readonly command?: readonly string[]
  readonly entrypoint?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly healthcheck?: { readonly disable?: boolean }
  readonly read_only?: boolean
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
}
const file = parse(read('deploy/compose.yml'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
}
const services = Object.entries(file.services)
const own = services.filter(([, s]) => s.image.startsWith('whytimeout:'))
const config = () =>
  loadConfig(join(ROOT, 'deploy/compose/whytimeout.yml'), {
    ...own[0]?.[1].environment,
    INVENTORY: join(ROOT, 'fixtures/incidents/friday-afternoon/inventory.csv'),
  })

describe('compose.yml', () => {
  test('every command is one', () => {
    const commands = own.filter(([, s]) => !s.entrypoint)
    expect(commands.length).toBeGreaterThan(4)
    for (const [name, { command }] of commands) expect(wrongWith(command ?? []), name).toBeUndefined()
  })
  test('the command of its first lines does not fail for a container that has done its work', () => {
    const command = /docker compose -f deploy\/compose\.yml (.+)/.exec(read('deploy/compose.yml'))?.[1]
    expect(services.filter(([, s]) => s.restart === 'no').length).toBeGreaterThan(3)
    // `up --wait` does, unless something that goes on waits for it.
    expect(command).toBe('up --build -d')
  })
  test('setup comes before what needs it, and everything waited for can be waited for', () => {
    for (const [name, { depends_on = {} }] of services)
      for (const [other, { condition }] of Object.entries(depends_on)) {
        const service = file.services[other]
        expect(service, `${name} waits for ${other}`).toBeDefined()
        const isHealthy = condition === 'service_healthy'
        expect(isHealthy || condition === 'service_completed_successfully', condition).toBe(true)
        // Ours have their image's health check.
        const hasCheck =
          service?.healthcheck?.disable !== true && (service?.healthcheck ?? own.some(([n]) => n === other))
        if (isHealthy) expect(Boolean(hasCheck), `${other} has a health check`).toBe(true)
      }
    expect(Object.keys(file.services.diagnose?.depends_on ?? {})).toEqual(
      expect.arrayContaining(['setup-kafka', 'setup-elasticsearch']),
    )
  })
  test('what is mounted is there; images have versions; ports are for this machine only', () => {
    for (const [name, { volumes = [], image, ports = [] }] of services) {
      for (const volume of volumes) {
        const [from = ''] = volume.split(':')
        if (from.startsWith('.')) expect(existsSync(join(ROOT, 'deploy', from)), `${name}: ${from}`).toBe(true)
        else expect(Object.keys(file.volumes)).toContain(from)
      }
      expect(image, name).toMatch(/:(?:\d+\.\d+\.\d+|local)$/)
      for (const port of ports) expect(port, name).toMatch(/^127\.0\.0\.1:(\d+):\1$/)
    }
    for (const [name, s] of own) expect(s.read_only, name).toBe(true)
  })
  test('versions are those that the tests run against', () => {
    expect(file.services.kafka?.image).toBe(
      `apache/kafka:${/kafka_2\.13<\/artifactId>\s*<version>([\d.]+)/.exec(read('test/services/pom.xml'))?.[1]}`,
    )
    const version = /VERSION = .{0,60}'([\d.]+)'/.exec(read('test/services/elasticsearch.ts'))?.[1]
    for (const name of ['elasticsearch', 'kibana'])
      expect(file.services[name]?.image).toMatch(new RegExp(`:${version}$`))
  })
  test('the configuration is one, and agrees with the services', async () => {
    const { kafka, elasticsearch, kibana, http } = await config()
    expect(kafka.brokers).toEqual([
      file.services.kafka?.environment?.KAFKA_ADVERTISED_LISTENERS?.match(/INSIDE:\/\/([^,]+)/)?.[1],
    ])
    expect(JSON.stringify(elasticsearch)).toContain('http://elasticsearch:9200')
    expect(JSON.stringify(kibana)).toContain('http://kibana:5601')
    expect(http?.port).toBe(Number(/EXPOSE (\d+)/.exec(read('deploy/Dockerfile'))?.[1]))
    expect(read('deploy/healthcheck.mjs')).toContain(`'${http?.port}'`)
    expect(file.services.diagnose?.ports).toContain(`127.0.0.1:${http?.port}:${http?.port}`)
    const made = /for topic in ([\w -]+);/.exec(file.services.topics?.command?.join(' ') ?? '')?.[1]?.split(' ')
    expect(kafka.topics).toEqual(made)
    const feeder = read('deploy/compose/feed.mjs')
    for (const topic of made ?? []) expect(feeder).toContain(`'${topic}'`)
  })
  test('what is said of origins fits the inventory and every log of the fixtures', () => {
    const { entryFor } = parseOrigins(read('deploy/compose/origins.yml'), 'origins.yml')
    const { rows } = parseInventory(read('fixtures/incidents/friday-afternoon/inventory.csv'), 'inventory.csv')
    for (const host of ['till-1', 'till-2', 'till-3', 'router', 'edge1']) {
      const { role, site, zone } = entryFor(`${host}/any.log`)
      expect(zone).toBeDefined()
      expect(role).toBe(host.startsWith('till') ? 'terminal' : host === 'router' ? 'router' : 'gateway')
      if (role !== 'gateway') expect(rows.map((r) => r.site)).toContain(site)
    }
  })
})
