import { createHash, timingSafeEqual } from 'node:crypto'
import { BlockList, isIP } from 'node:net'

/** Where a request came in: the Unix socket, an address of this machine only, or one that others reach. */
export type Door = 'socket' | 'loopback' | 'network'
export type Access = { readonly status: 200 } | { readonly status: 401 | 403; readonly error: string }

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

export function isLoopback(address: string): boolean {
  const family = isIP(address)
  return family !== 0 && LOOPBACK.check(address, family === 4 ? 'ipv4' : 'ipv6')
}

/**
 * Whether somebody may watch what passes. The socket is this user's alone; a token opens the rest; without one only this machine may, and
 * not a page in its browser that calls itself by another name (DNS rebinding), so the name asked for must be this machine's.
 */
export function tapAccess(o: {
  readonly door: Door
  readonly token: string | undefined
  readonly authorization: string | undefined
  readonly host: string | undefined
}): Access {
  if (o.door === 'socket') return { status: 200 }
  if (o.token !== undefined)
    return isSame(o.authorization ?? '', `Bearer ${o.token}`)
      ? { status: 200 }
      : { status: 401, error: 'tap needs the token of http.token as a bearer token' }
  if (o.door === 'network')
    return { status: 403, error: 'tap is for this machine only: set http.token, or use http.socket' }
  const name = (o.host ?? '').replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
  return name === 'localhost' || isLoopback(name)
    ? { status: 200 }
    : { status: 403, error: 'tap is for this machine only: ask for localhost or 127.0.0.1' }
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
/** In a time that tells nothing of where they differ. */
const isSame = (a: string, b: string): boolean => timingSafeEqual(digest(a), digest(b))
