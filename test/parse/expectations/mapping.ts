import type { EventField } from '../../../schemas/event.js'
import type { Collection } from './claims.js'
import * as way from './ways.js'

/** One name of theirs and the field of ours that means the same. */
export type Rule = {
  readonly theirs: string
  /** The first of these that the event has. */
  readonly ours: readonly EventField[]
  readonly way: way.Way
  /** The other end: where ours has the value there instead, the two disagree about who called. */
  readonly otherEnd?: EventField
  /** Logs to which the name means that; all without it. */
  readonly files?: RegExp
}

const rule = (theirs: string, ours: EventField | readonly EventField[], how = way.same, files?: RegExp): Rule => {
  const fields = [ours].flat()
  const [first] = fields
  const otherEnd = OTHER_ENDS[first as EventField]
  return { theirs, ours: fields, way: how, ...(otherEnd && { otherEnd }), ...(files && { files }) }
}
const OTHER_ENDS: { readonly [F in EventField]?: EventField } = {
  'source.ip': 'destination.ip',
  'source.port': 'destination.port',
  'destination.ip': 'source.ip',
  'destination.port': 'source.port',
}
/** Rules for the same field under several names. */
const rules = (theirs: readonly string[], ours: EventField | readonly EventField[], how?: way.Way, files?: RegExp) =>
  theirs.map((name) => rule(name, ours, how, files))

const ALB = /\/aws-alb/
const APACHE = /\/apache2/
const HAPROXY = /\/haproxy/
const PF = /\/pf-logs/
const PROXMOX = /\/proxmox/
const SURICATA = /\/suricata/
const TCPDUMP = /\/tcpdump/
const TRAEFIK = /\/traefik/
const FIREWALLS = /\/(?:iptables|pf-logs|proxmox|tcpdump)/
/** Logs whose line is written when the request ends, and dated by its beginning. */
const BEGUN = /\/(?:haproxy|traefik)/
const NOT_BEGUN = /\/(?:asterisk|bind9|cri|iptables|mysql|openvpn|pf|suricata)/

