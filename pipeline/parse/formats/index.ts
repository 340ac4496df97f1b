import { HEADER_BLOCK } from '../columns.js'
import type { Block, Format } from '../format.js'
import { accessLog } from './access-log.js'
import { apache } from './apache.js'
import { appServer } from './app-server.js'
import { application } from './application.js'
import { arpwatch } from './arpwatch.js'
import { awsElb } from './aws-elb.js'
import { azureFlow } from './azure-flow.js'
import { bigIp } from './big-ip.js'
import { bind } from './bind.js'
import { carrierNat } from './carrier-nat.js'
import { cef } from './cef.js'
import { checkPoint } from './check-point.js'
import { ciscoAsa } from './cisco-asa.js'
import { ciscoIos } from './cisco-ios.js'
import { conntrack } from './conntrack.js'
import { counters } from './counters.js'
import { curl } from './curl.js'
import { database } from './database.js'
import { dhcpClient } from './dhcp-client.js'
import { dhcpServer } from './dhcp-server.js'
import { dig } from './dig.js'
import { dnscache } from './dnscache.js'
import { dnsmasq } from './dnsmasq.js'
import { envoy } from './envoy.js'
import { envoyEvent } from './envoy-event.js'
import { fallback } from './fallback.js'
import { filterlog } from './filterlog.js'
import { fortigate } from './fortigate.js'
import { fping } from './fping.js'
import { glog } from './glog.js'
import { haproxy } from './haproxy.js'
import { haproxyLayout } from './haproxy-layout.js'
import { hillstone } from './hillstone.js'
import { huawei } from './huawei.js'
import { iis } from './iis.js'
import { influx } from './influx.js'
import { ipMonitor } from './ip-monitor.js'
import { jobs } from './jobs.js'
import { jpos } from './jpos.js'
import { jsonLog } from './json-log.js'
import { junos } from './junos.js'
import { kernel } from './kernel.js'
import { linkDaemon } from './link-daemon.js'
import { linkManager } from './link-manager.js'
import { logcat } from './logcat.js'
import { logfmt } from './logfmt.js'
import { meraki } from './meraki.js'
import { mikrotik } from './mikrotik.js'
import { mtr } from './mtr.js'
import { netDaemons } from './net-daemons.js'
import { netfilter } from './netfilter.js'
import { netscaler } from './netscaler.js'
import { nginx } from './nginx.js'
import { nginxStream } from './nginx-stream.js'
import { oracle } from './oracle.js'
import { panos } from './panos.js'
import { pidstat } from './pidstat.js'
import { procurve } from './procurve.js'
import { radius } from './radius.js'
import { resolvers } from './resolvers.js'
import { smallRouter } from './small-router.js'
import { snmpCounters } from './snmp-counters.js'
import { sonicwall } from './sonicwall.js'
import { sophos } from './sophos.js'
import { sqlServer } from './sql-server.js'
import { squid } from './squid.js'
import { stunnel } from './stunnel.js'
import { suricata } from './suricata.js'
import { sysstat } from './sysstat.js'
import { table } from './table.js'
import { tcpdump } from './tcpdump.js'
import { technitium } from './technitium.js'
import { timeSync } from './time-sync.js'
import { top } from './top.js'
import { traefik } from './traefik.js'
import { tunnels } from './tunnels.js'
import { unbound } from './unbound.js'
import { vpcFlow } from './vpc-flow.js'
import { wget } from './wget.js'
import { windowsCounters } from './windows-counters.js'
import { windowsDhcp } from './windows-dhcp.js'
import { windowsDns } from './windows-dns.js'
import { windowsEvent } from './windows-event.js'
import { windowsEventList } from './windows-event-list.js'
import { windowsFirewall } from './windows-firewall.js'
import { zabbix } from './zabbix.js'
import { zeek } from './zeek.js'

/** All formats, the specific ones first: on equal likeness the earlier wins. `application` and `fallback` read whatever is left. */
export const FORMATS: readonly Format[] = [
  netfilter,
  ciscoAsa,
  ciscoIos,
  fortigate,
  panos,
  junos,
  hillstone,
  huawei,
  procurve,
  sophos,
  sonicwall,
  checkPoint,
  meraki,
  smallRouter,
  radius,
  carrierNat,
  mikrotik,
  filterlog,
  windowsFirewall,
  windowsEvent,
  windowsEventList,
  windowsCounters,
  vpcFlow,
  azureFlow,
  tcpdump,
  conntrack,
  cef,
  suricata,
  zeek,
  bigIp,
  netscaler,
  haproxy,
  haproxyLayout,
  envoy,
  envoyEvent,
  table,
  traefik,
  apache,
  nginx,
  nginxStream,
  awsElb,
  iis,
  squid,
  stunnel,
  tunnels,
  jpos,
  logcat,
  dnsmasq,
  unbound,
  dnscache,
  technitium,
  bind,
  resolvers,
  windowsDns,
  dhcpClient,
  dhcpServer,
  windowsDhcp,
  linkDaemon,
  arpwatch,
  timeSync,
  kernel,
  linkManager,
  netDaemons,
  ipMonitor,
  dig,
  jobs,
  fping,
  mtr,
  curl,
  wget,
  pidstat,
  sysstat,
  influx,
  zabbix,
  top,
  counters,
  snmpCounters,
  database,
  oracle,
  sqlServer,
  appServer,
  accessLog,
  glog,
  logfmt,
  application,
  jsonLog,
  fallback,
]

/** How lines make one record where a format says so: what framers are made with. */
export const BLOCKS: readonly Block[] = [HEADER_BLOCK, ...FORMATS.flatMap((f) => (f.block ? [f.block] : []))]
