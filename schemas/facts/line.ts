import { boolean, type FactMeta, number, string } from './meta.js'

/** The line of the site, names, the dialled address, and addresses handed out on the site. */
export const LINE_FACTS = {
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
} as const satisfies Record<string, FactMeta>
