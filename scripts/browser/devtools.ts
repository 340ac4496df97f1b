import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'

type Params = Readonly<Record<string, unknown>>
type Answer = {
  readonly id?: number
  readonly sessionId?: string
  readonly method?: string
  readonly params?: Params
  readonly result?: Params
  readonly error?: { readonly message: string }
}
export type Listener = (method: string, params: Params) => void
/** A Chromium, spoken to in the DevTools protocol over two pipes: no port, no WebSocket, nothing to install beside it. */
export type Browser = {
  readonly send: (method: string, params?: Params, sessionId?: string) => Promise<Params>
  /** @returns the id of a session with a new, empty tab */
  readonly open: (listener: Listener) => Promise<{ readonly sessionId: string; readonly close: () => Promise<void> }>
  readonly close: () => Promise<void>
}

const FLAGS = [
  ...['--headless=new', '--remote-debugging-pipe', '--no-first-run', '--no-default-browser-check', '--mute-audio'],
  ...[
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--hide-scrollbars',
    '--force-color-profile=srgb',
    '--disable-lcd-text',
  ],
  // It asks home by itself otherwise; a page's requests are seen in the page.
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-extensions'],
]

/** @param path  of the program */
export async function startBrowser(path: string): Promise<Browser> {
  const home = await mkdtemp(join(tmpdir(), 'whytimeout-chromium-'))
  // As root, as in containers, its sandbox cannot be had; the only pages it opens are ours.
  const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : []
  const child = spawn(path, [...FLAGS, ...sandbox, `--user-data-dir=${home}`, 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
  })
  const { send, listen, fail } = talk(child.stdio[3] as Writable, child.stdio[4] as Readable)
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      fail(error)
      resolve()
    })
    child.once('exit', () => {
      fail(new Error('Chromium has ended'))
      resolve()
    })
  })
  return {
    send,
    open: async (listener) => {
      const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
      const { sessionId } = (await send('Target.attachToTarget', { targetId, flatten: true })) as { sessionId: string }
      listen(sessionId, listener)
      return { sessionId, close: async () => void (await send('Target.closeTarget', { targetId })) }
    },
    close: async () => {
      await send('Browser.close').catch(() => {})
      await Promise.race([gone, later(5_000).then(() => kill(child))])
      await rm(home, { recursive: true, force: true, maxRetries: 5 })
    },
  }
}

const later = (ms: number): Promise<void> => new Promise((go) => setTimeout(go, ms).unref())
const kill = (child: ChildProcess): void => void child.kill('SIGKILL')

/** Messages are JSON, each ended by a zero byte. */
function talk(to: Writable, from: Readable) {
  const waiting = new Map<number, { resolve: (result: Params) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, Listener>()
  let failure: Error | undefined
  let last = 0
  let rest: Buffer[] = []
  const fail = (error: Error): void => {
    failure ??= error
    for (const { reject } of waiting.values()) reject(failure)
    waiting.clear()
  }
  const take = (text: string): void => {
    const answer = JSON.parse(text) as Answer
    if (answer.id === undefined) {
      listeners.get(answer.sessionId ?? '')?.(answer.method ?? '', answer.params ?? {})
      return
    }
    const { resolve, reject } = waiting.get(answer.id) ?? {}
    waiting.delete(answer.id)
    if (answer.error) reject?.(new Error(answer.error.message))
    else resolve?.(answer.result ?? {})
  }
  from.on('data', (chunk: Buffer) => {
    let begin = 0
    for (let end = chunk.indexOf(0); end >= 0; end = chunk.indexOf(0, begin)) {
      take(Buffer.concat([...rest, chunk.subarray(begin, end)]).toString('utf8'))
      rest = []
      begin = end + 1
    }
    if (begin < chunk.length) rest.push(chunk.subarray(begin))
  })
  for (const stream of [to, from]) stream.on('error', fail)
  const send = (method: string, params: Params = {}, sessionId?: string): Promise<Params> => {
    if (failure) return Promise.reject(failure)
    const id = ++last
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject })
      to.write(`${JSON.stringify({ id, method, params, ...(sessionId !== undefined && { sessionId }) })}\0`)
    })
  }
  return { send, fail, listen: (sessionId: string, listener: Listener) => listeners.set(sessionId, listener) }
}
