// Sends the logs of a folder (host/file) to the raw topics, as shippers do while they are written: the lines of a log in order, all logs by their time, a
// log's host and name in the headers. (A log sent whole behind another of the same hours comes hours late; that is what `replay` is for.)
// Their dates are moved by whole days so that the newest is within the last day. Runs once.
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const home = process.env.WHYTIMEOUT_HOME ?? '/opt/whytimeout'
const require = createRequire(join(home, 'package.json'))
const { Kafka } = require('kafkajs')
const { parse } = require('yaml')
const { shiftTimes } = await import(join(home, 'dist/pipeline/export/shift.js'))
const { findTime, parseZone, resolve } = await import(join(home, 'dist/pipeline/parse/time.js'))

const DAY_MS = 86_400_000
/** Of the logs' own time: what is sent together. */
const STEP_MS = 30_000
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
const origins = Object.entries(parse(readFileSync(new URL('origins.yml', import.meta.url), 'utf8')))
const zoneOf = (origin) =>
  parseZone(origins.find(([glob]) => new RegExp(`^${glob.replaceAll('*', '.*')}$`).test(origin))?.[1].zone ?? 'UTC')
// A line without a time of its own belongs to the one before it.
const timed = logs.flatMap(({ host, log, lines }) => {
  const zone = zoneOf(`${host}/${log}`)
  let at = 0
  return lines.map((line) => {
    const time = findTime(line, 64)?.time
    at = time === undefined ? at : Math.max(at, resolve(time, zone, Date.now()))
    return { host, log, line, time, at }
  })
})
timed.sort((a, b) => a.at - b.at)
const utc = parseZone('UTC')
const times = timed.flatMap(({ time }) => (time?.year === undefined ? [] : [resolve(time, utc, Date.now())]))
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
for (let i = 0; i < timed.length; ) {
  const open = new Map()
  const until = timed[i].at + STEP_MS
  for (; i < timed.length && timed[i].at < until; i++, sent++) {
    const { host, log, line } = timed[i]
    const key = `${host}/${log}`
    if (!open.has(key)) open.set(key, { host, log, lines: [] })
    open.get(key).lines.push(shiftTimes(line, shift))
  }
  const topics = new Map()
  for (const [key, { host, log, lines }] of open) {
    const topic = topicOf(host)
    const message = { key, value: Buffer.from(`${lines.join('\n')}\n`, 'latin1'), headers: { host, log } }
    topics.set(topic, [...(topics.get(topic) ?? []), message])
  }
  await producer.sendBatch({ topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })) })
}
await producer.disconnect()
console.log(JSON.stringify({ event: 'feeder.done', lines: sent, logs: logs.length, days: shift.days }))
