import type { AlertState } from '../stream/alert-state.js'
import { alertmanagerBody, jsonBody } from './alert-format.js'
import { createAlertQueue } from './alert-queue.js'
import { type Answer, createPoster, retryAfterMs } from './http-post.js'
import { createPause } from './pause.js'

/** Tells a receiver of incidents. Nobody waits for it, and nothing of it comes back: what it cannot say now it says later, as it is then. */
export type Webhook = {
  readonly tell: (states: readonly AlertState[]) => void
  /** Says what is new once more, if that is possible within `drainMs`, and ends. Nothing is called over because this process ends. */
  readonly close: (drainMs: number) => Promise<void>
  readonly counts: () => Readonly<WebhookCounts>
}
export type WebhookCounts = {
  readonly firing: number
  /** Alerts with news that the receiver does not have. */
  readonly waiting: number
  /** Requests by what came of them. */
  readonly accepted: number
  readonly failed: number
  readonly refused: number
  /** Ends that were never said because there were too many. */
  readonly forgotten: number
}

export type WebhookOptions = {
  readonly url: string
  readonly format: 'alertmanager' | 'json'
  readonly headers: Readonly<Record<string, string>>
  readonly minVerdicts: number
  /** Certificates of an own authority, PEM. */
  readonly ca?: string | undefined
  /** Told of failures, once each until it works again. Neither the address nor a header is in it. */
  readonly log: (level: 'info' | 'warn' | 'error', event: string, fields: Readonly<object>) => void
  /** Epoch ms. */
  readonly now: () => number
  readonly timing?: Partial<WebhookTiming>
}

export type WebhookTiming = {
  /** At least so long between two requests. */
  readonly gapMs: number
  readonly timeoutMs: number
  /** Alertmanager: how often what fires is sent again, and how long it fires without. */
  readonly againMs: number
  readonly holdMs: number
  /** First pause after a failure; it doubles up to the most, drawn by chance. */
  readonly leastPauseMs: number
  readonly mostPauseMs: number
}
const TIMING: WebhookTiming = {
  gapMs: 1_000,
  timeoutMs: 10_000,
  againMs: 60_000,
  // A restart of this program must not look like the end of every incident.
  holdMs: 900_000,
  leastPauseMs: 1_000,
  mostPauseMs: 60_000,
}

/** Alerts in one request. */
const MOST = 50
/** A receiver that asks for more patience is asked again all the same. */
const MOST_PATIENCE_MS = 600_000

export function createWebhook(options: WebhookOptions): Webhook {
  const timing = { ...TIMING, ...options.timing }
  const { now, log } = options
  const isAlertmanager = options.format === 'alertmanager'
  const queue = createAlertQueue({
    minVerdicts: options.minVerdicts,
    againMs: isAlertmanager ? timing.againMs : undefined,
  })
  const poster = createPoster({ ...options, timeoutMs: timing.timeoutMs })
  const pause = createPause()
  const counts = { accepted: 0, failed: 0, refused: 0 }
  let most = MOST
  let tries = 0
  let complaint = ''
  let endsAtMs = Number.POSITIVE_INFINITY

  const complain = (level: 'warn' | 'error', event: string, fields: { readonly reason: string }): void => {
    const text = `${event} ${fields.reason}`
    if (text !== complaint) log(level, event, fields)
    complaint = text
  }

  /** @returns how long to wait before the next request, ms */
  const heed = (answer: Answer, fate: Fate, states: readonly AlertState[]): number => {
    if (fate === 'accepted') {
      counts.accepted++
      queue.said(states, now())
      most = Math.min(MOST, most * 2)
      tries = 0
      if (complaint !== '') log('info', 'alerts.accepted', {})
      complaint = ''
      return timing.gapMs
    }
    const reason = answer.kind === 'status' ? `HTTP ${answer.status}` : answer.reason
    if (fate === 'refused' || (fate === 'some' && states.length === 1)) {
      counts.refused++
      queue.said(states, now())
      complain('error', 'alerts.refused', { reason })
      return timing.gapMs
    }
    if (fate === 'some') {
      most = Math.ceil(states.length / 2)
      return timing.gapMs
    }
    counts.failed++
    complain('warn', 'alerts.failed', { reason })
    const asked = answer.kind === 'status' ? retryAfterMs(answer.retryAfter, now()) : undefined
    const drawn =
      Math.min(timing.mostPauseMs, timing.leastPauseMs * 2 ** Math.min(tries++, 20)) * (0.5 + Math.random() / 2)
    return Math.max(timing.gapMs, Math.min(asked ?? 0, MOST_PATIENCE_MS), drawn)
  }

  const work = async (): Promise<void> => {
    while (now() < endsAtMs) {
      const isEnding = endsAtMs !== Number.POSITIVE_INFINITY
      if (isEnding && queue.counts().waiting === 0) return
      const states = queue.due(now(), most)
      if (states.length === 0) {
        await pause.wait(Math.min(60_000, Math.max(1, queue.nextMs() - now())), true)
        continue
      }
      const body = isAlertmanager ? alertmanagerBody(states, now(), timing.holdMs) : jsonBody(states, now())
      const answer = await poster.post(body)
      const fate = fateOf(answer)
      const waitMs = heed(answer, fate, states)
      // At the end there is no time to wait for better times.
      if (endsAtMs !== Number.POSITIVE_INFINITY && fate === 'later') return
      await pause.wait(waitMs, false)
    }
  }
  const working = work().catch((error: Error) => log('error', 'alerts.stopped', { reason: error.message }))

  return {
    tell: (states) => {
      if (states.length === 0 || endsAtMs !== Number.POSITIVE_INFINITY) return
      queue.tell(states, now())
      pause.wake()
    },
    close: async (drainMs) => {
      endsAtMs = now() + drainMs
      const cut = setTimeout(poster.close, drainMs)
      pause.end()
      await working
      clearTimeout(cut)
      poster.close()
    },
    counts: () => ({ ...queue.counts(), ...counts }),
  }
}

/** `some`: a smaller request may fare better, for one alert in it is at fault, or it is too long. */
type Fate = 'accepted' | 'later' | 'some' | 'refused'
function fateOf(answer: Answer): Fate {
  if (answer.kind === 'failed') return 'later'
  const { status } = answer
  if (status >= 200 && status < 300) return 'accepted'
  if (status === 408 || status === 425 || status === 429 || status >= 500 || status === 0) return 'later'
  return status === 400 || status === 413 || status === 422 ? 'some' : 'refused'
}
