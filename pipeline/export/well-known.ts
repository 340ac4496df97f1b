/**
 * Words that stay in an anonymised export: they say what a thing is or what happened, not whose it is. Everything in `rules/` conditions
 * stays too (`words.ts` has both).
 */
const list = (words: string): readonly string[] => words.trim().split(/\s+/)

/** What machines, programs and their parts are called by what they do. */
const ROLES = list(`
  access acquirer acq admin agent alarm android api app application apps audit auth backend backup bank batch box branch bridge broadcast broker cache
  camera card cash cashier cdn cell central client cloud cluster collector con connection console container control controller core counter customer
  data database db default demo desktop dev device dhcp dmz dns docker domain edge egress endpoint engine eth event events ext external factory
  file files firewall fleet forward forwarder frontend front fw gate gateway group gw head health home host hosts hotel hub image inet ingress input
  int internal internet intranet iot ipv kernel kiosk lab lan laptop lb lease line link linux listen live load local localhost log logger login
  logs loopback mail main manager master member merchant message messages metrics mobile mode model modem monitor name nat net network
  new nic node none null office old open operator order out output outside inside packet page pay payment payments phone pilot pinpad
  policy pool port pos post primary print printer private probe process processor prod production program provider proxy public pub query queue radio
  read receiver recorder register registry relay remote repo reply request resolver response retail root route router routing rt rule sale sales sandbox
  scanner secondary security sender sensor server servers service services session shop shops site sites slave socket source spare spool ssh
  staff stage staging stand static station status storage store stores stream sub super support switch syslog system table target temp term
  terminal terminals test time till tills tmp tools trace traffic transaction transit trunk trust trusted tunnel tx txn ui unit unknown untrust
  untrusted update updates uplink upstream user users vendor virtual vlan voice vpn wan warehouse web webserver wifi win windows wireless
  wlan work worker workstation world write www zone
`)

/** Software, makers of it, protocols and their words. */
const SOFTWARE = list(`
  access accept alive allow answer apache api arp asa async asyncio bind body bytes bond busy certificate chrony chronyd cert cisco client
  close closed code config conn connect connected connecting connections containerd count cpu crc cron crond curl dead debug deny denied dest destination
  dhclient dhcpcd dhcpd disk dnsmasq dockerd down drop dropped duration elapsed elasticsearch end envoy error errors eof errno establish
  established event exception exit expired fail failed failure fatal filterlog fin finished flags flow fluent forwarded found fping
  fragment free from full get glog gnu go golang google grpc handshake haproxy head header high host http httpd https icmp idle iface ifplugd igmp iis in
  info init interface invalid ip iptables iso java javax jetty jpos json junos kafka keepalive key kubelet kubernetes latency
  length level limit loss lost low lock mac mark max memory method microsoft mikrotik min minutes module mss mtu
  netfilter netty networkd networkmanager nftables nginx ntp ntpd ok okhttp openssl option options oracle packets panos password path peer
  pid ping pppd pppoe procedure proto protocol psh put python queries ready reason received recv redis refused reject rejected
  release reset resolve resolved restart result retry return rsyslog rsyslogd rst rtt run running runtime seconds send sent
  seq servfail nxdomain noerror set shutdown signal size skipped slow smtp snmp snmpd socket spring squid src ssl sshd start started starting state stderr stdout
  stop stopped stunnel success succeeded suricata syn ack synchronized systemd tcp telnet text thread threads threshold timed timeout timer timestamp tls token total traefik
  type udp ulogd unbound unix up uptime uri url urg urllib usage usb value version wait waiting warn warning wget window wpa wrong zeek
  thread-1 eth0 eth1 ens3 br0 lo ppp0 wlan0 wwan0 tun0 docker0 utf8 http2 ipv4 ipv6 x509 sha1 sha256 md5 rfc3164 rfc5424 tlsv1 sslv3
  true false null none unknown default undefined nobody daemon www-data postgres mysql administrator system guest anonymous
  am pm utc gmt cst jan feb mar apr may jun jul aug sep oct nov dec mon tue wed thu fri sat sun
`)

/** Names reserved for examples and for use within a network (RFC 2606, 6761, 6762, 8375). */
const RESERVED = list(
  'example test invalid localhost local localdomain arpa in-addr ip6 onion alt home internal lan corp private intranet',
)

/** Ends of names that are on the public Internet; a file's or a class's name seldom ends so. */
export const TOP_LEVEL: ReadonlySet<string> = new Set(
  list(`
  com net org edu gov mil int info biz name pro mobi shop store bank cloud app dev online site tech xyz top vip wang ltd group
  cn hk tw jp kr sg my th vn id in uk de fr nl eu us ca au nz br mx ar ru ua tr it es pt ch at be se no dk fi pl cz ie za ae il gr hu ro
  example test invalid local lan internal corp home intranet localdomain
`),
)

/** Owners of software whose package names stay as they are. */
const PACKAGE_OWNERS = list(`
  apache jpos springframework eclipse jetty netty hibernate slf4j jboss postgresql mysql oracle sun google squareup zaxxer ibm microsoft fasterxml
  github gitlab mongodb elastic redis android androidx kotlin scala quartz mybatis alibaba openjdk bouncycastle glassfish wildfly codehaus w3c xml logback
`)

/** Whether a name belongs to nobody. */
export const isReserved = (label: string): boolean => RESERVED.includes(label)

const WORDS: ReadonlySet<string> = new Set([...ROLES, ...SOFTWARE, ...RESERVED, ...PACKAGE_OWNERS])

/** @param word in lower case */
export const isWellKnown = (word: string): boolean => WORDS.has(word) || TOP_LEVEL.has(word)
