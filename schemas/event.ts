import { z } from 'zod'
import { ACTIONS, PHASES, ROLES, SUFFERERS } from './vocabulary.js'

/**
 * Every field an event may have: the one source of the types, the rule loader's "unknown field" check, the JSON Schema,
 * the index mapping and docs/reference/fields.md. In memory an event is flat, with these dotted names; sinks nest it.
 */
export type EsType =
  | 'keyword'
  | 'text'
  | 'long'
  | 'float'
  | 'date'
  | 'ip'
  | 'boolean'
  | 'flattened'
  | 'object'
  | 'unindexed'
export type FieldMeta = { es: EsType; description: string; unit?: string; ecs?: boolean }

/** What a field of a schema says of itself, required or not; undefined for one that only nests others. */
export const metaOf = (type: z.ZodType): FieldMeta | undefined =>
  (type.meta() ?? (type instanceof z.ZodOptional ? (type.unwrap() as z.ZodType).meta() : undefined)) as
    | FieldMeta
    | undefined

const field = <T extends z.ZodType>(schema: T, es: EsType, description: string, more: Partial<FieldMeta> = {}) =>
  schema.meta({ es, description, ...more } satisfies FieldMeta).optional()

const keyword = (description: string, ecs = true) => field(z.string(), 'keyword', description, { ecs })
const keywords = (description: string, ecs = true) => field(z.array(z.string()), 'keyword', description, { ecs })
const long = (description: string, unit?: string, ecs = false) =>
  field(z.int(), 'long', description, { ecs, ...(unit && { unit }) })
const float = (description: string, unit?: string) => field(z.number(), 'float', description, { ...(unit && { unit }) })
const ip = (description: string, ecs = true) => field(z.string(), 'ip', description, { ecs })
const port = (description: string) => field(z.int().min(0).max(65535), 'long', description, { ecs: true })
const date = (description: string) => field(z.iso.datetime(), 'date', description, { ecs: true })

