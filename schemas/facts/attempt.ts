import { boolean, type FactMeta, number, string } from './meta.js'

/** The attempt itself, what is usual for its like, and how far the request came. */
export const ATTEMPT_FACTS = {
  // --- the attempt itself
  'episode.phase': string('Where it stopped: dns, connect, tls, response, idle.'),
  'episode.suffered_by': string(
    'terminal or gateway, whichever called; absent where a gateway waited for the handshake of its client.',
  ),
  'episode.duration_ms': number('How long the attempt lasted.', 'ms'),
  'episode.limit_ms': number(
    'The limit that ran out: stated by the line, else by the last start-up line of the same program (up to two weeks back), for this phase.',
    'ms',
  ),
  'episode.keep_alive': boolean('The request used a connection that the program had kept open.'),
  'episode.idle_secs': number('How long that connection had been quiet before.', 's'),
  'episode.port': number('Port that was dialled.'),
  'episode.address_known': boolean(
    'A line of the attempt itself names the address that was dialled: no lookup was in its way.',
  ),
  'episode.stand_in': string(
    "health-check, resolver or system: nobody's attempt is in the logs, only a check that ran out, a name server that asked for others, or the operating system's own word of a lookup.",
  ),
  'episode.words': string("The attempt's own lines, for signals that ask for the words of a program."),
  'episode.received_bytes': number('Bytes that had come back before the end (0 = none).', 'bytes'),
  'episode.host_failures': number('Distinct endpoints towards which the same host timed out in the window.'),
  'episode.host_endpoints_ok': number('Distinct other endpoints that the same host reached in the moments.'),

  // --- usual service times of the same kind of attempt, in the window outside the moments
  'usual.median_ms': number('Median of the successful exchanges of the same terminal.', 'ms'),
  'usual.max_ms': number('Longest successful exchange of the same terminal.', 'ms'),
  'usual.count': number('How many of them.'),
  'usual.fleet_median_ms': number('Median of the successful exchanges of all terminals with the same endpoint.', 'ms'),
  'usual.limit_over_median': number('Limit divided by the median of the fleet.'),
  'usual.others_above_limit': number(
    "Share of other terminals' successful exchanges in the moments and the minute around that took longer than this terminal's limit.",
  ),
  'usual.limit_below_others': boolean(
    'The limit of this terminal is less than half of the limit that other terminals use for the same phase.',
  ),
  'usual.slowdown_site': number(
    'Median of successful exchanges at the same site around the moments, divided by that of the rest of the window.',
  ),
  'usual.slowdown_elsewhere': number('The same for all other sites.'),
  'usual.slowdown_upstream': number("The same for the gateway's own view of its upstream's answers."),

  // --- how far the request came, and what differs from what works
  'join.stopped': string(
    'before-gateway, behind-gateway (sent on, no line of it at the server), server (received, not answered), answer-behind-gateway, answer-before-gateway.',
  ),
  'expect.host_all_fail': boolean(
    'Within a minute around, the same host timed out towards two endpoints or more; true where it reached none.',
  ),
  'expect.address_unknown': boolean(
    'Nobody is served at the dialled address and no resolver gave it, while others are served at another one of the same name or port.',
  ),
  'expect.only_large_fail': boolean(
    'The request was larger than a packet (1400 bytes), and nothing as large got through from the site, though smaller ones did (3 at least).',
  ),
  'expect.only_handshakes_stall': boolean(
    'All handshakes of the terminal stalled in the minute around, two at least, and it failed in no other phase, while its neighbours or probes of the line passed and another site was served with the same port.',
  ),
  'expect.answer_only_here': boolean(
    "The site's resolver answers the dialled name only with addresses that no other resolver gave in the window.",
  ),
} as const satisfies Record<string, FactMeta>
