/** What is known of a group's session: when the brokers last counted us in. */
export type Session = {
  /** A request of this kind was sent at this time (epoch ms), and answered. */
  readonly answered: (request: string, sentAt: number) => void
  /** The answer to the last request of this kind was a yes. */
  readonly confirmed: (request: string) => void
  readonly ended: () => void
  readonly isOpen: () => boolean
}

type Clocks = { readonly wall: () => number; readonly steady: () => number }

/**
 * Counted from when a request was sent, not answered: the broker counts from some time between, so this is never too long. By two clocks: the wall's
 * goes on while the machine sleeps but may be set back, the steady one is the other way round.
 */
export function createSession(
  timeoutMs: number,
  { wall, steady }: Clocks = { wall: Date.now, steady: () => performance.now() },
): Session {
  const sent = new Map<string, { wall: number; steady: number }>()
  let last: { wall: number; steady: number } | undefined
  return {
    answered: (request, sentAt) => {
      sent.set(request, { wall: sentAt, steady: steady() - Math.max(0, wall() - sentAt) })
    },
    confirmed: (request) => {
      last = sent.get(request) ?? last
    },
    ended: () => {
      sent.clear()
      last = undefined
    },
    isOpen: () => last !== undefined && Math.max(wall() - last.wall, steady() - last.steady) < timeoutMs,
  }
}
