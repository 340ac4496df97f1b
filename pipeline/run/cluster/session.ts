import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, TLSSocket } from 'node:tls'
import type { Admin, ISocketFactory, Kafka as KafkaClient } from 'kafkajs'
import kafkajs from 'kafkajs'
import type { KafkaConfig } from '../../../schemas/config.js'
import { registerCodecs } from '../../sources/codecs.js'
import { kafkaSettings } from '../../sources/kafka-settings.js'
import { type ApiRange, apiVersions, type Call, createReader, encodeCall, metadata } from './wire.js'

/** One connection to one broker, logged in. */
export type Line = {
  readonly address: string
  /** How long it took to connect and log in, ms. */
  readonly tookMs: number
  /** When its certificate ends, epoch ms; undefined without TLS. */
  readonly certificateEnds: number | undefined
  /** What it speaks. */
  readonly ranges: readonly ApiRange[]
  readonly ask: <T>(call: Call<T>) => Promise<T>
}

/** A look at a cluster, for a command. Nothing in it waits long: an answer takes at most ANSWER_MS. */
export type Session = {
  /** A broker by `host:port`; the same line each time. */
  readonly lineTo: (address: string) => Promise<Line>
  /** The first of the configured brokers that answers. @throws the error of one where none does */
  readonly line: () => Promise<Line>
  /** A client that begins with the configured brokers that answer: one that does not would be taken for connected. */
  readonly client: () => Promise<KafkaClient>
  /** Connected; the same each time. */
  readonly admin: () => Promise<Admin>
  /** Ends every connection at once, whatever it waits for. */
  readonly close: () => void
}

export const ANSWER_MS = 5_000
/** Ids of our own requests, above all that the client gives to its own on the same socket. */
const FIRST_ID = 0x4000_0000
const NOT_KAFKA = 'what answers is not Kafka'
const MAX_ANSWER = 64 * 1024 * 1024

export async function openSession(config: KafkaConfig): Promise<Session> {
  registerCodecs()
  const settings = await kafkaSettings(config)
  const sockets = new Set<Socket>()
  let isClosed = false
  const end = (socket: Socket) => socket.destroy(new Error('closed by this side'))
  const clientOf = (brokers: readonly string[], retries: number, onSocket: (made: Socket) => void = () => {}) =>
    new kafkajs.Kafka({
      ...settings,
      brokers: [...brokers],
      connectionTimeout: ANSWER_MS,
      authenticationTimeout: ANSWER_MS,
      requestTimeout: ANSWER_MS,
      retry: { initialRetryTime: 100, maxRetryTime: 500, retries },
      socketFactory: connecting((socket) => {
        sockets.add(socket)
        socket.once('close', () => sockets.delete(socket))
        onSocket(socket)
        // The client may try once more, but not for long.
        if (isClosed) setImmediate(end, socket)
      }),
    })
  const lines = new Map<string, Promise<Line>>()
  const openLine = async (address: string): Promise<Line> => {
    let socket: Socket | undefined
    const began = performance.now()
    // The client connects and logs in; its socket is then used for requests that it does not know. It tries once: where it gets no
    // answer, a second try finds the socket connected and takes that for success.
    const once = clientOf([address], 0, (made) => {
      socket = made
    })
    await once.admin().connect()
    if (!socket) throw new Error('the client connected without a socket')
    const ask = askOver(socket, config.client_id)
    const { ranges } = await ask(apiVersions)
    const spoken = ranges.find((r) => r.api === metadata([]).api)
    if ((spoken?.max ?? 0) < metadata([]).version) throw Object.assign(new Error('too old'), { code: 'TOO_OLD' })
    // Where a login is needed and none was made, the first request that is no greeting ends the connection.
    await ask(metadata([]))
    return { address, tookMs: performance.now() - began, certificateEnds: certificateEnds(socket), ranges, ask }
  }
  const lineTo = (address: string): Promise<Line> => {
    const line = lines.get(address) ?? openLine(address)
    lines.set(address, line)
    return line
  }
  let client: Promise<KafkaClient> | undefined
  let admin: Promise<Admin> | undefined
  const clientOfAnswering = async (): Promise<KafkaClient> => {
    const tried = await Promise.allSettled(config.brokers.map(lineTo))
    return clientOf(
      config.brokers.filter((_, i) => tried[i]?.status === 'fulfilled'),
      2,
    )
  }
  const session: Session = {
    lineTo,
    line: async () => {
      const tried = await Promise.any(config.brokers.map(lineTo)).catch((e: AggregateError) => e)
      if ('errors' in tried) throw tried.errors[0]
      return tried
    },
    client: () => {
      client ??= clientOfAnswering()
      return client
    },
    admin: () => {
      admin ??= session.client().then(async (c) => {
        const made = c.admin()
        await made.connect()
        return made
      })
      return admin
    },
    // With an error, so that the client gives up too and starts no timer again.
    close: () => {
      isClosed = true
      for (const socket of sockets) end(socket)
    },
  }
  return session
}

