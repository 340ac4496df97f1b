// A till in Node: got, bunyan; through a proxy with PROXY.
import { appendFileSync, readFileSync } from 'node:fs'
import bunyan from 'bunyan'
import got from 'got'
import { HttpsProxyAgent } from 'hpagent'

const { TID, PAY_HOST, TILL_IP, EVERY_SECS = '4', CONNECT_SECS = '3', RESPONSE_SECS = '5', PROXY } = process.env
const log = bunyan.createLogger({ name: 'checkout', terminal: TID, serializers: bunyan.stdSerializers })
const sleep = (secs) => new Promise((done) => setTimeout(done, secs * 1000))
const [host, port] = (PROXY ? PROXY.split('//')[1] : PAY_HOST).split(':')
const url = `https://${PAY_HOST}/sale`
const certificateAuthority = readFileSync('/srv/etc/ca.pem')
const agent = PROXY
  ? { https: new HttpsProxyAgent({ proxy: PROXY, timeout: Number(CONNECT_SECS) * 1000, ca: certificateAuthority }) }
  : undefined
const timeout = {
  lookup: Number(CONNECT_SECS) * 1000,
  ...(PROXY ? {} : { connect: Number(CONNECT_SECS) * 1000, secureConnect: Number(CONNECT_SECS) * 1000 }),
  response: Number(RESPONSE_SECS) * 1000,
}
const phases = { lookup: 'dns', connect: 'connect', secureConnect: 'tls' }
let stan = 1000 + Math.floor(Math.random() * 8000)

log.info({ url, proxy: PROXY, timeout }, 'checkout ready')
await sleep(Math.random() * Number(EVERY_SECS))
for (; ; stan++) {
  const trace = String(stan).padStart(6, '0')
  const start = Date.now()
  let [outcome, phase] = ['ok', 'response']
  try {
    const json = { tid: TID, stan: trace, amount: Number((Math.random() * 300).toFixed(2)) }
    const res = await got.post(url, {
      json,
      agent,
      timeout,
      https: { certificateAuthority },
      retry: { limit: 0 },
      headers: { 'x-terminal': TID },
    })
    log.info({ stan: trace, status: res.statusCode, ms: res.timings.phases.total }, 'sale accepted')
  } catch (error) {
    const took = Date.now() - start
    const late = error.name === 'TimeoutError' || (error.name !== 'HTTPError' && /timeout/i.test(error.message))
    outcome = late ? 'timeout' : 'error'
    phase = phases[error.event] ?? 'response'
    if (error.syscall === 'getaddrinfo') [outcome, phase] = [took >= 900 ? 'timeout' : 'error', 'dns']
    log.error({ stan: trace, err: error, ms: took }, 'sale failed')
  }
  const ip = /^[\d.]+$/.test(host) ? host : null
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
