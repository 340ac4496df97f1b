import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { createWebhook } from '../../pipeline/sinks/webhook.js'
import { type Certificates, makeCertificates } from '../services/certificates.js'
import { stateOf } from '../sinks/alert-states.js'
import { type Receiver, startReceiver, until } from '../sinks/receiver.js'

let dir: string
let pack: Pack
let made: Certificates
let receiver: Receiver
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'webhook-tls-'))
  pack = await loadPack()
  made = await makeCertificates(dir)
  const [key, cert] = await Promise.all([made.server.key, made.server.cert].map((f) => readFile(f, 'utf8')))
  receiver = await startReceiver({ key: key as string, cert: cert as string })
})
afterAll(async () => {
  await receiver.stop()
  await rm(dir, { recursive: true })
})

test('over TLS: with the authority named it is trusted, with another or none it is not, and that is said', async () => {
  const reasons: string[] = []
  const hook = (ca: string | undefined) =>
    createWebhook({
      url: receiver.url,
      format: 'alertmanager',
      headers: {},
      minVerdicts: 1,
      ca,
      log: (_, __, fields) => reasons.push((fields as { reason?: string }).reason ?? ''),
      now: Date.now,
      timing: { leastPauseMs: 10, mostPauseMs: 20, gapMs: 10 },
    })
  for (const ca of [undefined, await readFile(made.foreignCa, 'utf8')]) {
    const stranger = hook(ca)
    stranger.tell([stateOf(pack, 'S1', 1)])
    await until(() => stranger.counts().failed >= 2)
    await stranger.close(100)
  }
  expect(receiver.received).toEqual([])
  expect(reasons.every((r) => /CERT|SIGNATURE|ISSUER/.test(r))).toBe(true)
  const own = hook(await readFile(made.ca, 'utf8'))
  own.tell([stateOf(pack, 'S1', 1)])
  await until(() => own.counts().accepted === 1)
  await own.close(100)
  expect(receiver.received.length).toBe(1)
})
