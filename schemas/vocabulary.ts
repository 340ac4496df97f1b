/** The closed word lists of the product. One word per idea. */

/** The ten causes of the customer's document, in its order. */
export const CAUSES = [
  'network_latency',
  'server_failure',
  'firewall_restriction',
  'software_misconfiguration',
  'hardware_fault',
  'tcpip_stack',
  'application_conflict',
  'dns_resolution',
  'network_misconfiguration',
  'provider_policy',
] as const
export type Cause = (typeof CAUSES)[number]

/** What a verdict may say: a cause, or honestly `unknown`. */
export const VERDICT_CAUSES = [...CAUSES, 'unknown'] as const
export type VerdictCause = (typeof VERDICT_CAUSES)[number]

/** Where an attempt stopped. */
export const PHASES = ['dns', 'connect', 'tls', 'response', 'idle'] as const
export type Phase = (typeof PHASES)[number]

/** The document's ten remedies, in its order. */
export const REMEDIES = [
  'check_connection',
  'optimize_network',
  'adjust_firewall',
  'update_drivers',
  'repair_tcpip_stack',
  'disable_applications',
  'change_dns',
  'contact_isp',
  'review_policy',
  'use_proxy',
] as const
export type Remedy = (typeof REMEDIES)[number]

/**
 * What the machine that wrote a log is, on the way from the till to the money.
 * `provider`: a box of the access provider that forwards for several sites. `server`: what the gateway calls (acquirer host).
 */
export const ROLES = ['terminal', 'router', 'provider', 'gateway', 'server', 'dns', 'unknown'] as const
export type Role = (typeof ROLES)[number]

/** Whose attempt ran out. */
export const SUFFERERS = ['terminal', 'gateway'] as const
export type Sufferer = (typeof SUFFERERS)[number]

/** How far a verdict's trouble reaches. */
export const SCOPES = ['terminal', 'site', 'isp', 'endpoint', 'fleet'] as const
export type Scope = (typeof SCOPES)[number]

/** By what an event may belong to an episode. `realm`: anything in the same realm but servers of another upstream than the one that it went to. */
export const BINDS = ['connection', 'terminal', 'site', 'isp', 'gateway', 'endpoint', 'realm'] as const
export type Bind = (typeof BINDS)[number]

export const LANGS = ['en', 'zh'] as const
export type Lang = (typeof LANGS)[number]

/**
 * Our closed list of `event.action`. Those ending in `-timeout` are symptoms: an attempt whose limit ran out.
 * Everything else is evidence or traffic. Parsers choose from here so that rules can rely on the words.
 */
export const ACTIONS = [
  // symptoms (one for each phase)
  'dns-timeout',
  'connect-timeout',
  'tls-timeout',
  'response-timeout',
  'idle-timeout',
  // an attempt's other ends, and its beginning
  'request-started',
  'request-succeeded',
  'request-failed',
  'request-cancelled',
  'connect-started',
  'connect-succeeded',
  'connection-refused',
  'connection-reset',
  'connection-closed',
  'host-unreachable',
  'network-unreachable',
  'tls-failed',
  'dns-failed',
  'dns-query',
  'dns-forwarded',
  'dns-answer',
  'dns-config',
  'message-received',
  'message-sent',
  'session-started',
  'session-ended',
  'read-idle', // a server saw a quiet channel run into its idle limit
  'response-unmatched', // an answer came that no request waits for
  // services and programs
  'program-started',
  'program-stopped',
  'server-up',
  'server-down',
  'health-check-failed',
  'health-check-passed',
  'no-server-available',
  'queue-full',
  'overload',
  'transfer-started',
  'transfer-progress',
  'transfer-ended',
  'config-changed',
  'cpu-usage',
  'memory-pressure',
  'process-paused', // a pause of the whole program: garbage collection, freeze
  'lock-wait', // a statement waits for a lock of a database, or gave up
  'statement-slow', // a statement of a database took long
  'failover', // a standby takes over, or gives back
  'storage-error', // a disk or file system is full, slow, or fails
  'job-ended', // it is done, or was stopped
  'job-started', // a scheduled or housekeeping job: backup, update, scan
  // firewalls
  'policy-denied',
  'policy-allowed',
  'packet-returned', // a router sends an answer back out of the interface it came in by
  'rate-limited',
  'address-banned', // a guard put an address on its list
  'ban-lifted', // and took it off
  'attach-refused', // the carrier's network refused the device, its access point or its service
  'quota-reached', // the contract's volume or credit is used up
  // a session as a box on the way saw it (firewall, flow log, sensor): none of these is an attempt of its own
  'session-unanswered', // nothing came back: SYN timeout, no packet or byte from the other side
  'session-refused', // the first packet was answered with a reset
  'session-reset', // torn down by a reset; event.reason says whose
  'session-expired', // quiet for longer than the box keeps an entry, so it dropped it
  // link, address, route, time
  'link-up',
  'link-down',
  'nic-error',
  'modem-error',
  'optics-weak', // light of an optical module out of its range
  'overheated',
  'duplex-mismatch',
  'topology-changed', // spanning tree, a loop, an address that moves between ports
  'rogue-dhcp', // a DHCP server that nobody set up
  'signal-weak',
  'power-event',
  'address-assigned',
  'address-lost',
  'address-conflict',
  'dhcp-request',
  'dhcp-no-answer',
  'route-changed',
  'neighbour-seen', // a table of neighbours names the hardware address behind an address
  'neighbour-asked', // a host asks its own wire who has an address (ARP request)
  'neighbour-failed',
  'clock-stepped',
  'icmp-unreachable',
  'mtu-exceeded',
  // stack
  'ports-exhausted',
  'table-full',
  'syn-flood',
  'descriptors-exhausted',
  'socket-memory',
  'counter-snapshot',
  'retransmission',
  // measurements
  'probe-answered',
  'probe-lost',
  'other',
] as const
export type Action = (typeof ACTIONS)[number]