const certificateEnds = (socket: Socket): number | undefined =>
  socket instanceof TLSSocket ? Date.parse(socket.getPeerCertificate().valid_to) || undefined : undefined

/** The client's own way of connecting, but every socket is told of. */
function connecting(onSocket: (socket: Socket) => void): ISocketFactory {
  return ({ host, port, ssl, onConnect }) => {
    const socket = ssl
      ? connectTls({ host, port, ...(isIP(host) === 0 && { servername: host }), ...ssl }, onConnect)
      : connectTcp({ host, port }, onConnect)
    onSocket(socket)
    return guarded(socket)
  }
}

/** What is no Kafka makes the client throw where nobody catches it, and the process would end: here only the connection does. */
function guarded(socket: Socket): Socket {
  const on = socket.on.bind(socket)
  return Object.assign(socket, {
    on: (event: string, listener: (...given: unknown[]) => void) =>
      on(
        event,
        event !== 'data'
          ? listener
          : (chunk: Buffer) => {
              try {
                listener(chunk)
              } catch {
                socket.destroy(new Error(NOT_KAFKA))
              }
            },
      ),
  })
}

/** Requests over a socket that another client reads too: each takes the answers with its own ids and leaves the others alone. */
function askOver(socket: Socket, clientId: string): Line['ask'] {
  const waiting = new Map<number, (answer: Buffer) => void>()
  let nextId = FIRST_ID
  let left = Buffer.alloc(0)
  socket.on('data', (chunk) => {
    left = Buffer.concat([left, chunk])
    while (left.length >= 4) {
      const size = left.readInt32BE(0)
      if (size < 4 || size > MAX_ANSWER) socket.destroy(new Error(NOT_KAFKA))
      if (size < 4 || left.length < 4 + size) return
      const answer = left.subarray(4, 4 + size)
      left = left.subarray(4 + answer.length)
      const id = answer.readInt32BE(0)
      waiting.get(id)?.(answer.subarray(4))
      waiting.delete(id)
    }
  })
  return (call) =>
    new Promise((resolve, reject) => {
      const id = nextId++
      const fail = (message: string) => {
        waiting.delete(id)
        reject(new Error(message))
      }
      const onClose = () => fail('the broker closed the connection')
      const timer = setTimeout(() => fail(`no answer within ${ANSWER_MS / 1000} s`), ANSWER_MS)
      socket.once('close', onClose)
      waiting.set(id, (answer) => {
        clearTimeout(timer)
        socket.off('close', onClose)
        try {
          const reader = createReader(answer)
          if (call.isFlexible) reader.tags()
          resolve(call.read(reader))
        } catch (error) {
          reject(error)
        }
      })
      socket.write(encodeCall(call, id, clientId))
    })
}
