// Sends the logs of a folder (host/file) to the raw topics, as a shipper would: the lines of a log in order, its host and name in the headers.
// Their dates are moved by whole days so that the newest is within the last day. Runs once.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const home = process.env.WHYTIMEOUT_HOME ?? '/opt/whytimeout'
const { Kafka } = createRequire(join(home, 'package.json'))('kafkajs')
const { shiftTimes } = await import(join(home, 'dist/pipeline/export/shift.js'))
const { findTime, parseZone, resolve } = await import(join(home, 'dist/pipeline/parse/time.js'))

const DAY_MS = 86_400_000
const LINES_A_MESSAGE = 50
const topicOf = (host) =>
  host.startsWith('till') ? 'terminal-logs' : host === 'router' ? 'router-logs' : 'gateway-logs'

const [folder = 'logs'] = process.argv.slice(2)
const logs = readdirSync(folder).flatMap((host) =>
  readdirSync(join(folder, host)).map((log) => ({
    host,
    log,
    // A character a byte: one of the logs is not UTF-8.
    lines: readFileSync(join(folder, host, log), 'latin1')
      .split('\n')
      .filter((line) => line !== ''),
  })),
)
const utc = parseZone('UTC')
const times = logs.flatMap(({ lines }) =>
  lines.flatMap((line) => {
    const time = findTime(line, 64)?.time
    return time?.year === undefined ? [] : [resolve(time, utc, Date.now())]
  }),
)
const [from, to] = [times.reduce((a, b) => Math.min(a, b)), times.reduce((a, b) => Math.max(a, b))]
const shift = { days: Math.floor((Date.now() - to) / DAY_MS), from, to }

const kafka = new Kafka({
  clientId: 'feeder',
  brokers: (process.env.KAFKA_BROKERS ?? 'localhost:9092').split(','),
  logLevel: 1,
})
const producer = kafka.producer()
await producer.connect()
let sent = 0
for (const { host, log, lines } of logs) {
  const messages = []
  for (let i = 0; i < lines.length; i += LINES_A_MESSAGE) {
    const text = lines.slice(i, i + LINES_A_MESSAGE).map((line) => shiftTimes(line, shift))
    messages.push({
      key: `${host}/${log}`,
      value: Buffer.from(`${text.join('\n')}\n`, 'latin1'),
      headers: { host, log },
    })
  }
  await producer.send({ topic: topicOf(host), messages })
  sent += lines.length
}
await producer.disconnect()
console.log(JSON.stringify({ event: 'feeder.done', lines: sent, logs: logs.length, days: shift.days }))
