import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'

const VERSION = '4.4.0'
const ROOT = join(import.meta.dirname, '../..')
const LIB = join(ROOT, '.cache/services', `kafka-${VERSION}`)
const READY_MS = 90_000

/** A real broker, one KRaft node on loopback, as a plain Java process. */
export type Broker = {
  /** `host:port` */
  readonly address: string
  readonly stop: () => Promise<void>
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>
  /** Starts it again with its data, on the same port. */
  readonly start: () => Promise<void>
}

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })

/** Fetches the jars from Maven Central, once. */
function fetchJars(): void {
  if (existsSync(LIB)) return
  console.error(`fetching Kafka ${VERSION} (45 MB) from Maven Central`)
  const partial = `${LIB}.partial`
  rmSync(partial, { recursive: true, force: true })
  mkdirSync(partial, { recursive: true })
  execFileSync(
    'mvn',
    [
      '-B',
      '-q',
      '-f',
      join(import.meta.dirname, 'pom.xml'),
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
      `-DoutputDirectory=${partial}`,
      '-DincludeScope=runtime',
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  )
  renameSync(partial, LIB)
}

export async function startKafka(extra: readonly string[] = []): Promise<Broker> {
  fetchJars()
  const dir = mkdtempSync(join(tmpdir(), 'kafka-'))
  const [port, controller] = [await freePort(), await freePort()]
  const properties = join(dir, 'server.properties')
  writeFileSync(
    properties,
    [
      'process.roles=broker,controller',
      'node.id=1',
      `controller.quorum.voters=1@127.0.0.1:${controller}`,
      'controller.listener.names=CONTROLLER',
      `listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}`,
      `advertised.listeners=PLAINTEXT://127.0.0.1:${port}`,
      'listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
      'inter.broker.listener.name=PLAINTEXT',
      `log.dirs=${join(dir, 'data')}`,
      'offsets.topic.replication.factor=1',
      'offsets.topic.num.partitions=4',
      'transaction.state.log.replication.factor=1',
      'transaction.state.log.min.isr=1',
      'share.coordinator.state.topic.replication.factor=1',
      'share.coordinator.state.topic.min.isr=1',
      'group.initial.rebalance.delay.ms=0',
      'group.min.session.timeout.ms=1000',
      'auto.create.topics.enable=false',
      'log.retention.ms=-1',
      ...extra,
    ].join('\n'),
  )
  const java = ['-XX:TieredStopAtLevel=1', '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn', '-cp', `${LIB}/*`]
  execFileSync(
    'java',
    [
      '-Xmx128m',
      ...java,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      randomBytes(16).toString('base64url').replace(/^-/, 'A'),
      '-c',
      properties,
    ],
    { stdio: 'pipe' },
  )
  const log = join(dir, 'server.log')
  let child: ChildProcess | undefined
  const start = async (): Promise<void> => {
    writeFileSync(log, '')
    const output = openSync(log, 'a')
    child = spawn(
      'java',
      [
        '-Xms128m',
        '-Xmx512m',
        '-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info',
        ...java,
        'kafka.Kafka',
        properties,
      ],
      { stdio: ['ignore', output, output] },
    )
    const deadline = Date.now() + READY_MS
    while (!readFileSync(log, 'utf8').includes('Kafka Server started')) {
      if (child.exitCode !== null || Date.now() > deadline)
        throw new Error(`Kafka did not start:\n${readFileSync(log, 'utf8').slice(-2_000)}`)
      await wait(100)
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = child
    if (!running || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise<void>((resolve) => running.once('exit', () => resolve()))
    running.kill(signal)
    await gone
  }
  await start()
  return {
    address: `127.0.0.1:${port}`,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM')
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
