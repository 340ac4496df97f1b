// An authorisation host in Node: HTTP and framed JSON over TCP, pino; run/mode.json: delay_ms, block_ms (stands still that long at each report).
import { readFileSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import pino from 'pino'

const log = pino({ name: 'auth-host' })
const mode = () => {
  try {
    return JSON.parse(readFileSync('/srv/run/mode.json'))
  } catch {
    return {}
  }
}
const answer = (sale, peer, reply) => {
  const start = Date.now()
  log.info({ tid: sale.tid, stan: sale.stan, peer }, 'request')
  setTimeout(
    () => {
      log.info({ tid: sale.tid, stan: sale.stan, rc: '00', ms: Date.now() - start }, 'answered')
      reply(JSON.stringify({ rc: '00', stan: sale.stan }))
    },
    (mode().delay_ms ?? 60) + Math.random() * 50,
  )
}
if (process.env.HTTP_PORT) {
  http
    .createServer((req, res) => {
      let body = ''
      req.on('data', (part) => {
        body += part
      })
      req.on('end', () => {
        const sale = body ? JSON.parse(body) : {}
        answer(sale, req.socket.remoteAddress, (text) => res.setHeader('content-type', 'application/json').end(text))
      })
    })
    .listen(Number(process.env.HTTP_PORT), () => log.info({ port: process.env.HTTP_PORT }, 'listening'))
}
if (process.env.TCP_PORT) {
  net
    .createServer((socket) => {
      const peer = `${socket.remoteAddress}:${socket.remotePort}`
      socket.on('error', (err) => log.warn({ err, peer }, 'socket'))
      socket.on('data', (got) =>
        answer(JSON.parse(got.subarray(2)), peer, (text) => {
          const out = Buffer.from(`  ${text}`)
          out.writeUInt16BE(text.length)
          socket.end(out)
        }),
      )
    })
    .listen(Number(process.env.TCP_PORT), () => log.info({ port: process.env.TCP_PORT }, 'listening'))
}
let tick = Date.now()
setInterval(() => {
  const late = Date.now() - tick - 1000
  tick = Date.now()
  if (late > 500) log.warn({ delayMs: late }, 'event loop was blocked')
  const { block_ms } = mode()
  if (block_ms) {
    log.info({ report: 'turnover by cashier' }, 'report started')
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, block_ms)
    log.info({ report: 'turnover by cashier', ms: Date.now() - tick }, 'report finished')
  }
}, 1000)
