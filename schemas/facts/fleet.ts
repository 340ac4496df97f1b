import { boolean, type FactMeta, number } from './meta.js'

/** Others at the same time, and which logs are at hand. */
export const FLEET_FACTS = {
  // --- neighbours in the moments. A terminal counts once; failed = at least one time-out and no success in the moments.
  'fleet.same_terminal_ok': number('Exchanges of the same terminal that succeeded in the moments.'),
  'fleet.site_others': number('Other terminals of the site seen in the moments.'),
  'fleet.site_ok': number('Those of them that succeeded.'),
  'fleet.site_failed': number('Those of them that timed out.'),
  'fleet.site_ok_same_port': number('Other terminals of the site that succeeded with the same destination port.'),
  'fleet.site_failed_same_port': number('Other terminals of the site that timed out on the same destination port.'),
  'fleet.site_ok_other_port': number('Terminals of the site that succeeded with another destination port.'),
  'fleet.site_failed_other_port': number('Terminals of the site that timed out on another destination port.'),
  'fleet.elsewhere': number('Terminals of other sites seen in the moments.'),
  'fleet.elsewhere_ok': number('Those of them that succeeded.'),
  'fleet.others_connected': number(
    'Other terminals of the gateway that began after the attempt, before its end, and connected, to no other port, whether served or left waiting for an answer.',
  ),
  'fleet.others_reach_gateway': boolean(
    'While this one could not connect, terminals of other sites made new connections to the same gateway and port within half a minute, none in vain.',
  ),
  'fleet.elsewhere_failed': number(
    'Those of them that timed out likewise: at the lookup of a name where this one did, past it where this one did.',
  ),
  'fleet.elsewhere_ok_same_port': number('Terminals of other sites that succeeded with the same destination port.'),
  'fleet.elsewhere_failed_same_port': number('Terminals of other sites that timed out on the same destination port.'),
  'fleet.other_isp_ok': number('Terminals of other access providers that succeeded.'),
  'fleet.other_isp_failed': number('Terminals of other access providers that timed out.'),
  'fleet.other_isp_ok_same_port': number(
    'Terminals of other access providers that succeeded with the same destination port.',
  ),
  'fleet.isp_sites_failed_same_port': number(
    'Sites of the same access provider with a timeout on the same destination port, this one included.',
  ),
  'fleet.site_phases_failed': number(
    'Distinct phases in which terminals of the site timed out within 30 s around, this attempt included: loss hits all, a filter one.',
  ),
  'fleet.sites_failed': number('Sites with a timed-out terminal, this one included.'),
  'fleet.share_failed': number('Failed terminals of all seen, this one included, 0..1.'),
  'fleet.refused': number(
    'Attempts of any terminal at the same endpoint in the moments that were refused or answered with an error at once.',
  ),

  // --- which kinds of log are at hand in the window
  'coverage.terminal': boolean("The terminal's own log."),
  'coverage.router': boolean("A log of the site's router."),
  'coverage.provider': boolean("A log of the access provider's box."),
  'coverage.gateway': boolean("The gateway's log."),
  'coverage.server': boolean("The upstream server's log."),
  'coverage.dns': boolean("A name server's log."),
  'coverage.host': boolean("A system log of the terminal's own host."),
  'coverage.monitor': boolean('Probes of the line of the site.'),
  'coverage.kinds': number('How many of these kinds besides the terminal.'),
} as const satisfies Record<string, FactMeta>