const crowdsec: readonly Rule[] = [
  ...rules(['Parsed.src_ip', 'Parsed.source_ip', 'Parsed.remote_addr'], 'source.ip', way.address),
  ...rules(['Parsed.client_ip', 'Parsed.clientip', 'Parsed.sshd_client_ip'], 'source.ip', way.address),
  ...rules(['Parsed.client'], 'source.ip', way.address, APACHE),
  ...rules(['Meta.source_ip', 'Unmarshaled.iptables.SRC', 'Unmarshaled.traefik.ClientHost'], 'source.ip', way.address),
  ...rules(['Parsed.src_port', 'Parsed.source_port', 'Parsed.remote_port'], 'source.port', way.number),
  ...rules(['Parsed.client_port', 'Parsed.clientport', 'Parsed.sport', 'Parsed.sshd_port'], 'source.port', way.number),
  ...rules(['Unmarshaled.iptables.SPT', 'Unmarshaled.traefik.ClientPort'], 'source.port', way.number),
  ...rules(['Parsed.dst_ip', 'Parsed.target_ip', 'Parsed.target_addr'], 'destination.ip', way.address),
  ...rules(['Parsed.dest_ip', 'Meta.dest_ip', 'Unmarshaled.iptables.DST'], 'destination.ip', way.address),
  ...rules(['Parsed.service_addr'], ['destination.ip', 'destination.domain'], way.same, TRAEFIK),
  ...rules(['Parsed.dst_port', 'Parsed.target_port', 'Parsed.dest_port'], 'destination.port', way.number),
  ...rules(['Meta.dest_port', 'Unmarshaled.iptables.DPT'], 'destination.port', way.number),
  ...rules(['Parsed.proto', 'Parsed.ip4_proto', 'Parsed.ip6_proto'], 'network.transport', way.lower),
  ...rules(['Unmarshaled.iptables.PROTO'], 'network.transport', way.lower),
  ...rules(['Meta.service'], 'network.transport', way.lower, FIREWALLS),
  ...rules(['Parsed.ip4_proto_id', 'Parsed.ip6_proto_id'], 'network.transport', way.protocol),
  ...rules(['Unmarshaled.iptables.MAC'], 'source.mac', way.senderOfFrame),
  ...rules(['Parsed.length', 'Unmarshaled.iptables.LEN'], 'whytimeout.packet_bytes', way.number),
  ...rules(
    ['Parsed.int_eth', 'Parsed.iface', 'Meta.iface', 'Unmarshaled.iptables.IN', 'Parsed.oface'],
    ['observer.ingress.interface.name', 'observer.egress.interface.name'],
  ),
  ...rules(['Parsed.tracker', 'Meta.ruleid'], 'rule.id', way.same, PF),
  ...rules(['Parsed.rule_id'], 'rule.id', way.middle, SURICATA),
  ...rules(['Parsed.suricata_alert_signature'], 'rule.name'),
  ...rules(['Meta.suricata_alert_signature_id'], 'rule.id', way.same, /evelog/),
  ...rules(['Meta.suricata_alert_signature_id'], 'rule.id', way.middle, /fastlog/),
  ...rules(['Parsed.suricata_classification'], 'event.reason'),
  ...rules(['Parsed.direction'], 'network.direction', way.words({ in: 'inbound', out: 'outbound' }), PF),
  ...rules(['Parsed.tcp_flags'], 'whytimeout.tcp_flags', way.flags),
  ...rules(['Parsed.tcpflags'], 'whytimeout.tcp_flags', way.flags, TCPDUMP),
  ...rules(['Parsed.action'], 'event.action', way.words({ block: 'policy-denied', pass: 'policy-allowed' }), PF),
  ...rules(
    ['Parsed.action'],
    'event.action',
    way.words({ DROP: 'policy-denied', REJECT: 'policy-denied', 'PVEFW-reject': 'policy-denied' }),
    PROXMOX,
  ),
  ...rules(
    ['Meta.log_type'],
    'event.action',
    way.words({
      iptables_drop: 'policy-denied',
      pf_drop: 'policy-denied',
      bind9_denied: 'dns-answer',
      charon_ipsec_auth_fail: 'request-failed',
      bad_ssl_handshake: 'tls-failed',
      auth_failed: 'tls-failed|request-failed',
      ssh_auth_timeout: 'response-timeout',
      asterisk_failed_auth: 'request-failed',
    }),
  ),
  ...rules(['Meta.sub_type'], 'event.action', way.words({ ssl_handshake_stopped: 'tls-failed' }), APACHE),
  ...rules(['Meta.machine'], 'host.name'),
  ...rules(['Parsed.program'], 'process.name'),
  ...rules(['Parsed.pid', 'Parsed.PID'], 'process.pid', way.number),
  ...rules(['Parsed.syslog_priority'], 'log.level', way.words({ '30': 'info', '134': 'info', '11': 'error|err' })),
  ...rules(['Parsed.loglevel'], 'log.level', way.lower, APACHE),
  ...rules(['Parsed.module'], 'log.logger', way.same, APACHE),
  ...rules(['Parsed.errorcode'], 'event.code'),
  ...rules(['Parsed.proxy_errorcode', 'Parsed.err_code'], 'error.code'),
  ...rules(['Parsed.verb', 'Meta.http_verb', 'Parsed.http_method', 'Parsed.http_verb'], 'http.request.method'),
  ...rules(['Parsed.request', 'Meta.http_path', 'Parsed.http_request'], 'url.path'),
  ...rules(['Unmarshaled.traefik.RequestPath'], 'url.path'),
  ...rules(['Parsed.target_fqdn', 'Meta.target_fqdn', 'Parsed.request_addr', 'Meta.http_host'], 'url.domain'),
  ...rules(['Unmarshaled.traefik.RequestHost'], 'url.domain'),
  ...rules(['Parsed.host'], 'url.domain', way.same, ALB),
  ...rules(['Parsed.response', 'Parsed.status', 'Meta.http_status'], 'http.response.status_code', way.number),
  ...rules(['Parsed.http_status_code', 'Parsed.elb_status_code'], 'http.response.status_code', way.number),
  ...rules(['Unmarshaled.traefik.DownstreamStatus'], 'http.response.status_code', way.number),
  ...rules(['Parsed.bytes', 'Parsed.body_bytes_sent', 'Parsed.sent_bytes'], 'destination.bytes', way.number),
  ...rules(['Parsed.bytes_read'], 'destination.bytes', way.number),
  ...rules(['Unmarshaled.traefik.DownstreamContentSize'], 'destination.bytes', way.number),
  ...rules(['Parsed.received_bytes'], 'source.bytes', way.number),
  ...rules(['Parsed.target_processing_time'], 'whytimeout.response_ms', way.secondsToMs),
  ...rules(['Parsed.elb'], 'observer.name', way.same, ALB),
  ...rules(['Parsed.trace_id'], 'whytimeout.request_id', way.same, ALB),
  ...rules(['Parsed.ssl_protocol', 'Unmarshaled.traefik.TLSVersion'], 'tls.version'),
  ...rules(['Parsed.request_duration_in_ms'], 'event.duration', way.msToNs, /traefik_clf/),
  // In the JSON of the proxy it is nanoseconds, in spite of the name.
  ...rules(['Parsed.request_duration_in_ms'], 'event.duration', way.number, /traefik_json/),
  ...rules(['Unmarshaled.traefik.Duration'], 'event.duration', way.number),
  ...rules(['Unmarshaled.traefik.OriginDuration'], 'whytimeout.response_ms', way.nsToMs),
  ...rules(['Unmarshaled.traefik.RetryAttempts'], 'whytimeout.retries', way.number),
  ...rules(['Unmarshaled.traefik.ServiceName'], 'service.target.name'),
  ...rules(['Parsed.traefik_router_name'], 'service.target.name', way.same, /traefik_clf/),
  ...rules(['Parsed.frontend_name'], 'haproxy.frontend_name'),
  ...rules(['Parsed.backend_name'], 'haproxy.backend_name'),
  ...rules(['Parsed.server_name'], 'haproxy.server_name'),
  ...rules(['Parsed.termination_state'], 'haproxy.termination_state'),
  ...rules(['Parsed.time_queue'], 'whytimeout.queue_ms', way.number),
  ...rules(['Parsed.time_backend_connect'], 'whytimeout.connect_ms', way.number),
  ...rules(['Parsed.time_backend_response'], 'whytimeout.response_ms', way.number),
  ...rules(['Parsed.time_duration'], 'event.duration', way.msToNs),
  ...rules(['Parsed.retries'], 'whytimeout.retries', way.number),
  ...rules(['Parsed.actconn'], 'whytimeout.sessions', way.number),
  ...rules(['Parsed.backend_queue'], 'whytimeout.queue_length', way.number),
  ...rules(['Parsed.accept_date'], ['event.start', '@timestamp'], way.time, HAPROXY),
  ...rules(['Parsed.time', 'Parsed.logdate', 'Parsed.suricata_timestamp'], '@timestamp', way.time),
  ...rules(['Parsed.timestamp', 'Parsed.timestamp8601', 'Parsed.cri_timestamp'], '@timestamp', way.time),
  ...rules(['Parsed.time_local', 'Unmarshaled.traefik.StartUTC'], ['event.start', '@timestamp'], way.time, TRAEFIK),
  ...rules(['Parsed.request_creation_time', 'Meta.timestamp'], 'event.start', way.time, ALB),
  ...rules(['Enriched.MarshaledTime', 'Meta.timestamp'], ['event.start', '@timestamp'], way.time, BEGUN),
  ...rules(['Enriched.MarshaledTime', 'Meta.timestamp'], '@timestamp', way.time, NOT_BEGUN),
]

