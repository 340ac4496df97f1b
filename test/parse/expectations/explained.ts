/** Where other projects' expectations and our fields differ, and why: by log, `theirs: value | ours: value`. */
export const EXPLAINED: readonly {
  readonly why: string
  readonly at: Readonly<Record<string, readonly string[]>>
}[] = [
  {
    why: 'The message says that the other side closed the connection, during a handshake. The hub names the phase, we the end (`connection-closed`).',
    at: {
      'crowdsecurity_hub/.tests/apache2-logs/apache2-logs.log': [
        'Meta.sub_type: ssl_handshake_stopped | event.action: connection-closed',
      ],
    },
  },
  {
    why: "The line is the example of AWS's manual, whose two times do not belong together: the request would have come years, or 12 s, before it was answered, though its parts took at most 171 ms. Where all parts are known, we count back from the end by them; the time of creation is taken where one is missing.",
    at: {
      'crowdsecurity_hub/.tests/aws-alb-logs/aws-alb-logs.log': [
        'Meta.timestamp: 2018-07-02T22:22:48.364Z | event.start: 2018-07-02T22:23:00.015Z',
        'Meta.timestamp: 2018-07-02T22:22:48.364Z | event.start: 2018-07-02T22:23:00.184Z',
        'Meta.timestamp: 2018-07-02T22:22:48.364Z | event.start: 2023-04-26T12:22:55.462Z',
        'Meta.timestamp: 2018-07-02T22:22:48.364Z | event.start: 2023-04-26T12:23:00.015Z',
        'Meta.timestamp: 2018-07-02T22:22:48.364Z | event.start: 2023-04-26T12:23:14.946Z',
        'Parsed.request_creation_time: 2018-07-02T22:22:48.364000Z | event.start: 2018-07-02T22:23:00.015Z',
        'Parsed.request_creation_time: 2018-07-02T22:22:48.364000Z | event.start: 2018-07-02T22:23:00.184Z',
        'Parsed.request_creation_time: 2018-07-02T22:22:48.364000Z | event.start: 2023-04-26T12:22:55.462Z',
        'Parsed.request_creation_time: 2018-07-02T22:22:48.364000Z | event.start: 2023-04-26T12:23:00.015Z',
        'Parsed.request_creation_time: 2018-07-02T22:22:48.364000Z | event.start: 2023-04-26T12:23:14.946Z',
      ],
    },
  },
  {
    why: "A later stage of the hub cuts the query off the path and keeps it as `http_args`. Our `url.path` keeps it; the hub's `Meta.http_path` does too, and agrees.",
    at: {
      'crowdsecurity_hub/.tests/aws-alb-logs/aws-alb-logs.log': [
        'Parsed.request: /remote_agent.php | url.path: /remote_agent.php?action=polldata&host_id=1&local_data_ids[]=3&poller_id=;ping%20%24%28whoami%29.test.com',
      ],
      'crowdsecurity_hub/.tests/traefik_clf/traefik_clf.log': [
        'Parsed.request: /index | url.path: /index?toto=tata',
        'Parsed.request: /upload.asp | url.path: /upload.asp?test=toto&tata=test',
      ],
    },
  },
  {
    why: 'Two lines of the file have no time at all. We join a line without a time to the record before it, so the three have one event, with the ends of the one that was refused.',
    at: {
      'crowdsecurity_hub/.tests/bind9-logs/bind9-logs.log': [
        'Parsed.remote_port: 61738 | source.port: 62518',
        'Parsed.remote_port: 62524 | source.port: 62518',
      ],
    },
  },
  {
    why: 'The hub remembers the failure of the line before and gives it to the line about the answer packet. We say of a line what is in it: a packet was sent (`other`); the failure is the event before.',
    at: {
      'crowdsecurity_hub/.tests/charon-ipsec-logs/charon-ipsec-logs.log': [
        'Meta.log_type: charon_ipsec_auth_fail | event.action: other',
      ],
    },
  },
  {
    why: '`sending packet: from A to B`: the hub takes B for the source, as the peer that is to be banned. We take the sender.',
    at: {
      'crowdsecurity_hub/.tests/charon-ipsec-logs/charon-ipsec-logs.log': [
        'Meta.source_ip: 116.178.2.170 | source.ip: 116.178.2.180',
        'Meta.source_ip: 116.178.2.170 | source.ip: 153.3.95.65',
        'Parsed.source_ip: 116.178.2.170 | source.ip: 116.178.2.180',
        'Parsed.source_ip: 116.178.2.170 | source.ip: 153.3.95.65',
        'Parsed.source_port: 28808 | source.port: 4500',
        'Parsed.source_port: 28821 | source.port: 4500',
        'Parsed.target_ip: 116.178.2.180 | destination.ip: 116.178.2.170',
        'Parsed.target_ip: 153.3.95.65 | destination.ip: 116.178.2.170',
        'Parsed.target_port: 4500 | destination.port: 28808',
        'Parsed.target_port: 4500 | destination.port: 28821',
      ],
    },
  },
  {
    why: "The line of a container has two times. We take the inner one, by the program itself (nginx, to the second); the hub takes the engine's.",
    at: {
      'crowdsecurity_hub/.tests/cri-logs/cri-logs.log': [
        'Enriched.MarshaledTime: 2022-01-28T16:04:05.413656027Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Enriched.MarshaledTime: 2022-01-28T16:04:05.673552828Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Enriched.MarshaledTime: 2022-01-28T16:04:05.919698406Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Meta.timestamp: 2022-01-28T16:04:05.413656027Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Meta.timestamp: 2022-01-28T16:04:05.673552828Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Meta.timestamp: 2022-01-28T16:04:05.919698406Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Parsed.cri_timestamp: 2022-01-28T16:04:05.413656027Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Parsed.cri_timestamp: 2022-01-28T16:04:05.673552828Z | @timestamp: 2022-01-28T16:04:05.000Z',
        'Parsed.cri_timestamp: 2022-01-28T16:04:05.919698406Z | @timestamp: 2022-01-28T16:04:05.000Z',
      ],
    },
  },
  {
    why: 'The hub takes every packet that is logged for dropped. The line has no prefix that would say what became of the packet, so we say `other`.',
    at: {
      'crowdsecurity_hub/.tests/iptables-logs/iptables-logs.log': [
        'Meta.log_type: iptables_drop | event.action: other',
      ],
    },
  },
  {
    why: 'The line has two LEN: of the IP packet (76), which we take, and of the UDP datagram in it (56), which comes last and wins at the hub.',
    at: {
      'crowdsecurity_hub/.tests/iptables-logs/iptables-logs.log': [
        'Parsed.length: 56 | whytimeout.packet_bytes: 76',
        'Unmarshaled.iptables.LEN: 56 | whytimeout.packet_bytes: 76',
      ],
    },
  },
  {
    why: "The hub's parser writes `tcp` into every event; the line says PROTO=UDP.",
    at: {
      'crowdsecurity_hub/.tests/proxmox-iptables-logs/proxmox-iptables.log': [
        'Meta.service: tcp | network.transport: udp',
      ],
    },
  },
  {
    why: "The hub takes the first part of the chain's name for the interface; we take IN=.",
    at: {
      'crowdsecurity_hub/.tests/proxmox-iptables-logs/proxmox-iptables.log': [
        'Parsed.int_eth: PVEFW-HOST | observer.ingress.interface.name: vmbr0.94',
        'Parsed.int_eth: tap101i0 | observer.ingress.interface.name: fwbr101i0',
      ],
    },
  },
  {
    why: "ClientHost is the header X-Forwarded-For here, of which the hub takes the last address. We take ClientAddr, who really connected: a header can be anybody's.",
    at: {
      'crowdsecurity_hub/.tests/traefik_json/traefik_json.log': [
        'Meta.source_ip: 10.0.0.50 | source.ip: 172.71.122.85',
        'Parsed.remote_addr: 10.0.0.50 | source.ip: 172.71.122.85',
      ],
    },
  },
  {
    why: 'HAProxy writes when it accepted the connection. That is our `event.start`; the event is when the session ended, 1 ms later.',
    at: {
      'elastic_integrations/packages/haproxy/data_stream/log/_dev/test/pipeline/test-tcplog.log': [
        '@timestamp: 2018-09-20T15:44:23.285Z | @timestamp: 2018-09-20T15:44:23.286Z',
      ],
    },
  },
  {
    why: 'The line says the event of the state machine (`due to …`) and, in brackets, the reason in words. We keep the first, napalm-logs the second.',
    at: {
      'napalm-automation_napalm-logs/tests/config/junos/OSPF_NEIGHBOR_DOWN/inactive_timer/syslog.msg': [
        'yang.adjacency-state-change-reason-message: BFD session timed out and neighbor was declared dead | event.reason: InActiveTimer',
      ],
      'napalm-automation_napalm-logs/tests/config/junos/OSPF_NEIGHBOR_DOWN/kill_neighbor/syslog.msg': [
        'yang.adjacency-state-change-reason-message: neighbor down | event.reason: KillNbr',
      ],
      'napalm-automation_napalm-logs/tests/config/junos/OSPF_NEIGHBOR_UP/exchange_to_full/syslog.msg': [
        'yang.adjacency-state-change-reason-message: exchange done | event.reason: ExchangeDone',
      ],
      'napalm-automation_napalm-logs/tests/config/junos/OSPF_NEIGHBOR_UP/init_to_2way/syslog.msg': [
        'yang.adjacency-state-change-reason-message: two way received | event.reason: 2WayRcvd',
      ],
      'napalm-automation_napalm-logs/tests/config/junos/OSPF_NEIGHBOR_UP/init_to_exstart/syslog.msg': [
        'yang.adjacency-state-change-reason-message: exchange start | event.reason: 2WayRcvd',
      ],
    },
  },
  {
    why: "The priority of the syslog header (6) and the severity in the message's own name (5) differ. We take the message's, which Cisco documents for it; napalm-logs takes the header's.",
    at: {
      'napalm-automation_napalm-logs/tests/config/ios/OSPF_NEIGHBOR_UP/loading_to_full/syslog.msg': [
        'message_details.severity: 6 | log.level: notice',
        'severity: 6 | log.level: notice',
      ],
      'napalm-automation_napalm-logs/tests/config/nxos/INTERFACE_DOWN/individual_port_down/syslog.msg': [
        'message_details.severity: 6 | log.level: notice',
        'severity: 6 | log.level: notice',
      ],
      'napalm-automation_napalm-logs/tests/config/nxos/INTERFACE_DUPLEX_MODE/default/syslog.msg': [
        'message_details.severity: 6 | log.level: notice',
        'severity: 6 | log.level: notice',
      ],
      'napalm-automation_napalm-logs/tests/config/nxos/INTERFACE_UP/mode_trunk/syslog.msg': [
        'message_details.severity: 6 | log.level: notice',
        'severity: 6 | log.level: notice',
      ],
    },
  },
  {
    why: 'The line has no message name; napalm-logs takes the program for it, we the first words.',
    at: {
      'napalm-automation_napalm-logs/tests/config/junos/MAJOR_ALARM_SET/default/syslog.msg': [
        'message_details.tag: craftd | event.code: Major alarm set',
      ],
    },
  },
  {
    why: 'The line says 14 November, the expectation is of 14 October: recorded from another line. Their own `date` and `time` agree with ours.',
    at: {
      'napalm-automation_napalm-logs/tests/config/ios/INTERFACE_DOWN/default/syslog.msg': [
        'timestamp: 1507969856 | @timestamp: 2026-11-14T08:30:56.699Z',
      ],
    },
  },
  {
    why: "The expectation's epoch was recorded from another line. Their own `date` and `time` agree with ours.",
    at: {
      'napalm-automation_napalm-logs/tests/config/fortinet/LOCAL_TRAFFIC/default/syslog.msg': [
        'timestamp: 1552629390 | @timestamp: 2019-04-04T09:19:21.000Z',
      ],
      'napalm-automation_napalm-logs/tests/config/junos/BGP_MD5_INCORRECT/ISO8601/syslog.msg': [
        'timestamp: 1500585780 | @timestamp: 2020-03-31T08:41:59.000Z',
      ],
      'napalm-automation_napalm-logs/tests/config/junos/NAT_SESSION_CLOSED/recent/syslog.msg': [
        'timestamp: 1500587040 | @timestamp: 2025-12-13T13:12:00.000Z',
      ],
      'napalm-automation_napalm-logs/tests/config/junos/NAT_SESSION_CREATED/icmp/syslog.msg': [
        'timestamp: 1500587040 | @timestamp: 2025-12-13T13:12:00.000Z',
      ],
    },
  },
  {
    why: "An abbreviation names no one zone. We take the clock as the origin's zone has it, which is given (`--timezone`) or inferred over the whole input; nothing is known of one line's origin, so it stands as UTC.",
    at: {
      'networktocode_ntc-templates/tests/cisco_ios/show_logging/cisco_ios_show_logging_4.raw': [
        'when: Dec 4 11:01:38.694 EST | @timestamp: 2025-12-04T11:01:38.694Z',
        'when: Dec 4 11:01:38.702 EST | @timestamp: 2025-12-04T11:01:38.702Z',
        'when: Dec 4 11:01:52.755 EST | @timestamp: 2025-12-04T11:01:52.755Z',
      ],
    },
  },
]
