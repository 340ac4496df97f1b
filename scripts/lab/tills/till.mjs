// A till in Node: axios, winston.
import { appendFileSync, readFileSync } from 'node:fs'
import https from 'node:https'
import axios from 'axios'
import winston from 'winston'

const { TID, PAY_HOST, TILL_IP, EVERY_SECS = '4', RESPONSE_SECS = '5', LOG = 'json' } = process.env
const { combine, timestamp, json, printf } = winston.format
const line = LOG === 'json' ? json() : printf((i) => `${i.timestamp} ${i.level}: ${i.message}`)
const log = winston.createLogger({ format: combine(timestamp(), line), transports: [new winston.transports.Console()] })
const sleep = (secs) => new Promise((done) => setTimeout(done, secs * 1000))
const [host, port] = PAY_HOST.split(':')
const limit = Number(RESPONSE_SECS) * 1000
let stan = 1000 + Math.floor(Math.random() * 8000)
let phase = 'dns'
let ip = null

class Agent extends https.Agent {
  createConnection(options, done) {
    const socket = super.createConnection(options, done)
    phase = 'dns'
    ip = null
    socket.once('lookup', (error, address) => {
      if (error) return
      phase = 'connect'
      ip = address
    })
    socket.once('connect', () => {
      phase = 'tls'
    })
    socket.once('secureConnect', () => {
      phase = 'response'
    })
    return socket
  }
}
const agent = new Agent({ keepAlive: process.env.KEEP !== undefined, ca: readFileSync('/srv/etc/ca.pem') })

log.info(`till started terminal=${TID} url=https://${PAY_HOST}/sale timeout=${limit}ms`, { terminal: TID })
await sleep(Math.random() * Number(EVERY_SECS))
for (; ; stan++) {
  const trace = String(stan).padStart(6, '0')
  const start = Date.now()
  phase = agent.keepAlive ? 'response' : 'dns'
  let outcome = 'ok'
  try {
    const body = { tid: TID, stan: trace, amount: Number((Math.random() * 300).toFixed(2)) }
    const res = await axios.post(`https://${PAY_HOST}/sale`, body, {
      timeout: limit,
      httpsAgent: agent,
      headers: { 'X-Terminal': TID },
    })
    log.info(`sale approved stan=${trace} status=${res.status} ${Date.now() - start} ms`, { terminal: TID })
  } catch (error) {
    outcome = error.code === 'ECONNABORTED' || error.code === 'ETIMEDOUT' ? 'timeout' : 'error'
    if (error.syscall === 'getaddrinfo' && Date.now() - start >= 900) [outcome, phase] = ['timeout', 'dns']
    log.error(`sale failed stan=${trace} ${error.code}: ${error.message} after ${Date.now() - start} ms`, {
      terminal: TID,
      code: error.code,
      host,
      port: Number(port),
    })
  }
  const note = {
    start: start / 1e3,
    end: Date.now() / 1e3,
    suffered_by: 'terminal',
    terminal_id: TID,
    terminal_ip: TILL_IP,
    stan: trace,
    phase,
    outcome,
    server: { host, ip, port: Number(port) },
  }
  appendFileSync('/srv/attempts.ndjson', `${JSON.stringify(note)}\n`)
  await sleep(Number(EVERY_SECS) * (0.8 + 0.4 * Math.random()))
}
