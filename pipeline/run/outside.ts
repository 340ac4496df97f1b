import type { ServerResponse } from 'node:http'
import type { Config } from '../../schemas/config.js'
import { createFigures } from './figures.js'
import { createPulse, type NotReady, notReady } from './health.js'
import { type Answer, COMMON_HEADERS, type HttpServer, json, type Request, type Route, startHttp } from './http.js'
import type { StreamLog } from './log.js'
import { createMetrics } from './metrics.js'
import { type Observer, observeAll } from './observer.js'
import { statusOf } from './status.js'
import type { Stream } from './stream.js'
import { tapAccess } from './tap-access.js'
import { TAP_KINDS, tapFilter } from './tap-filter.js'
import { createTaps, type TapClient, type Taps } from './taps.js'
import { programVersion } from './version.js'

export type OutsideOptions = {
  readonly http: NonNullable<Config['http']>
  /** `http.socket`, from the configuration's folder. */
  readonly socket: string | undefined
  readonly stages: readonly string[]
  /** How long a group counts on a silent member. */
  readonly sessionMs: number
  readonly log: StreamLog
  /** Epoch ms. */
  readonly now: () => number
}
/** A process as it is seen from outside: metrics, health, status, taps. Open before the stream starts, closed after it has stopped. */
export type Outside = {
  /** To be handed to the stream. */
  readonly observer: Observer
  /** `http://127.0.0.1:9600`, `unix:/run/whytimeout.sock` */
  readonly addresses: readonly string[]
  /** The stream has started. */
  readonly attach: (stream: Stream) => void
  /** The stream is about to stop: no longer ready. */
  readonly stopping: () => void
  readonly close: () => Promise<void>
}

const TICK_MS = 1_000
const MOST_ITEMS = 1_000_000_000

/** @throws WhytimeoutError HTTP_UNAVAILABLE */
export async function openOutside(options: OutsideOptions): Promise<Outside> {
  const { http, log, now, stages, sessionMs } = options
  const figures = createFigures(now)
  const metrics = createMetrics({ now, withDefaults: true })
  const taps = createTaps(now)
  const pulse = createPulse()
  const version = programVersion()
  let stream: Stream | undefined
  let isStopping = false
  let failed: string | undefined

  const missing = (): readonly NotReady[] =>
    notReady({ stream: stream?.status(), figures, sessionMs, isStopping, failed, now: now() })
  const routes: Record<string, Route> = {
    '/metrics': async () => {
      const seen = { figures, stream: stream?.status(), isReady: missing().length === 0, taps: taps.size(), version }
      return { status: 200, type: metrics.contentType, body: await metrics.text({ ...seen, now: now() }) }
    },
    '/healthz': () => {
      const isAlive = failed === undefined && !pulse.isStuck()
      const event_loop_secs = Math.round(pulse.longestMs()) / 1_000
      return answer(isAlive, { alive: isAlive, event_loop_secs, ...(failed !== undefined && { failed }) })
    },
    '/readyz': () => {
      const not_ready = missing()
      return answer(not_ready.length === 0, { ready: not_ready.length === 0, not_ready })
    },
    '/status': () => {
      const parts = { figures, stream: stream?.status(), stages, notReady: missing(), taps: taps.size() }
      return { status: 200, ...json(statusOf({ ...parts, version, pid: process.pid, now: now() })) }
    },
    '/tap': (request, response) => serveTap({ request, response, taps, stages, token: http.token, log }),
  }
  const server: HttpServer = await startHttp({
    ...{ host: http.host, port: http.port, socket: options.socket, routes },
    failed: (error) => log('error', 'http.failed', { reason: error.name }),
  }).catch((error: unknown) => {
    pulse.stop()
    throw error
  })
  log('info', 'http.listening', { addresses: server.addresses })
  const timer = setInterval(taps.tick, TICK_MS)

  return {
    observer: observeAll([figures.observer, metrics.observer, taps.observer]),
    addresses: server.addresses,
    attach: (started) => {
      stream = started
      started.ended.catch((error: { readonly code?: string }) => {
        failed = error.code ?? 'INTERNAL'
      })
    },
    stopping: () => {
      isStopping = true
    },
    close: async () => {
      clearInterval(timer)
      pulse.stop()
      taps.close()
      await server.close()
    },
  }
}

const answer = (isGood: boolean, body: object): Answer => ({ status: isGood ? 200 : 503, ...json(body) })
const refuse = (status: number, error: string): Answer => ({ status, ...json({ error }) })

type TapRequest = {
  readonly request: Request
  readonly response: ServerResponse
  readonly taps: Taps
  readonly stages: readonly string[]
  readonly token: string | undefined
  readonly log: StreamLog
}

/** `GET /tap?what=lines|events|verdicts&where=FIELD=GLOB&contains=TEXT&limit=N`: NDJSON until one of both ends it. */
function serveTap({ request, response, taps, stages, token, log }: TapRequest): Answer | 'taken' {
  const { door, headers, query, from } = request
  const access = tapAccess({ door, token, authorization: headers.authorization, host: headers.host })
  if (access.status !== 200) return refuse(access.status, access.error)
  const kind = TAP_KINDS.find((k) => k === query.get('what'))
  if (!kind) return refuse(400, `what=${TAP_KINDS.join('|')}, please`)
  const stage = kind === 'verdicts' ? 'diagnose' : 'parse'
  if (!stages.includes(stage)) return refuse(404, `this process does not ${stage}, so it has no ${kind}`)
  const limit = Number(query.get('limit') ?? MOST_ITEMS)
  if (!Number.isInteger(limit) || limit < 1) return refuse(400, 'limit is a whole number from 1')
  const filter = tapFilter(kind, query.getAll('where'), query.getAll('contains'))
  if ('refused' in filter) return refuse(400, filter.refused)
  if (response.req.method === 'HEAD') return { status: 200, type: 'application/x-ndjson', body: '' }
  const began = Date.now()
  const leave = taps.open({
    filter,
    limit,
    client: clientOf(response),
    ended: (why, sent, left_out) =>
      log('info', 'tap.closed', { what: kind, why, sent, left_out, secs: (Date.now() - began) / 1_000 }),
  })
  if (!leave) return refuse(503, 'too many watch already')
  log('info', 'tap.opened', {
    what: kind,
    from,
    conditions: query.getAll('where').length + query.getAll('contains').length,
  })
  response.on('close', leave)
  response.writeHead(200, { ...COMMON_HEADERS, 'content-type': 'application/x-ndjson' })
  response.flushHeaders()
  return 'taken'
}

const clientOf = (response: ServerResponse): TapClient => ({
  send: (line) => {
    response.write(`${line}\n`)
  },
  pending: () => response.writableLength,
  end: () => response.end(),
  drop: () => response.destroy(),
})
