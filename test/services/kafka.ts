import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Certificates, makeCertificates } from './certificates.js'
import { kafkaJars, run } from './jars.js'
import { freePorts } from './ports.js'

const READY_MS = 90_000

/** How a client can come in; all but the first only with `users`. */
const LISTENERS = {
  plain: 'PLAINTEXT',
  /** Password, no TLS. */
  sasl: 'SASL_PLAINTEXT',
  saslTls: 'SASL_SSL',
  tls: 'SSL',
  /** TLS, and the client shows a certificate. */
  mutualTls: 'SSL',
} as const
export type Listener = keyof typeof LISTENERS

export type KafkaOptions = {
  /** With three or more, topics have three copies and writes wait for two. */
  readonly nodes?: number
  /** Further lines of server.properties. */
  readonly settings?: readonly string[]
  /** Names and passwords, for PLAIN and both SCRAMs; turns the other listeners on, and rights: what an ACL is about is for its users only. */
  readonly users?: Readonly<Record<string, string>>
}

/** Real brokers, KRaft nodes on loopback, as plain Java processes. They end with this process, however it ends. */
export type Kafka = {
  /** `host:port`, of all nodes with commas. */
  readonly address: string
  /** The same for every listener. */
  readonly addresses: Readonly<Partial<Record<Listener, string>>>
  readonly certificates: Certificates | undefined
  /** Ends a node at once, as a crash would. */
  readonly kill: (node?: number) => Promise<void>
  /** Ends a node in order. */
  readonly shutdown: (node?: number) => Promise<void>
  /** Starts it again with its data, on the same ports. */
  readonly start: (node?: number) => Promise<void>
  /** Ends all of them and removes their data. */
  readonly stop: () => Promise<void>
}

export async function startKafka(options: KafkaOptions = {}): Promise<Kafka> {
  const lib = await kafkaJars()
  const dir = mkdtempSync(join(tmpdir(), 'kafka-'))
  const certificates = options.users && (await makeCertificates(join(dir, 'certificates')))
  const listeners = (options.users ? Object.keys(LISTENERS) : ['plain']) as Listener[]
  const count = options.nodes ?? 1
  const free = await freePorts(count * (listeners.length + 1))
  const ports = Array.from({ length: count }, (_, i) => free.slice(i * (listeners.length + 1)))
  const controllers = ports.map((own) => own[listeners.length] as number)
  const clusterId = randomBytes(16).toString('base64url').replace(/^-/, 'A')
  const nodes = await Promise.all(
    ports.map(async (own, i) => {
      const at = listeners.map((name, k) => `${name.toUpperCase()}://127.0.0.1:${own[k]}`)
      const properties = join(dir, `node-${i}.properties`)
      writeFileSync(
        properties,
        [
          ...nodeSettings(i, controllers, at, join(dir, `data-${i}`)),
          ...clusterSettings(count),
          ...(certificates ? securitySettings(certificates, options.users ?? {}) : []),
          ...(options.settings ?? []),
        ].join('\n'),
      )
      const node = createNode(lib, dir, properties, i)
      await node.format(clusterId, options.users ?? {})
      return node
    }),
  )
  const nodeAt = (i: number) => nodes[i] ?? nodes[0] ?? unreachable()
  const stop = async (): Promise<void> => {
    await Promise.all(nodes.map((n) => n.end('SIGKILL')))
    rmSync(dir, { recursive: true, force: true })
  }
  try {
    await Promise.all(nodes.map((n) => n.start()))
  } catch (error) {
    await stop()
    throw error
  }
  const addressOf = (k: number) => ports.map((own) => `127.0.0.1:${own[k]}`).join(',')
  return {
    address: addressOf(0),
    addresses: Object.fromEntries(listeners.map((name, k) => [name, addressOf(k)])),
    certificates,
    kill: (i = 0) => nodeAt(i).end('SIGKILL'),
    shutdown: (i = 0) => nodeAt(i).end('SIGTERM'),
    start: (i = 0) => nodeAt(i).start(),
    stop,
  }
}

function unreachable(): never {
  throw new Error('a cluster has at least one node')
}

const nodeSettings = (
  i: number,
  controllers: readonly number[],
  listeners: readonly string[],
  data: string,
): string[] => [
  'process.roles=broker,controller',
  `node.id=${i + 1}`,
  `controller.quorum.voters=${controllers.map((port, k) => `${k + 1}@127.0.0.1:${port}`).join(',')}`,
  'controller.listener.names=CONTROLLER',
  `listeners=${listeners.join(',')},CONTROLLER://127.0.0.1:${controllers[i]}`,
  `advertised.listeners=${listeners.join(',')}`,
  `listener.security.protocol.map=CONTROLLER:PLAINTEXT,${Object.entries(LISTENERS).map(([name, protocol]) => `${name.toUpperCase()}:${protocol}`)}`,
  'inter.broker.listener.name=PLAIN',
  `log.dirs=${data}`,
]

