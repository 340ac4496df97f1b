import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'
import { settingsOf } from './neighbours.js'

/** Whether what was dialled is what works. */
export function dialFacts(scene: Scene): void {
  const { episode: e, endpoint, window, put, from, to, settings } = scene
  const exchanges = window.all('exchange').range(from, to)
  const placed = exchanges.map((s) => place(s, settingsOf(window, s, from)))
  const port = endpoint.port
  if (port !== undefined && e.sufferer === 'terminal') {
    const ok = placed.filter((p) => p.s.outcome === 'ok' && p.port === port)
    put(
      'dial.endpoint_ok_usually',
      ok.length > 0,
      ok.map((p) => p.s),
    )
    const who = e.terminal ?? e.host
    const others = placed.filter((p) => (p.s.terminal ?? p.s.host) !== who && p.port !== undefined)
    const users = others.filter((p) => p.port === port)
    if (others.length > 0)
      put(
        'dial.port_used_by_others',
        users.length > 0,
        (users.length > 0 ? users : others).map((p) => p.s),
      )
  }
  if (e.ip !== undefined && endpoint.domains.size > 0) {
    const elsewhere = placed.filter(
      (p) =>
        p.s.outcome === 'ok' &&
        p.ip !== undefined &&
        p.ip !== e.ip &&
        p.domain !== undefined &&
        endpoint.domains.has(p.domain) &&
        p.s.at >= e.start - 5_000 &&
        p.s.start <= e.end + 5_000,
    )
    put(
      'dial.ip_ok_others',
      elsewhere.length > 0,
      elsewhere.map((p) => p.s),
    )
  }
  changes(scene, settings)
}

const place = (s: Sighting, settings: Sighting | undefined) => ({
  s,
  port: s.port ?? settings?.port,
  domain: s.domain ?? settings?.domain,
  ip: s.ip ?? settings?.ip,
})

/** The start-up line in force against the other ones of the same terminal. */
function changes(scene: Scene, settings: Sighting | undefined): void {
  const { episode: e, window, put, from, to } = scene
  if (!settings || !e.terminal) return
  const starts = window
    .ofTerminal('start', e.terminal)
    .range(from, to)
    .filter((s) => s.port !== undefined || s.connectLimitMs !== undefined || s.responseLimitMs !== undefined)
  const others = starts.filter((s) => s.id !== settings.id)
  if (others.length === 0) return
  const moved = others.filter((s) => s.port !== settings.port || s.domain !== settings.domain || s.ip !== settings.ip)
  put('dial.config_changed', moved.length > 0, moved.length > 0 ? [settings, ...moved] : [settings])
  const limited = others.filter(
    (s) => s.connectLimitMs !== settings.connectLimitMs || s.responseLimitMs !== settings.responseLimitMs,
  )
  put('dial.limit_changed', limited.length > 0, limited.length > 0 ? [settings, ...limited] : [settings])
  if (moved.length + limited.length > 0) {
    const ids = new Set([...moved, ...limited].map((s) => s.id))
    const fine = window
      .ofTerminal('exchange', e.terminal)
      .range(from, to)
      .filter((s) => s.outcome === 'ok' && ids.has(settingsOf(window, s, from)?.id ?? ''))
    put('dial.ok_before_change', fine.length > 0, fine)
  }
}
