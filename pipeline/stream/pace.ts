/** How fast a rerun may read beside the live stream, by what the stream's lag does. */
export type Pace = {
  /** Bytes a second; infinite: as fast as it goes. */
  readonly rate: number
  /** Lags (messages) seen since the last decision. */
  readonly seen: readonly number[]
  /** The least lag before the last decision. */
  readonly floor: number | undefined
}

export const START_RATE = 8 * 1024 * 1024
export const MIN_RATE = 256 * 1024
const MAX_RATE = 1024 ** 3
/**
 * The stream commits every few seconds, so what it has read seems unread until then: of so many looks, two seconds apart, the least lag is
 * the nearest to the true one.
 */
export const LOOKS = 5
/** A lag of fewer messages is no lag. */
const QUIET = 2_000
/** Nor is one that nearly vanishes with every commit. */
const VANISHING = 0.25
/** Growth by less is noise. */
const NOISE = 1.05

export const startPace = (): Pace => ({ rate: START_RATE, seen: [], floor: undefined })

/**
 * One look at the stream. The rate is halved while the lag grows, kept while it shrinks, and raised by half once there is none.
 * @param lag  unread messages of the stream's groups; undefined while no stream runs: then nobody is to be spared
 */
export function adapt(pace: Pace, lag: number | undefined): Pace {
  if (lag === undefined) return { rate: Number.POSITIVE_INFINITY, seen: [], floor: undefined }
  const seen = [...pace.seen, lag]
  if (seen.length < LOOKS) return { ...pace, seen }
  const least = Math.min(...seen)
  return { rate: nextRate(pace, least, Math.max(...seen)), seen: [], floor: least }
}

function nextRate({ rate, floor }: Pace, least: number, most: number): number {
  const known = Number.isFinite(rate) ? rate : START_RATE
  if (least <= QUIET || least <= most * VANISHING) return Math.min(MAX_RATE, known * 1.5)
  if (floor === undefined || least < floor / NOISE) return known
  return Math.max(MIN_RATE, known / (least > floor * NOISE ? 2 : 1.1))
}

/** Until when (epoch ms) what was read is paid for at the rates there were. */
export type Account = { readonly paidUntil: number }

/** Books bytes that were read. @returns how long to wait before more is read, ms */
export function book(
  account: Account,
  bytes: number,
  rate: number,
  nowMs: number,
): { readonly account: Account; readonly waitMs: number } {
  const paidUntil = Math.max(account.paidUntil, nowMs) + (bytes / rate) * 1_000
  return { account: { paidUntil }, waitMs: Math.max(0, paidUntil - nowMs) }
}

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
}

/** `5MB/s` as bytes a second. @returns undefined for what is no rate */
export function parseRate(text: string): number | undefined {
  const m = /^(\d+(?:\.\d+)?)\s*([kKMG]i?B|B)(?:\/s)?$/.exec(text)
  const rate = m ? Number(m[1]) * (UNITS[m[2] as string] ?? Number.NaN) : Number.NaN
  return rate >= 1 ? rate : undefined
}