function clusterSettings(count: number): string[] {
  const copies = Math.min(3, count)
  const minimum = count >= 3 ? 2 : 1
  return [
    `default.replication.factor=${copies}`,
    `min.insync.replicas=${minimum}`,
    ...['offsets.topic', 'transaction.state.log', 'share.coordinator.state.topic'].map(
      (t) => `${t}.replication.factor=${copies}`,
    ),
    ...['transaction.state.log', 'share.coordinator.state.topic'].map((t) => `${t}.min.isr=${minimum}`),
    'offsets.topic.num.partitions=4',
    'transaction.state.log.num.partitions=4',
    'group.initial.rebalance.delay.ms=0',
    'group.min.session.timeout.ms=1000',
    'auto.create.topics.enable=false',
    'log.retention.ms=-1',
    // What a compacted topic may lose, it loses at once.
    'log.cleaner.backoff.ms=100',
    // A dead node is found out within seconds.
    'broker.heartbeat.interval.ms=500',
    'broker.session.timeout.ms=3000',
    'controller.quorum.election.timeout.ms=500',
    'controller.quorum.fetch.timeout.ms=1000',
  ]
}

function securitySettings(certificates: Certificates, users: Readonly<Record<string, string>>): string[] {
  const names = Object.entries(users).map(([name, password]) => `user_${name}="${password}"`)
  const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;'
  const tls = join(certificates.server.cert, '..', 'server-chain.pem')
  // A PEM key store is one file with both.
  writeFileSync(tls, readFileSync(certificates.server.key, 'utf8') + readFileSync(certificates.server.cert, 'utf8'))
  return [
    'sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512',
    ...['sasl', 'sasltls'].flatMap((listener) => [
      `listener.name.${listener}.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ${names.join(' ')};`,
      `listener.name.${listener}.scram-sha-256.sasl.jaas.config=${scram}`,
      `listener.name.${listener}.scram-sha-512.sasl.jaas.config=${scram}`,
    ]),
    'ssl.keystore.type=PEM',
    `ssl.keystore.location=${tls}`,
    'ssl.truststore.type=PEM',
    `ssl.truststore.location=${certificates.ca}`,
    'listener.name.mutualtls.ssl.client.auth=required',
    'authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer',
    // Who comes in by the plain listener: the nodes, and the tests' own clients.
    'super.users=User:ANONYMOUS',
    'allow.everyone.if.no.acl.found=true',
  ]
}

type Node = {
  readonly format: (clusterId: string, users: Readonly<Record<string, string>>) => Promise<void>
  readonly start: () => Promise<void>
  readonly end: (signal: NodeJS.Signals) => Promise<void>
}

function createNode(lib: string, dir: string, properties: string, i: number): Node {
  const java = [
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn',
    '-cp',
    `${lib}/*`,
  ]
  const log = join(dir, `node-${i}.log`)
  let child: ChildProcess | undefined
  return {
    format: async (clusterId, users) => {
      const scram = Object.entries(users).flatMap(([name, password]) =>
        ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((m) => ['--add-scram', `${m}=[name=${name},password=${password}]`]),
      )
      await run('java', [
        '-Xmx128m',
        ...java,
        'kafka.tools.StorageTool',
        'format',
        '-t',
        clusterId,
        '-c',
        properties,
        ...scram,
      ])
    },
    start: async () => {
      writeFileSync(log, '')
      const output = openSync(log, 'a')
      const started = '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info'
      const running = spawn('java', ['-Xms64m', '-Xmx512m', started, ...java, 'kafka.Kafka', properties], {
        stdio: ['ignore', output, output],
      })
      child = running
      endWithUs(running, dir)
      const deadline = Date.now() + READY_MS
      while (!readFileSync(log, 'utf8').includes('Kafka Server started')) {
        if (running.exitCode !== null || running.signalCode !== null || Date.now() > deadline)
          throw new Error(`Kafka did not start:\n${readFileSync(log, 'utf8').slice(-4_000)}`)
        await wait(50)
      }
    },
    end: async (signal) => {
      const running = child
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()))
      running.kill(signal)
      await gone
    },
  }
}

/** A shell that waits for our end of a pipe to close, which it does even when we are killed. */
function endWithUs(broker: ChildProcess, dir: string): void {
  const watch = spawn('sh', ['-c', 'cat; kill -9 "$0"; rm -rf "$1"', `${broker.pid}`, dir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  watch.unref()
  const pipe = watch.stdin as Socket | null
  pipe?.unref()
  broker.once('exit', () => watch.kill())
}