export const LogEvent = z.strictObject({
  // --- what and when
  '@timestamp': z.iso.datetime().meta({
    es: 'date',
    ecs: true,
    description: 'When it happened, by the log, UTC, milliseconds.',
  } satisfies FieldMeta),
  'ecs.version': keyword('ECS version of the document.'),
  'event.id': keyword('Content id: time, origin and masked record.'),
  'event.kind': keyword('event, metric, state, alert or pipeline_error.'),
  'event.category': keywords('ECS categories.'),
  'event.type': keywords('ECS types.'),
  'event.action': field(z.enum(ACTIONS), 'keyword', 'Our own word for what happened.', { ecs: true }),
  'event.outcome': field(z.enum(['success', 'failure', 'unknown']), 'keyword', 'How it ended.', { ecs: true }),
  'event.reason': keyword("The log's own reason or code name (ETIMEDOUT, sC)."),
  'event.code': keyword("The log's own code of the message."),
  'event.dataset': keyword('Id of the format that read the record.'),
  'event.module': keyword('First part of the dataset.'),
  'event.start': date('Begin of the attempt, where the record states it or its duration.'),
  'event.end': date('End of the attempt.'),
  'event.duration': long('How long the attempt or request took.', 'ns', true),
  'event.original': field(z.string(), 'unindexed', 'The masked record.', { ecs: true }),
  message: field(z.string(), 'text', 'The masked human text of the record.', { ecs: true }),
  'log.level': keyword('Level as the record has it, lower case.'),
  'log.logger': keyword('Logger or class.'),
  // --- who
  'host.name': keyword('The machine that wrote the log.'),
  'host.ip': ip('Its address, where the line says so.'),
  'host.mac': keyword('Its hardware address.'),
  'process.name': keyword('Program that wrote the line.'),
  'process.pid': long('Process id.', undefined, true),
  'process.command': keyword('Other program the line speaks of (top, pidstat).', false),
  'service.name': keyword('Service the line speaks for.'),
  'service.target.name': keyword(
    'Upstream that the service calls, by the name its own log gives (HAProxy backend/server).',
  ),
  'error.message': field(z.string(), 'text', 'Text of the error, without the stack.', { ecs: true }),
  'error.type': keyword('Exception class or error name.'),
  'error.code': keyword('Number or symbol of the error.'),
  'device.id': keyword('Serial or terminal hardware id.'),
  'device.model.name': keyword('Terminal model.'),
  'observer.name': keyword('Box that watched or forwarded.'),
  'observer.type': keyword('firewall, proxy, loadbalancer, router…'),
  'observer.ingress.interface.name': keyword('Interface the packet came in by.'),
  'observer.ingress.zone': keyword('What that interface is for, by its firewall: wan, lan, dmz.'),
  'observer.egress.interface.name': keyword('Interface it was to leave by.'),
  'observer.egress.zone': keyword('What the interface is for that the packet left by.'),
  'rule.name': keyword("The firewall's own rule name or log prefix."),
  'rule.id': keyword("The firewall's own rule id."),
  // --- from where to where
  'source.ip': ip('Sender or client.'),
  'source.port': port('Its port.'),
  'source.mac': keyword('Its hardware address.'),
  'source.bytes': long('Bytes from the client.', 'bytes', true),
  'source.packets': long('Packets from the client.', undefined, true),
  'source.nat.ip': ip('Translated source.'),
  'source.nat.port': port('Translated source port.'),
  'destination.ip': ip('Receiver or server.'),
  'destination.port': port('Its port.'),
  'destination.domain': keyword('Its name as dialled.'),
  'destination.mac': keyword('Its hardware address.'),
  'destination.bytes': long('Bytes to the client.', 'bytes', true),
  'destination.packets': long('Packets to the client; 0: nothing came back.', undefined, true),
  'destination.nat.ip': ip('Translated destination.'),
  'destination.nat.port': port('Translated destination port.'),
  'related.ip': field(z.array(z.string()), 'ip', 'Every address of a line that names more than its two ends.', {
    ecs: true,
  }),
  'network.transport': keyword('tcp, udp, icmp.'),
  'network.protocol': keyword('http, tls, iso8583, dns…'),
  'network.application': keyword('Application that a firewall took the traffic for.'),
  'network.direction': keyword('inbound or outbound, as the logging box says.'),
  'network.bytes': long('Bytes of both directions, where the line has only their sum.', 'bytes', true),
  'network.packets': long('Packets of both directions, where the line has only their sum.', undefined, true),
  'interface.name': keyword('Local network interface the line speaks of.', false),
  // --- dns, http, tls
  'dns.type': keyword('query or answer.'),
  'dns.question.name': keyword('Name asked for.'),
  'dns.question.type': keyword('A, AAAA…'),
  'dns.response_code': keyword('NOERROR, SERVFAIL, NXDOMAIN…'),
  'dns.resolved_ip': field(z.array(z.string()), 'ip', 'Addresses in the answer.', { ecs: true }),
  'http.request.method': keyword('Method.'),
  'http.response.status_code': long('Status.', undefined, true),
  'url.path': keyword('Path.'),
  'url.domain': keyword('Host of the URL.'),
  'url.full': keyword('Whole URL.'),
  'tls.version': keyword('Protocol version.'),
  'tls.established': field(z.boolean(), 'boolean', 'Whether the handshake finished.', { ecs: true }),
  // --- ours: identity
  'whytimeout.origin': keyword('Host and name of the log the record came from.', false),
  'whytimeout.role': field(z.enum(ROLES), 'keyword', 'What the machine that wrote the log is.'),
  'whytimeout.realm': keyword('Realm the event is diagnosed in.', false),
  'whytimeout.terminal_id': keyword('Logical terminal id.', false),
  'whytimeout.merchant_id': keyword('Merchant id.', false),
  'whytimeout.site_id': keyword('Site (shop).', false),
  'whytimeout.isp': keyword('Access provider of the site.', false),
  'whytimeout.gateway': keyword('Gateway the terminal uses, or that wrote the line.', false),
  'whytimeout.stan': keyword('System trace audit number of the transaction.', false),
  'whytimeout.request_id': keyword('Any other id that names one request.', false),
  'whytimeout.mti': keyword('ISO 8583 message type.', false),
  'whytimeout.response_code': keyword('ISO 8583 response code.', false),
  // --- ours: the attempt
  'whytimeout.phase': field(z.enum(PHASES), 'keyword', 'Where the attempt stopped.'),
  'whytimeout.whole_limit': field(
    z.literal(true),
    'boolean',
    'The limit that ran out was one for lookup, connecting and answer: the phase is presumed.',
  ),
  'whytimeout.at_begin': field(
    z.literal(true),
    'boolean',
    "The line's time is when the attempt began: nothing says when it was given up.",
  ),
  'whytimeout.suffered_by': field(
    z.enum(SUFFERERS),
    'keyword',
    "Whose attempt it is, where the format tells ('gateway' in a proxy's log).",
  ),
  'whytimeout.queue_ms': long('Waited in a queue of the logging program.', 'ms'),
  'whytimeout.dns_ms': long('Name lookup.', 'ms'),
  'whytimeout.connect_ms': long('SYN to established; absent if never established.', 'ms'),
  'whytimeout.tls_ms': long('Handshake; absent if never finished.', 'ms'),
  'whytimeout.response_ms': long('Request sent to first byte of the answer; absent if none came.', 'ms'),
  'whytimeout.limit_ms': long('The limit that ran out, where the line states it.', 'ms'),
  'whytimeout.connect_limit_ms': long('Configured limit to connect, from a start-up line.', 'ms'),
  'whytimeout.response_limit_ms': long('Configured limit for the answer, from a start-up line.', 'ms'),
  'whytimeout.former_response_limit_ms': long('What that limit was before, where the line tells of a change.', 'ms'),
  'whytimeout.former_port': long('The port that was dialled before, where the line tells of a change.'),
  'whytimeout.idle_secs': float('How long the connection had been quiet.', 's'),
  'whytimeout.retries': long('Connection attempts repeated by the logging program.'),
  'whytimeout.retransmits': long('Segments sent again.'),
  'whytimeout.keep_alive': field(
    z.boolean(),
    'boolean',
    'The line says that the connection is kept open for later requests.',
  ),
  'whytimeout.called': field(
    z.boolean(),
    'boolean',
    'A wait of a gateway on the connection that a client opened: for its next message, not for an upstream.',
  ),
  'whytimeout.via_proxy': field(
    z.boolean(),
    'boolean',
    'The endpoint that the line names is a proxy that the program goes through.',
  ),
  'whytimeout.tcp_flags': keywords('TCP flags of a logged packet (SYN, ACK…).', false),
  'whytimeout.icmp_type': long('ICMP type of a logged packet.'),
  'whytimeout.icmp_code': long('ICMP code of a logged packet.'),
  'whytimeout.packet_bytes': long('IP length of a logged packet.', 'bytes'),
  // --- ours: measurements and state
  'whytimeout.rtt_ms': float('Round trip of a probe, or of a connection as its TCP measured it.', 'ms'),
  'whytimeout.loss_percent': float('Loss among the probes that the line sums up.', '%'),
  'whytimeout.signal_dbm': float('Radio signal as a whole (RSSI).', 'dBm'),
  'whytimeout.rsrp_dbm': float('Radio signal of the cell alone (RSRP).', 'dBm'),
  'whytimeout.cpu_percent': float('Processor use of the process the line speaks of.', '%'),
  'whytimeout.cpu_wait_percent': float('Share of time that process was ready to run but had no processor.', '%'),
  'whytimeout.lease_secs': long('DHCP lease or renewal time.', 's'),
  'whytimeout.address': ip('Address that was assigned, lost or is in conflict.', false),
  'whytimeout.network': keyword('Network that the line routes, hands out or has an address in: `192.0.2.0/24`.', false),
  'whytimeout.router_ip': ip('Default gateway that was configured or handed out.', false),
  'whytimeout.nameserver_ip': ip('Name server that was configured, handed out or asked.', false),
  'whytimeout.sessions': long('Sessions open on the logging program.'),
  'whytimeout.queue_length': long('Requests waiting in its queue.'),
  'whytimeout.servers_up': long('Upstream servers still in service.'),
  'whytimeout.version': keyword('Version of the program, from a start-up line.', false),
  'whytimeout.counters': field(
    z.record(z.string(), z.number()),
    'flattened',
    'Named counters of one snapshot; rules use their growth.',
  ),
  'whytimeout.extra': field(z.record(z.string(), z.string()), 'flattened', 'Other key-values of the line.'),
  'whytimeout.cut': keywords('Fields cut short because the whole was too large to store.', false),
  'whytimeout.signal.id': keywords(
    'What matched in the event: signals that rules saw, `symptom` where an attempt ran out, `sighting/KIND` and `counters` where the diagnosis counts it.',
    false,
  ),
  'whytimeout.skew_ms': long(
    'Clock error assumed for the origin; already taken out of the order of events, not out of @timestamp.',
    'ms',
  ),
  // --- vendors
  'haproxy.termination_state': keyword('Two or four letters: who ended the session, and in which state.', false),
  'haproxy.frontend_name': keyword('Frontend.', false),
  'haproxy.backend_name': keyword('Backend.', false),
  'haproxy.server_name': keyword('Server.', false),
})
export type LogEvent = z.infer<typeof LogEvent>
export type EventField = keyof LogEvent

/** What a parser gives: everything but what the pipeline itself adds (time, id, origin). */
export type ParsedFields = Omit<LogEvent, '@timestamp'>
