import type { ParsedFields } from '../../schemas/event.js'
import { gated } from './gate.js'

/**
 * A route that some program of a box says it set or took away, whatever the program: `route add 198.51.100.32/29 via 172.21.8.2 dev br-lan`. By the words of
 * route(8) and ip-route(8), which link managers and scripts repeat, or the other way round: `Added static route: 198.51.100.20/32 via Wireguard0` (KeeneticOS). By the configuration's words of VyOS and Junos, and as
 * FRRouting's staticd tells what it did.
 */
const ROUTE_SET = gated(
  /\b(?:route (?:add|delete|del|replace|change|append)(?:ed|d)?|(?:add|delet|remov|replac|chang|install)ed (?:a )?(?:new )?(?:static |host |ip )?route):? (?:-net |-host |to |for )?(?<to>default|\d{1,3}(?:\.\d{1,3}){3}(?:\/\d{1,2})?)(?: netmask [\d.]{7,15})? (?:via|gw|dev|metric|nexthop) |\b(?:set|delete) (?:protocols static|routing-options static) route6? (?<typed>\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2})|\broute (?<listed>\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}) via [^\n]{7,60}? (?:installed|removed|uninstalled)\b|> static route:? (?<named>\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}) (?:via|gw|next-?hop|deleted|added|removed)\b|\(config[^)\n]{0,40}\)# (?:no )?ip route (?<vty>\d{1,3}(?:\.\d{1,3}){3}\/\d{1,2}) \d/i,
)

/** @returns the same fields */
export function addRouteSet(fields: ParsedFields, text: string): ParsedFields {
  const action = fields['event.action'] ?? 'other'
  if (action !== 'other' && action !== 'config-changed') return fields
  const said = ROUTE_SET.exec(text)?.groups
  const to = said?.to ?? said?.typed ?? said?.listed ?? said?.named ?? said?.vty
  // What was typed counts where a format saw that it was typed.
  if (to === undefined || (said?.vty !== undefined && action === 'other')) return fields
  fields['event.action'] = 'config-changed'
  fields['event.reason'] ??= 'a route was set'
  // The addresses are of the route, and nobody was called.
  delete fields['destination.ip']
  delete fields['destination.port']
  if (to.includes('/')) fields['whytimeout.network'] = to
  return fields
}
