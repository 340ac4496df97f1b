import type { LogEvent } from '../../schemas/event.js'
import { gated } from './gate.js'

export const HOST_IS_DOWN = 'the host is down'
/** The same of a host that the inventory knows as a gateway. */
export const GATEWAY_IS_DOWN = 'the host of the gateway is down'

/**
 * What monitors say of a host that none of their probes reaches, with its name: Nagios' and Icinga's host alerts, Icinga 2's checks, and the
 * word for it after the name. Sources: Nagios Core, Log File Formats; Icinga 2, CompatLogger.
 */
const IS_DOWN = [
  /\b(?:(?:CURRENT|INITIAL) HOST STATE|HOST ALERT): ?(?<name>[\w.-]{1,64});(?:DOWN|UNREACHABLE);/,
  /\bHOST NOTIFICATION: [\w.@-]{1,64};(?<name>[\w.-]{1,64});(?:DOWN|UNREACHABLE)\b/,
  /\bhost ['"]?(?<name>[\w.-]{1,64})['"]?:? (?:is |state (?:is )?)?(?:CRITICAL|DOWN|UNREACHABLE)\b[^\n]{0,24}(?:Host Unreachable|Packet loss = 100 ?%|100 ?% packet loss)/i,
  /\b(?:host|node|server|gateway) ['"]?(?<name>[\w.-]{1,64})['"]? (?:is |went |has gone |gone )(?:down|unreachable|offline)\b[^\n]{0,60}\b(?:ping|icmp|all (?:probes|pollers|checks))\b/i,
  /(?<![\w.-])(?<name>[\w.-]{1,64}) (?:is )?(?:unreachable|down|offline)[,;:(]{0,2} ?[^\n]{0,16}\b(?:icmp|ping)\b(?! (?:ok|fine|succe))/i,
].map(gated)

/** A host that a monitor finds down, under its name there. */
export function hostDown(text: string): Partial<LogEvent> | undefined {
  for (const pattern of IS_DOWN) {
    const name = pattern.exec(text)?.groups?.name
    if (name !== undefined) return downHost(name)
  }
  return undefined
}

/** The fields of a host that is down, under its name there. */
export function downHost(name: string): Partial<LogEvent> {
  return {
    'event.action': 'health-check-failed',
    'event.outcome': 'failure',
    'event.reason': HOST_IS_DOWN,
    'service.target.name': name,
  }
}
