import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'

/**
 * Daemons that decide where packets go: keepalived, Pacemaker, FRRouting and BIRD.
 * Source: keepalived vrrp_scheduler.c, vrrp.c and check_*.c; pacemaker controld_fsa.c; FRRouting ospfd/ospf_nsm.c, bgpd/bgp_fsm.c, zebra, lib/command.c;
 * BIRD "protocol state".
 */
const PROGRAMS =
  /^(?:[Kk]eepalived\w{0,16}|pacemaker\S{0,24}|corosync|crmd|heartbeat|bgpd|ospf6?d|zebra|staticd|isisd|bfdd|ripd|bird6?|ucarp)$/

const failed = { 'event.outcome': 'failure' } as const
const LOST: ParsedFields = { 'event.action': 'route-changed', ...failed }
const FOUND: ParsedFields = { 'event.action': 'route-changed', 'event.outcome': 'success' }
const OVER: ParsedFields = { 'event.action': 'failover' }

const READINGS: readonly Reading[] = [
  // The state it starts in is no change of roles.
  [/\((?<service>[^)]{1,40})\) Entering BACKUP STATE \(init\)/, { 'event.action': 'program-started' }],
  [/\((?<service>[^)]{1,40})\) Entering (?<reason>MASTER|BACKUP|FAULT) STATE/, OVER],
  [
    /VRRP_Instance\((?<service>[^)]{1,40})\) (?:Transition to|Entering|Now in) (?<reason>MASTER|BACKUP|FAULT) STATE/i,
    OVER,
  ],
  [
    /\((?<service>[^)]{1,40})\) (?:Received (?:higher|lower) prio(?:rity)? advert|(?:Master|Backup) received advert|Received advert)/i,
    { 'event.action': 'other' },
  ],
  [/Promoting \S{1,40}|Move {1,4}\S{1,80}|switching to state: (?<x_state>MASTER|BACKUP)/, OVER],
  [
    /(?:Removing service|Healthcheck.{0,60}failed|Lost quorum|check (?:failed|timed out)|Timeout connecting server|TCP connection to \S{1,60} (?:timeout|failed)).{0,60}?(?:\[?(?<dst>\d{1,3}(?:\.\d{1,3}){3})\]?)?/,
    { 'event.action': 'server-down', ...failed },
  ],
  [/Adding service .{0,80}(?<dst>\d{1,3}(?:\.\d{1,3}){3})/, { 'event.action': 'server-up' }],
  // `log commands`: what somebody typed, in the modes that change something.
  [
    /\bvty\[\d{1,4}\]@[\w.:]{0,45}\(config[^)]{0,40}\)# (?!exit|end|quit|do |show |write )(?<reason>\S[^\n]{1,200})/,
    { 'event.action': 'config-changed' },
  ],
  // BIRD tells every protocol of an interface; the direct one (`lan`, `direct1`) and the kernel's say the same.
  [
    /^<TRACE> (?!kernel|device)\w{1,32} < interface (?<iface>[\w.-]{1,16}) goes down/,
    { 'event.action': 'link-down', ...failed },
  ],
  [
    /^<TRACE> (?!kernel|device)\w{1,32} < interface (?<iface>[\w.-]{1,16}) goes up/,
    { 'event.action': 'link-up', 'event.outcome': 'success' },
  ],
  [/^<TRACE> \w{1,32}\.ipv[46] [<>] (?:removed|withdrawn?) (?:\[[a-z]{2,8}\] )?(?:0\.0\.0\.0\/0|::\/0) /, LOST],
  [/^<TRACE> \w{1,32}\.ipv[46] > (?:added|replaced|updated) \[best\] (?:0\.0\.0\.0\/0|::\/0) /, FOUND],
  [/^<TRACE> /, { 'event.action': 'other' }],
  // Routing
  [/AdjChg: Nbr (?<x_peer>[\d.]{7,15}).{0,60} (?<x_from>\w{2,12}) -> (?<reason>Deleted|Down|Init|Attempt)/, LOST],
  [/AdjChg: Nbr .{0,80} -> (?<reason>Full)|neighbor .{1,60} Up\b|ADJCHANGE: .{1,80} Up/i, FOUND],
  [
    /ADJCHANGE: neighbor (?<x_peer>\S{2,45}).{0,60} Down(?: (?<reason>[^\n]{1,60}))?|(?:neighbor|peer|Nbr|BFD session) .{1,80}(?:[Dd]own|expired|Hold Timer Expired|went from Established)/,
    LOST,
  ],
  [
    /(?<service>\w{1,32}): (?:State changed to (?<reason>down|stop)|Neighbor .{1,60} (?:lost|changed state from Full)|BGP session closed|Received: Hold timer expired)/,
    LOST,
  ],
  [
    /(?:0\.0\.0\.0\/0|default|::\/0)\S{0,4}:? .{0,40}(?:Delet|Remov|withdrawn|unreachable)|(?:Deleting|Removing|withdrawn?) .{0,40}(?:route|default)/i,
    LOST,
  ],
  [/(?:Starting|FRRouting|Keepalived v)\s?(?<version>\d{1,4}\.[\w.-]{1,24})/, { 'event.action': 'program-started' }],
  [/exiting due to fatal error|Stopping\b|process exiting|Shutting down/i, { 'event.action': 'program-stopped' }],
]
const read = readingsOf(READINGS)

