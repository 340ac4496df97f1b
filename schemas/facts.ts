/**
 * Facts of an episode: what no single line says. Rules use them in `facts:` with the same conditions as `where:`.
 * "The moments" of an episode are its attempt, begin to end. A fact that cannot be known (no such log, too few cases) is absent,
 * so `fact|exists: false` and every comparison treat it as "not known".
 */
export type FactMeta = {
  readonly type: 'number' | 'string' | 'boolean'
  readonly unit?: string
  readonly description: string
}

const number = (description: string, unit?: string): FactMeta => ({
  type: 'number',
  description,
  ...(unit && { unit }),
})
const string = (description: string): FactMeta => ({ type: 'string', description })
const boolean = (description: string): FactMeta => ({ type: 'boolean', description })

export const FACTS = {
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

  // --- what the gateway's own log shows of the moments
  'gateway.logged': boolean("The gateway's log covers the moments (it has lines before and after)."),
  'gateway.saw_attempt': boolean(
    "The gateway's log has a session of this attempt (by terminal, port, or site and time). Absent without such a log.",
  ),
  'gateway.answered': boolean('The gateway or its upstream finished that session normally.'),
  'gateway.own_timed_out': boolean("That session ended with the gateway's own time-out towards its upstream."),
  'gateway.waited_for_client': boolean(
    'The gateway took the connection of that session and waited in vain for the next message of its handshake.',
  ),
  'gateway.left_waiting': boolean(
    'The gateway had the request of that session and nothing of an answer from its upstream when the other side gave up, though the wait was three times the usual one.',
  ),
  'gateway.upstream_timeouts': number('Time-outs of the gateway towards its upstream in the moments.'),
  'gateway.one_upstream_silent': boolean(
    'Of several servers behind the gateway the one that this attempt was given to answers nobody for some minutes, and the others answer.',
  ),
  'gateway.new_upstream_silent': boolean(
    'What the gateway calls for this attempt it had not called before in the window, and it never answered; those it called until then answered (five sessions at least), none of them in vain shortly before.',
  ),
  'gateway.upstream_ok': number('Sessions in the moments in which its upstream answered.'),
  'gateway.upstream_down': boolean(
    'A health check or "no server" line says that the upstream was down in the moments.',
  ),
  'gateway.silent': boolean(
    "The gateway's log, busy before, holds no session that began in the moments, and goes on later.",
  ),
  'gateway.slow_connect': boolean('Sessions of the moments show connect times to the upstream of over a second.'),
  'gateway.queued': boolean(
    "The session of this attempt stood in the gateway's queue for a place at the upstream for most of its time; false where it did not.",
  ),
  'gateway.slow_self': boolean(
    'Sessions of the moments took over a second in the gateway itself or to an upstream that usually answers in a tenth of it, without time-outs towards the upstream.',
  ),

  'gateway.stopped': boolean(
    "The gateway's program had stopped when the attempt began, and neither started nor served anybody since; false where it had, and was back.",
  ),
  'gateway.limit_over_usual': number(
    'The limit that ran out at the gateway, divided by the median of what went well through it at other times.',
  ),
  'gateway.limit_lowered': boolean(
    "The gateway's program was set to less than half of its limit for answers before the attempt.",
  ),

  // --- the server behind the gateway
  'server.logged': boolean("The upstream server's log covers the window."),
  'server.saw_request': boolean('The server logged the request of this STAN and terminal.'),
  'server.answered_request': boolean('The server logged an answer to it.'),
  'server.answer_ms': number('How long the server took for it.', 'ms'),
  'server.took_up_late': boolean('It took the request up a second or more after the attempt had begun.'),
  'server.answer_over_usual': number(
    'That, over the middle of what its answers took in five minutes before anybody waited in vain (four at least).',
    'ratio',
  ),
  'server.silent': boolean("The server's log, busy before, is silent in the moments, and goes on later or ends."),
  'server.burst_after': boolean('Right after the silence it logs a backlog at once: it was frozen, or cut off.'),
  'server.starts': number(
    'How often one server behind the gateway started in the ten minutes before and two after; lines within 15 s are of one start.',
  ),
  'server.restarted': boolean('It logged a start of its program in the window.'),

  // --- the line of the site
  'probe.loss_share': number(
    'Share of probes from the site lost around the moments: within 5 s, or up to a minute where probes are rare.',
  ),
  'probe.never_answered': boolean(
    'No probe of the site was answered in the whole window, two at least: what is probed may not answer probes at all.',
  ),
  'probe.one_target_lost': boolean(
    'Of several targets that the site probes, one is mostly not answered in the moments and another always is: the line is fine, and that target is not.',
  ),
  'probe.only_large_lost': boolean(
    'The site is probed with small and with large packets: the large ones are mostly lost in the moments, and the small ones all come back.',
  ),
  'probe.loss_share_elsewhere': number('The same for probes of all other sites.'),
  'probe.rtt_ratio': number('Median round trip in the moments divided by the median of the rest of the window.'),
  'probe.rtt_ms': number('Median round trip in the moments.', 'ms'),
  'probe.loss_usual': number('Share of probes from the site lost in the rest of the window.'),
  'probe.count': number('Probes of the site in the moments.'),

  'path.tcp_rtt_ms': number(
    "Median round trip that the gateway's TCP measured towards the site, in the minute around.",
    'ms',
  ),
  'path.tcp_rtt_ratio': number('That divided by the median of the rest of the window.'),
  'path.outside_times': number(
    "How many times as long successful exchanges of the site took by the terminals' clock as by the gateway's, in the minute around; 1 where they took less than a second.",
  ),
  'path.outside_times_elsewhere': number('The same for all other sites.'),
  'radio.level_dbm': number(
    "Radio signal in the moments: the terminal's own, else of the site's router; of the cell alone (RSRP) where stated.",
    'dBm',
  ),
  'radio.fall_db': number('How far that lies below the median of the rest of the window.', 'dB'),

  'job.under_way': boolean(
    'The last job that began on the own host (backup, update, scan) had not ended when the attempt began. Not of those started by cron, which logs no ends.',
  ),
  'job.gateway_under_way': boolean('The same of a job on the gateway.'),
  'job.server_under_way': boolean('The same of a job on a server behind the gateway.'),
  'transfer.goes_on': boolean(
    'The last transfer that began at the site, or on a machine whose place nobody knows, had not ended when the attempt began.',
  ),
  'transfer.fails_since': boolean(
    'Attempts of the site went well, three at least, until a transfer began there, or on a machine whose place nobody knows; within a minute one timed out, and none had before.',
  ),
  'transfer.is_attempt': boolean(
    'The log of the attempt shows the transfer and no exchange that went well: what ran out is the transfer itself, nothing beside it.',
  ),
  'transfer.attempt_slow': boolean('That transfer states a rate of 128 KiB/s or less.'),

  // --- names
  'dns.queries_unanswered': number(
    "Name queries of the site's resolver forwarded in the moments that got no answer within 2 s.",
  ),
  'dns.queries_answered': number("Name queries of the site's resolver answered by the forwarder in the moments."),
  'dns.elsewhere_unanswered': number('The same, unanswered, at other sites.'),
  'dns.elsewhere_answered': number('The same, answered, at other sites.'),
  'dns.server_logged': boolean("A name server's own log covers the window."),
  'dns.server_silent': boolean("The name server's own log, busy before, is silent in the moments."),
  'dns.one_server_silent': boolean(
    'Of several name servers whose logs are at hand one, busy before, logged nothing in the attempt, while another went on.',
  ),
  'dns.server_saw_site': boolean("The name server's own log shows queries of this site's address in the moments."),
  'dns.site_lookup_failures': number('Other terminals of the site whose lookup timed out in the moments.'),
  'dns.name_answered': boolean('The dialled name got an address in the moments: an error is for another type or try.'),
  'dns.failed_from_memory': boolean('Failed lookups of the terminal only repeat one that ran out seconds before.'),
  'change.upstream_route': boolean('A route to what the gateway calls was set shortly before.'),
  'dns.record_changed': boolean('Somebody gave the dialled name, shortly before, the address that was dialled.'),
  'dns.ip_changed': boolean('The name resolved to another address earlier or later in the window than in the moments.'),
  'dns.dialled_ip_not_answered': boolean('No answer for the dialled name was the address that was dialled.'),

  // --- the dialled address
  'dial.endpoint_ok_usually': boolean(
    'Somebody exchanged successfully with the same address or name and the same port in the window.',
  ),
  'dial.port_used_by_others': boolean(
    'Another terminal of the same gateway dials the same port in the window. False where others are at hand and none does.',
  ),
  'dial.config_changed': boolean(
    "The terminal's start-up line before this attempt names another endpoint than a later one or the one before, which may be two weeks older.",
  ),
  'dial.former_endpoint_serves': boolean(
    'Since its settings name another endpoint (which may be two weeks ago) the terminal was never served in the window, while others are served at the one it had before.',
  ),
  'expect.idle_separates': boolean(
    'At the site, whoever used a connection after a short pause was served, and whoever used one after a longer pause was not.',
  ),
  'dial.address_serves_nobody': boolean(
    "Others of the same name are served at another address, and nobody about the attempt at the one dialled, or that the site's resolver had just answered.",
  ),
  'dial.address_serves_others': boolean(
    "Another terminal began and was served at the dialled address while the attempt waited; where no line names one, at what its site's resolver answered last.",
  ),
  'dial.own_other_port_ok': boolean(
    'The terminal itself is served at another port within some minutes, and nothing that it tries at this one comes to anything.',
  ),
  'dial.moved_port': boolean(
    'The terminal was served at another port, left it for this one where it never was, and others are served at the one that it left.',
  ),
  'dial.limit_lowered': boolean(
    'The limit that ran out is less than half of the one that the same program named before its last start, for this phase.',
  ),
  'dial.limit_changed': boolean(
    "The terminal's start-up line before this attempt names another limit than a later one or the one before, which may be two weeks older.",
  ),
  'dial.ok_before_change': boolean('It succeeded with the other settings in the window.'),
  'dial.ip_ok_others': boolean('Others succeeded in the moments with the same name at another address.'),

  'own.pool_empty': boolean(
    "The attempt's line counts the program's own pool of connections: all lent out, none idle, others waiting.",
  ),
  'own.answer_slow': boolean(
    "The attempt's line tells how much of the answer came until the limit ran out: 128 KiB/s or less, but something (curl, wget).",
  ),
  'own.workers_short': boolean(
    "The attempt's line counts the program's own threads: more are busy than it keeps ready (StackExchange.Redis).",
  ),
  'dial.address_kind': string(
    'What the dialled address is by itself: own-host, metadata, link-local, emulator, container, private, shared, outside.',
  ),
  'dial.from_other_network': boolean(
    "The attempt's line names both ends: the dialled address is of a private range, its own address of another one or of none. False where both are in one /24.",
  ),

  // --- addresses handed out on the site's own network
  'lease.router_changed': boolean(
    'The default gateway handed out or configured before the attempt differs from another one of the same site or terminal in the window, or from the last of the terminal before it.',
  ),
  'lease.renewed_before': boolean('The terminal got or renewed its address in the two minutes before the attempt.'),
  'lease.network_works_inside': boolean(
    'In the moments the site reaches hosts inside its own network (name queries to its router are logged), though this attempt outward is not answered.',
  ),

  'site.address_contested': boolean(
    "An address at the site that is no terminal's, its router's as a rule, is claimed by a second device on the wire, which was leased another or comes and goes.",
  ),
  'lease.address_shared': boolean(
    "Leases or tables of neighbours give the terminal's address to two hardware addresses by turns, or to another one while the first goes on.",
  ),
  'lease.asks_in_vain': boolean(
    'In the attempt the terminal asks its own wire (ARP) for an address that nobody there has and that nobody asks for who is served.',
  ),
  'lease.dialled_in_own_network': boolean(
    "The terminal's own network holds the dialled address, which the network stated before or after does not: a mask too wide.",
  ),
  'guard.bans_caller': boolean(
    "A guard at the gateway had the caller's address on its list: the site's, or one that called before, is not heard of while it is listed, as the terminals of this site are not, while others are served.",
  ),
  'guard.is_providers': boolean("That guard is a box of the access provider's."),
  'guard.ban_over': boolean("The guard had taken the site's address off its list before the attempt."),

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
export type FactName = keyof typeof FACTS
