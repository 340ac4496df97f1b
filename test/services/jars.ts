import { execFile, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

export const run = promisify(execFile)

const POM = join(import.meta.dirname, 'pom.xml')
const text = readFileSync(POM)
const version = /<artifactId>kafka_2\.13<\/artifactId>\s*<version>([^<]+)/.exec(text.toString())?.[1] ?? ''
/** Named by what is in it, so another list is another folder. */
const LIB = join(
  import.meta.dirname,
  '../../.cache/services',
  `kafka-${version}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`,
)

const answers = (command: string, option: string): boolean =>
  spawnSync(command, [option], { stdio: 'ignore' }).status === 0

/** What this machine lacks to start a broker, in one line. */
export function missingForKafka(): string | undefined {
  const missing = [
    ...(answers('java', '-version') ? [] : ['Java 17 or newer (java)']),
    ...(existsSync(LIB) || answers('mvn', '-v') ? [] : ['Maven (mvn)']),
    ...(answers('openssl', 'version') ? [] : ['openssl']),
  ]
  return missing.length === 0 ? undefined : `a test broker needs ${missing.join(', ')}; or set KAFKA_BROKERS`
}

/** Folder of the broker's jars; fetched from Maven Central once. */
export async function kafkaJars(): Promise<string> {
  if (existsSync(LIB)) return LIB
  console.error(`fetching Kafka ${version} (45 MB) from Maven Central`)
  mkdirSync(dirname(LIB), { recursive: true })
  const partial = mkdtempSync(`${LIB}.partial-`)
  await run('mvn', [
    ...['-B', '-q', '-f', POM],
    'org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies',
    `-DoutputDirectory=${partial}`,
    '-DincludeScope=runtime',
  ])
  try {
    renameSync(partial, LIB)
  } catch (error) {
    // Another process was faster.
    if (!existsSync(LIB)) throw error
    rmSync(partial, { recursive: true })
  }
  return LIB
}