/** keepalived without syslog (`--log-console`, `--log-file`): ctime(3), a colon, the line. Source: keepalived lib/logger.c. */
const OWN_FILE =
  /^(\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}): (?=\([^)]{1,40}\) |VRRP_|Sending gratuitous|Starting (?:VRRP|Keepalived)|Registering gratuitous)/
/** FRRouting's own log file: the daemon in capitals, then the id of the message. Source: lib/zlog_targets.c, lib/zlog.h. */
const FRR_FILE =
  /^(?:(\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?) )?(?:ZEBRA|STATIC|BGP|OSPF6?|RIP|RIPNG|ISIS|BFD|PIM|PIM6|EIGRP|LDP|NHRP|PBR|VRRP|FABRIC|MGMTD|WATCHFRR): (?:\[[A-Z0-9]{5}-[A-Z0-9]{5}\](?:\[EC \d{1,12}\])? |(?=vty\[))/
/** BIRD's own log file. Source: sysdep/unix/log.c. */
const BIRD_FILE =
  /^(?:(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?) )?(?=<(?:TRACE|INFO|WARN|ERR|AUTH|DEBUG|RMT|FATAL|BUG)> (?:[\w.]{1,64}:? |Started$|Reconfigur))/
const isDaemon = (program: string | undefined): boolean => program !== undefined && PROGRAMS.test(program)

export const netDaemons = defineFormat({
  id: 'net-daemons',
  title: 'keepalived, Pacemaker, FRRouting, BIRD',
  source: 'keepalived vrrp_scheduler.c, FRRouting ospf_nsm.c and bgp_fsm.c',
  detect: (text, header) =>
    isDaemon(header.program) || OWN_FILE.test(text) || FRR_FILE.test(text) || BIRD_FILE.test(text) ? 0.95 : 0,
  parse: (whole, header) => {
    const own = isDaemon(header.program)
      ? undefined
      : (OWN_FILE.exec(whole) ?? FRR_FILE.exec(whole) ?? BIRD_FILE.exec(whole))
    if (!own && !isDaemon(header.program)) return undefined
    const text = own ? whole.slice(own[0].length) : whole
    const fields = read(text) ?? { 'event.action': 'other' as const }
    fields['event.category'] = ['network']
    fields['event.type'] = ['info']
    fields.message = text.slice(0, 1_000)
    return accept(fields, own?.[1] === undefined ? undefined : readTime(own[1])?.time)
  },
})
