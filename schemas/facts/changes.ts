import { boolean, type FactMeta, number, string } from './meta.js'

/** What changed, and the rhythm of events. */
export const CHANGE_FACTS = {
  // --- what changed in the window, by the host's or program's own words; the value before may be known from up to two weeks earlier
  'change.version': boolean(
    "The version in the program's last start-up line before the attempt differs from the start-up before. False where it started again unchanged.",
  ),
  'change.address': boolean('The address that the terminal got last before the attempt differs from the one before.'),
  'change.resolver': boolean('The same for the name server that it was given or configured with.'),
  'change.age_secs': number(
    'Seconds from the last change of version, address, name server, default gateway, endpoint or limit to the attempt.',
    's',
  ),
  'change.brackets': boolean(
    'In the five minutes before that change it succeeded and never timed out; since then it never succeeded.',
  ),

  'change.gateway_version': boolean(
    "The gateway's program came up in another version than before, in the window. False where it started again unchanged.",
  ),
  'change.gateway_brackets': boolean(
    'In the five minutes before that the terminal succeeded, and it never timed out; from then until the attempt it never succeeded.',
  ),
  'change.gateway_restart_brackets': boolean(
    "In the five minutes before the gateway's program started anew the terminal succeeded; since then it never did, while others are served.",
  ),
  'change.own_command': string(
    "What an administrator's command changed last on the terminal's own host in the twenty minutes before the attempt: address, route, interface, dns, mtu, filter, other …",
  ),
  'change.own_command_age_secs': number('Seconds from that command to the attempt.', 's'),
  'change.own_brackets': boolean(
    'In the five minutes before that command the terminal was served and never timed out; since then it was never served.',
  ),
  'change.box': string(
    'What was changed last on a box on the way in the twenty minutes before the attempt: address, route, nat, segment, interface, dhcp, dns, mtu, filter, limit, other.',
  ),
  'change.box_role': string('What that box is: router, provider, gateway, unknown.'),
  'change.box_age_secs': number('Seconds from that change to the attempt.', 's'),
  'change.box_brackets': boolean(
    'In the five minutes before that change the terminal was served and never timed out; since then it was never served. Absent where it was not heard of before.',
  ),

  // --- rhythm
  'pace.one_at_a_time': boolean(
    'Answers around the moments leave at a fixed interval, and each has taken at least twice that: a queue before one worker. Needs 7 answers.',
  ),
  'pace.rise': number(
    'Median of successful exchanges with the same port in the 40 s before and in the moments, divided by that of the 80 s before. Needs 3 each.',
  ),
  'pace.fall': number('The same median divided by that from 30 s after the moments on.'),
  'pace.rise_site': number('The same rise among exchanges of the site alone.'),
  'pace.fall_site': number('The same fall among exchanges of the site alone.'),
  'pace.rise_elsewhere': number('The same rise among exchanges of all other sites.'),
  'pace.cut_age_ms': number(
    "Age at which the site's connections are closed or reset, where at least three of 5 s or more agree within 3 %.",
    'ms',
  ),
  'gateway.answered_late': boolean(
    "The gateway's own log has the answer to this attempt, after the terminal had given up.",
  ),
  'gateway.burst_after': boolean("The gateway's log fell silent in the moments and then released a backlog at once."),
  'site.router_silent': boolean("The log of the site's router, busy before, is silent in the moments."),
  'site.router_burst_after': boolean('Right after that silence it logs a backlog at once.'),

  'link.up_again': boolean("The link that the site's box lost last had been up again for 3 s when the attempt began."),
  'link.others_served': boolean(
    "Others of the site were served while that link of the site's box was down: it is not the one that all depend on.",
  ),

  'site.link_away': boolean(
    "A link of the site's box had gone down and was not said to be up again, and nobody of the site was served since.",
  ),
  'site.route_away': boolean(
    "A route, neighbour or watched target of the site's box was lost and not said to be back, and nobody of the site was served since.",
  ),
  'site.tunnel_away': boolean("The same of a tunnel of the site's box."),
  'gateway.route_away': boolean('The same of a route of the gateway, and nobody served by it since.'),
} as const satisfies Record<string, FactMeta>