const elastic: readonly Rule[] = [
  ...rules(['source.ip', 'source.address'], 'source.ip', way.address),
  ...rules(['destination.ip', 'destination.address'], 'destination.ip', way.address),
  rule('source.port', 'source.port', way.number),
  rule('destination.port', 'destination.port', way.number),
  rule('source.bytes', 'source.bytes', way.number, /vpcflow/),
  rule('source.packets', 'source.packets', way.number),
  rule('network.bytes', 'network.bytes', way.number),
  rule('network.packets', 'network.packets', way.number),
  rule('network.iana_number', 'network.transport', way.protocol),
  rule('related.ip', 'related.ip', way.sorted),
  rule('@timestamp', '@timestamp', way.time),
  rule('event.start', 'event.start', way.time),
  rule('event.end', 'event.end', way.time),
  rule('event.duration', 'event.duration', way.number),
  rule('event.kind', 'event.kind'),
  rule('event.outcome', 'event.outcome', way.words({ allow: 'success', deny: 'failure', success: 'success' })),
  rule('event.category', 'event.category', way.words({ network_traffic: 'network', network: 'network' })),
  rule('aws.vpcflow.action', 'event.action', way.words({ ACCEPT: 'policy-allowed', REJECT: 'policy-denied' })),
  rule('aws.vpcflow.log_status', 'event.reason', way.words({ NODATA: 'NODATA', SKIPDATA: 'SKIPDATA' })),
  rule('aws.vpcflow.interface_id', 'interface.name'),
  rule('process.name', 'process.name'),
  rule('process.pid', 'process.pid', way.number),
  rule('haproxy.frontend_name', 'haproxy.frontend_name'),
  rule('haproxy.backend_name', 'haproxy.backend_name'),
  rule('haproxy.server_name', 'haproxy.server_name'),
  rule('haproxy.termination_state', 'haproxy.termination_state'),
  rule('haproxy.bytes_read', 'destination.bytes', way.number),
  rule('haproxy.total_waiting_time_ms', 'whytimeout.queue_ms', way.number),
  rule('haproxy.connection_wait_time_ms', 'whytimeout.connect_ms', way.number),
  rule('haproxy.connections.active', 'whytimeout.sessions', way.number),
  rule('haproxy.connections.retries', 'whytimeout.retries', way.number),
  rule('haproxy.backend_queue', 'whytimeout.queue_length', way.number),
]

