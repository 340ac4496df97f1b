import { spawn } from 'node:child_process'
import { kafkaJars } from './jars.js'

/**
 * Lines to a topic by Kafka's own producer, as one batch or a few: compressed as other people's are.
 * @param lines `key<TAB>value`
 */
export async function produceWithJava(
  brokers: string,
  topic: string,
  compression: 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd',
  lines: readonly string[],
): Promise<void> {
  const options = {
    'bootstrap-server': [brokers],
    topic: [topic],
    'compression-codec': [compression],
    'batch-size': ['400000'],
    timeout: ['500'],
    'reader-property': ['parse.key=true', 'key.separator=\t'],
  }
  const child = spawn(
    'java',
    [
      ...[
        '-Xmx256m',
        '-XX:TieredStopAtLevel=1',
        '-Dorg.slf4j.simpleLogger.defaultLogLevel=error',
        '-cp',
        `${await kafkaJars()}/*`,
      ],
      'org.apache.kafka.tools.ConsoleProducer',
      ...Object.entries(options).flatMap(([name, values]) => values.flatMap((value) => [`--${name}`, value])),
    ],
    { stdio: ['pipe', 'ignore', 'pipe'] },
  )
  let errors = ''
  child.stderr.on('data', (text) => {
    errors += text
  })
  child.stdin.end(`${lines.join('\n')}\n`)
  const status = await new Promise((ended) => child.once('close', ended))
  if (status !== 0) throw new Error(`the console producer ended with ${status}: ${errors.slice(-2_000)}`)
}
