import type { ParsedFields } from '../../schemas/event.js'
import { address } from './flow.js'
import { gated } from './gate.js'

/** In closed words, for the diagnosis. */
export const HOST_MOVED = 'another host is called'

/** Where it dials from now on, told with where it did: `payment.host pay.example -> 192.0.2.41`. */
const MOVED_HOST = gated(
  /(?<![A-Za-zÀ-ž])(?:host(?:name)?|server|gateway|endpoint|url|pasarela|br[áa]na|bramka|palvelin)["']?\s?[:=]?\s?(?:from )?["']?(?<was>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})(?::\d{2,5})?["']?\s?(?:->|=>|→)\s?["']?(?<is>[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})(?::(?<port>\d{2,5}))?(?![\w.-])/i,
)
/** @returns the host that is dialled from now on, where a text tells of the change of a setting */
export function movedHost(text: string): { readonly host: string; readonly port?: number } | undefined {
  const g = MOVED_HOST.exec(text)?.groups
  if (g?.is === undefined || g.is === g.was) return undefined
  return { host: g.is, ...(g.port !== undefined && { port: Number(g.port) }) }
}

/** Adds to the event of a changed setting whom is dialled from now on. */
export function addMovedHost(fields: ParsedFields, gist: string): void {
  const moved = movedHost(gist)
  if (!moved) return
  const ip = address(moved.host)
  fields['event.reason'] = HOST_MOVED
  delete fields['destination.ip']
  delete fields['destination.domain']
  fields[ip === undefined ? 'destination.domain' : 'destination.ip'] = ip ?? moved.host.toLowerCase()
  if (moved.port !== undefined) fields['destination.port'] = moved.port
}