const UP_OR_DOWN = way.words({ UP: 'link-up', DOWN: 'link-down' })
const napalm: readonly Rule[] = [
  ...rules(['host', 'message_details.host'], ['host.name', 'observer.name']),
  rule('message_details.processName', 'process.name', way.same, /junos|iosxr/),
  rule('message_details.processId', 'process.pid', way.number),
  rule('message_details.tag', 'event.code', way.same, /ios|nxos|junos/),
  rule('message_details.logid', 'event.code'),
  ...rules(['severity', 'message_details.severity'], 'log.level', way.level),
  rule('date time', '@timestamp', way.time),
  rule('timestamp', '@timestamp', way.timeOfSomeYear),
  rule('yang.neighbor', ['destination.ip', 'source.ip'], way.address),
  rule('yang.interface', 'interface.name'),
  rule('yang.oper_status', 'event.action', UP_OR_DOWN),
  rule('yang.admin_status', 'event.action', UP_OR_DOWN),
  rule('yang.session-state-change-event', 'event.reason'),
  rule('yang.adjacency-state-change-reason-message', 'event.reason'),
  rule('yang.source_address', 'source.ip', way.address),
  rule('yang.source_port', 'source.port', way.number),
  rule('yang.destination_address', 'destination.ip', way.address),
  rule('yang.destination_port', 'destination.port', way.number),
  rule('yang.nat_source_address', 'source.nat.ip', way.address),
  rule('yang.nat_source_port', 'source.nat.port', way.number),
  rule('yang.nat_destination_address', 'destination.nat.ip', way.address),
  rule('yang.nat_destination_port', 'destination.nat.port', way.number),
  rule('yang.protocol_id', 'network.transport', way.protocol),
  rule('yang.source_interface', 'observer.ingress.interface.name', way.unquoted),
  rule('yang.destination_interface', 'observer.egress.interface.name', way.unquoted),
  rule('yang.reason', 'event.reason'),
  rule('yang.action', 'event.action', way.words({ close: 'session-ended' })),
  rule('yang.level', 'log.level'),
]

const ntc: readonly Rule[] = [
  rule('code', 'event.code', way.same, /cisco_ios/),
  rule('mnemonic', 'event.code', way.same, /cisco_asa/),
  rule('severity', 'log.level', way.level),
  rule('hostname', ['host.name', 'observer.name']),
  rule('when', '@timestamp', way.time),
]

const WINDOWS = /windows_firewall/
const ZEEK = /bro_conn/
const head: readonly Rule[] = [
  rule('date time', '@timestamp', way.time),
  rule('ts', 'event.start', way.epoch, ZEEK),
  ...rules(['src-ip', 'c-ip', 'id.orig_h'], 'source.ip', way.address),
  ...rules(['src-port', 'id.orig_p'], 'source.port', way.number),
  ...rules(['dst-ip', 's-ip', 'id.resp_h'], 'destination.ip', way.address),
  ...rules(['dst-port', 's-port', 'id.resp_p'], 'destination.port', way.number),
  ...rules(['protocol', 'proto'], 'network.transport', way.lower),
  rule('service', 'network.application', way.lower, ZEEK),
  rule('action', 'event.action', way.words({ DROP: 'policy-denied', CLOSE: 'session-ended', OPEN: 'session-started' })),
  rule('size', 'whytimeout.packet_bytes', way.number, WINDOWS),
  rule('cs-method', 'http.request.method'),
  rule('cs-uri-stem', 'url.path'),
  rule('sc-status', 'http.response.status_code', way.number),
  rule('time-taken', 'event.duration', way.msToNs),
  rule('duration', 'event.duration', way.secondsToNs, ZEEK),
  rule('orig_bytes', 'source.bytes', way.number),
  rule('resp_bytes', 'destination.bytes', way.number),
  rule('orig_pkts', 'source.packets', way.number),
  rule('resp_pkts', 'destination.packets', way.number),
  rule('conn_state', 'event.reason'),
]

export const MAPPING: Readonly<Record<Collection, readonly Rule[]>> = { crowdsec, elastic, napalm, ntc, head }
