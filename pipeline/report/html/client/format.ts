import { state } from './state.js'

/** Times as people read them: in UTC, as the logs are compared, or as this computer's clock has them. */
function parts(ms: number): { day: string; clock: string; millis: string } {
  const shifted = state.zone === 'local' ? ms - new Date(ms).getTimezoneOffset() * 60_000 : ms
  const iso = new Date(shifted).toISOString()
  return { day: iso.slice(0, 10), clock: iso.slice(11, 19), millis: iso.slice(11, 23) }
}
export const day = (ms: number): string => parts(ms).day
export const clock = (ms: number): string => parts(ms).clock
export const precise = (ms: number): string => parts(ms).millis
export const stamp = (ms: number): string => `${day(ms)} ${clock(ms)}`

/** `UTC`, or how this computer's time differs from it. */
export function zoneName(ms = 0): string {
  if (state.zone === 'utc') return 'UTC'
  const minutes = -new Date(ms).getTimezoneOffset()
  const two = (n: number): string => String(Math.floor(n)).padStart(2, '0')
  return `UTC${minutes < 0 ? '-' : '+'}${two(Math.abs(minutes) / 60)}:${two(Math.abs(minutes) % 60)}`
}

/** From one time to another, the day said once where it is the same; one moment once. */
export const span = (from: number, to: number): string =>
  stamp(from) === stamp(to)
    ? stamp(from)
    : day(from) === day(to)
      ? `${stamp(from)}–${clock(to)}`
      : `${stamp(from)} – ${stamp(to)}`

export const number = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')
export const percent = (share: number): string => `${Math.round(share * 100)} %`
export const signed = (n: number): string => `${n > 0 ? '+' : n < 0 ? '−' : ''}${Math.abs(Math.round(n * 10) / 10)}`
export const seconds = (ms: number): string => `${(ms / 1_000).toFixed(ms < 10_000 ? 1 : 0)} s`

const TICKS = [
  1, 5, 10, 30, 60, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 259_200, 604_800,
  1_209_600, 2_592_000, 7_776_000, 31_536_000,
].map((s) => s * 1_000)

/** Round times between two, at most `most` of them, with what to write there. */
export function ticks(from: number, to: number, most: number): { at: number; label: string }[] {
  const step = TICKS.find((t) => (to - from) / t <= most) ?? (TICKS.at(-1) as number)
  const offset = state.zone === 'local' ? new Date(from).getTimezoneOffset() * 60_000 : 0
  const found: { at: number; label: string }[] = []
  for (let at = Math.ceil((from - offset) / step) * step + offset; at <= to && found.length <= most; at += step) {
    const { day: d, clock: c } = parts(at)
    const label = step >= 86_400_000 ? d.slice(5) : c.endsWith('00') ? c.slice(0, 5) : c
    found.push({ at, label: step < 86_400_000 && step >= 60_000 && c === '00:00:00' ? d.slice(5) : label })
  }
  return found
}

/** A round number of at least `n` that divides well. */
export function roundUp(n: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, n)))
  return ([1, 2, 4, 6, 8, 10].find((f) => f * power >= n) ?? 10) * power
}
