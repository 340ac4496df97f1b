import type { ParsedFields } from '../../../schemas/event.js'
import { accept, defineFormat } from '../format.js'
import { type Reading, readingsOf } from '../readings.js'
import { readTime } from '../time.js'
import { describe } from './application.js'

/**
 * Linux kernel messages that bear on a connection: link, card, radio, bridge port, connection table, socket memory, listen queues,
 * power. As syslog, journald or `dmesg -T` bring them.
 * Source: Linux net/sched/sch_generic.c, net/bridge/br_stp.c, net/netfilter/nf_conntrack_core.c, net/ipv4/tcp_input.c, tcp.c, route.c,
 * inet_timewait_sock.c, net/core/neighbour.c, net/mac80211/mlme.c, mm/oom_kill.c, kernel/hung_task.c, kernel/watchdog.c,
 * drivers/net (link messages of the common drivers), drivers/net/phy/phy.c, drivers/usb/core/hub.c.
 */
const STAMP = /^(?:<\d{1,3}>)?\[ *\d{1,10}\.\d{6}\] ?(?:\[[^\]]{1,24}\] ?)?/
/** A message with nothing before it, as people paste it: begun by a part of the kernel that names itself, or by a driver with its device's address. */
const BARE =
  /^(?!TCP: (?:connect|accept|poll|select)\b)(?:(?:nf_conntrack|ip_conntrack|nf_ct_\w{1,16}|TCP|TCPv6|IPv[46]|neighbou?r|ADDRCONF\(NETDEV_\w{2,8}\)|NETDEV WATCHDOG|Out of memory|oom-kill)(?: ?: )|\w{2,16} [0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.\d(?: [\w.-]{2,24})?: )/
/** dmesg -T puts a date where the seconds since boot were. */
const DATED = /^\[(?=(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} [ \d]\d \d\d:)/
const INTERFACE =
  /\b((?:eth|wlan|wwan|ppp|usb|lan|wan|bond|team|tun|tap|rmnet|mlan|em|ra|ath|apcli|dsa|lte)\d{1,3}(?:[.:-]\w{1,8})?|en[opsx]\w{1,12}|wl[opsx]\w{1,12}|ww[opsx]\w{1,12}|p\d{1,2}p\d{1,2}|br-\w{1,12}|br\d{1,3}|veth\w{1,12})\b/

const failed = { 'event.outcome': 'failure' } as const
const NIC = { 'event.action': 'nic-error', ...failed } as const
const DOWN = { 'event.action': 'link-down', ...failed } as const
const UP = { 'event.action': 'link-up', 'event.outcome': 'success' } as const
const MODEM = { 'event.action': 'modem-error', ...failed } as const
const POWER = { 'event.action': 'power-event', ...failed } as const
/** Not `process-paused`: that is one program; here the rules look at what stalled. */
const STALLED = { 'event.action': 'other', ...failed } as const
const STACK = { 'event.action': 'socket-memory', ...failed } as const

const READINGS: readonly Reading[] = [
  [/NETDEV WATCHDOG.{0,120}timed out (?<ms>\d{1,9}) ms/, NIC],
  [
    /NETDEV WATCHDOG.{0,120}timed out|Detected (?:Hardware|Tx|Transmit) Unit Hang|transmit (?:queue \d{1,4} )?timed out|Tx (?:timeout|hang)|tx hang \d|tx_timeout|TX Timeout|Watchdog timeout|Reset adapter|resetting (?:adapter|device|NIC|the chip)|adapter reset|hardware reset|firmware (?:hang|crash|error)|firmware has crashed|Microcode SW error|fw error|stuck for \d{1,9} ms|RX buffer overrun|Rx FIFO (?:overrun|error)|rtl_\w{1,30}_cond == \d|PCIe? (?:link )?(?:Bus )?[Ee]rror|PCIe link (?:lost|down)|AER: .{0,60}error|EEH:|CRC error|bad CRC|excessive collisions|DMA (?:error|failed|engine .{0,20}stuck)|MII (?:transceiver|status).{0,40}(?:fail|error)|PHY.{0,40}(?:not responding|read fail|timed? ?out)|wasn't completed on time|kevent \d{1,3} may have been dropped/i,
    NIC,
  ],
  [
    /(?:deauthenticated|disassociated) from (?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}).{0,12}\(?Reason: ?(?<reason>\d{1,5})/i,
    DOWN,
  ],
  [
    /(?:deauthenticating|disassociating) from (?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}) by local choice.{0,12}(?:reason|Reason)[=: ]{1,2}(?<reason>\d{1,5})/,
    DOWN,
  ],
  [/Connection to AP (?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}) lost/i, { ...DOWN, 'event.reason': 'lost' }],
  [
    /(?:authentication|association|direct probe|auth) (?:with|to) (?<mac>[0-9a-f]{2}(?::[0-9a-f]{2}){5}) timed out/i,
    { ...DOWN, 'event.reason': 'timed out' },
  ],
  [
    /link status (?:definitely )?down for (?:active )?interface (?<iface>[\w.-]{2,24})|without any active interface/,
    DOWN,
  ],
  [/link status (?:definitely )?up for interface (?<iface>[\w.-]{2,24})/, UP],
  [/\(slave (?<iface>[\w.-]{2,24})\): link status (?:definitely )?down/, DOWN],
  [/\(slave (?<iface>[\w.-]{2,24})\): link status (?:definitely )?up/, UP],
  [/port \d{1,4}\((?<iface>[\w.-]{2,24})\) entered disabled state/, DOWN],
  [/port \d{1,4}\((?<iface>[\w.-]{2,24})\) entered forwarding state/, UP],
  // The DSL driver's words for a line in sync. Source: lantiq's ltq_adsl and ltq_vdsl drivers (ifxmips_atm, ifxmips_ptm).
  [/\bleave showtime\b/i, DOWN],
  [/\benter showtime\b/i, UP],
  [
    /entered disabled state|link (?:is )?(?:not ready|down)|link (?:becomes )?down|carrier lost|lost carrier|no carrier|link (?:was )?lost|cable (?:is )?(?:un|not )(?:plugged|connected)|no link\b|deauthenticat|disassociat|Lost connection to/i,
    DOWN,
  ],
  [
    /entered forwarding state|link (?:is )?(?:becomes )?(?:ready|up)\b|carrier acquired|link beat detected|: associated\b|associated with/i,
    UP,
  ],
  [
    /nf_conntrack: .{0,60}table full|ip_conntrack: .{0,20}table full|nf_conntrack_?.{0,40}expectation table full|nf_ct_.{0,40}table full|fragment.{0,20}table full/i,
    { 'event.action': 'table-full', ...failed },
  ],
  [
    /neighbou?r(?: table|\w{0,24}:).{0,40}(?:table )?overflow|(?:arp|ndisc)_cache: neighbou?r table overflow|dst cache overflow|Route cache is full/i,
    { 'event.action': 'table-full', ...failed },
  ],
  [
    /SYN flooding on port (?:\[?(?<dst>[0-9a-fA-F.:]{2,45}?)\]?[:.])?(?<dpt>\d{1,5})\. (?<reason>Sending cookies|Dropping request)/,
    { 'event.action': 'syn-flood', ...failed },
  ],
  [/SYN flooding on port (?<dpt>\d{1,5})/i, { 'event.action': 'syn-flood', ...failed }],
  [/drop open request from (?<src>[\d.]{7,15})\/(?<spt>\d{1,5})/, { 'event.action': 'syn-flood', ...failed }],
  [/time wait bucket table overflow/i, { ...STACK, 'event.reason': 'time wait bucket table overflow' }],
  [/TCP: (?:out of memory|too many (?:of )?orphaned sockets)|Out of socket memory|UDP: out of memory/i, STACK],
  [
    /(?:Peer|Treason uncloaked! Peer) (?<dst>[\d.]{7,15}):(?<dpt>\d{1,5})\/(?<spt>\d{1,5}) (?:unexpectedly )?shr[iu]nks? window/,
    { 'event.action': 'retransmission', 'event.reason': 'peer shrank its window' },
  ],
  [
    /Killed? process (?<code>\d{1,10})[ ,]{1,2}\((?<command>[^)]{1,64})\)/,
    { 'event.action': 'memory-pressure', ...failed, 'event.reason': 'oom-kill' },
  ],
  [
    /^(?<command>\S{1,64}) invoked oom-killer|Out of memory: Kill|oom-kill:|page allocation failure|lowmemorykiller|oom_reaper/i,
    { 'event.action': 'memory-pressure', ...failed },
  ],
  [
    /VFS: file-max limit (?<x_limit>\d{1,12})|Too many open files/i,
    { 'event.action': 'descriptors-exhausted', ...failed },
  ],
  [/task (?<command>[^\s:]{1,64}):\d{1,10} blocked for more than (?<secs>\d{1,6}) seconds/, STALLED],
  [/lockup - CPU#\d{1,4} stuck for (?<secs>\d{1,6})s! \[(?<command>[^\]:]{1,64})/, STALLED],
  [/rcu.{0,30}(?:self-)?detected stalls? on|hard LOCKUP|clocksource.{0,60}unstable|Hangcheck/i, STALLED],
  [
    /^(?<command>[^\s[]{1,64})\[\d{1,10}\]:? (?:segfault at|general protection)/,
    { 'event.action': 'program-stopped', ...failed, 'event.reason': 'segfault' },
  ],
  [/over-?current (?:condition|change)/i, { ...POWER, 'event.reason': 'over-current' }],
  [
    /usb .{0,20}(?:USB disconnect|device descriptor read.{0,20}error|device not accepting address|reset (?!full-speed|low-speed)\S{1,16} USB device)|Maybe the USB cable is bad|(?:xhci|ehci)\S{0,20} .{0,40}(?:HC died|host controller not responding)|(?:qmi_wwan|cdc_\w{1,16}|option\d?|GSM modem|sierra|huawei_cdc_ncm|mhi\S{0,12}).{0,80}(?:disconnect|unregister|error|timeout)|modem.{0,40}(?:reset|hang|lost|removed|disconnect)|SIM (?:not inserted|failure|removed)/i,
    MODEM,
  ],
  [/Voltage normali[sz]ed/i, { 'event.action': 'other', 'event.reason': 'voltage normal' }],
  [
    /critical temperature|temperature above threshold|thermal shutdown|clock throttled|reached critical temp|over-?temperature/i,
    { 'event.action': 'overheated', ...failed },
  ],
  [
    /received packet on (?<iface>\S{1,24}) with own address as source address|topology change detected/,
    { 'event.action': 'topology-changed', ...failed },
  ],
  [
    /under-?voltage|power (?:fail|lost|loss|supply)|AC adapter.{0,12}(?:off-?line|removed)|on battery|Unclean shutdown|not cleanly unmounted|machine check|Hardware Error/i,
    POWER,
  ],
  [
    /duplicate address (?<addr>[0-9a-fA-F:]{3,45})(?: used by (?<mac>[0-9a-f:]{17}))?/i,
    { 'event.action': 'address-conflict', ...failed },
  ],
  [/IPv4 address conflict|uses my IP address/i, { 'event.action': 'address-conflict', ...failed }],
  [
    /martian (?:source|destination) (?<dst>[\d.]{7,15}) from (?<src>[\d.]{7,15}),? (?:on )?dev (?<iface>\S{1,24})/,
    { 'event.action': 'other', 'event.reason': 'martian source' },
  ],
  [
    /Redirect from (?<router>[\d.]{7,15}) on (?<iface>\S{1,24}) about (?<x_new_router>[\d.]{7,15}) ignored/,
    { 'event.action': 'other', 'event.reason': 'ICMP redirect ignored' },
  ],
  [
    /host (?<src>[\d.]{7,15})\/if\d{1,6} ignores redirects for (?<dst>[\d.]{7,15}) to (?<router>[\d.]{7,15})/,
    { 'event.action': 'other', 'event.reason': 'ICMP redirect ignored' },
  ],
  [/over-?mtu packet|frame (?:too|is too) (?:long|big)/i, { 'event.action': 'mtu-exceeded', ...failed }],
  [/^Linux version (?<version>\S{1,60})/, { 'event.action': 'program-started', 'event.reason': 'boot' }],
  [
    /^reboot: |^Restarting system|^Power down\b/,
    { 'event.action': 'program-stopped', 'event.reason': 'system going down' },
  ],
]

const read = readingsOf(READINGS)
/** Clients in the kernel that wait for a server: NFS, SMB, iSCSI, network block devices, Ceph. */
const NET_CLIENT =
  /^(?:nfs|NFS|CIFS|cifs|rpc|RPC|svc|connection\d+:\d|iscsi|libceph|ceph|rbd\d|drbd|block (?:nbd|drbd)\d|nbd\d|9p|LNet|o2net)/
/** `Up 1000 Mbps Full Duplex`, `Up - 100Mbps/Half`, `up, 10 Gbps, full-duplex`: a link that came up slower than it was is a fact. */
const SPEED = /\bup\b[^\d]{0,12}(\d{1,6}) ?([GM])bps(?:[^a-zA-Z]{0,4}(full|half))?/i

export const kernel = defineFormat({
  id: 'kernel',
  title: 'Linux kernel',
  source: 'Linux sources named in kernel.ts',
  detect: (text, header) => {
    if (header.program === 'kernel') return 0.98
    if (header.program !== undefined) return 0
    return STAMP.test(text) || DATED.test(text) ? 0.9 : BARE.test(text) ? 0.6 : 0
  },
  parse: (text, header) => {
    const dated = header.program === undefined && DATED.test(text) ? readTime(text, 1) : undefined
    if (
      header.program !== 'kernel' &&
      !dated &&
      !(header.program === undefined && (STAMP.test(text) || BARE.test(text)))
    )
      return undefined
    const message = dated ? text.slice(dated.end).replace(/^\] ?/, '') : text.replace(STAMP, '')
    const known = read(message)
    const isNet = !known && NET_CLIENT.test(message)
    const said = !known && (isNet || dated) ? describe(message) : undefined
    // Programs of any kind write their time as the kernel's ring buffer is printed.
    if (dated && !isNet && said?.['event.action']?.endsWith('-timeout')) return undefined
    const fields: ParsedFields = known ?? (isNet ? said : undefined) ?? { 'event.action': 'other' }
    fields['event.category'] = ['host']
    fields['event.type'] = ['info']
    const iface = fields['interface.name'] ?? INTERFACE.exec(message)?.[1]
    if (iface !== undefined) fields['interface.name'] = iface
    if (fields['event.action'] === 'link-up') {
      const speed = SPEED.exec(message)
      if (speed)
        fields['whytimeout.extra'] = {
          speed_mbps: String(Number(speed[1]) * (speed[2]?.toUpperCase() === 'G' ? 1000 : 1)),
          ...(speed[3] !== undefined && { duplex: speed[3].toLowerCase() }),
        }
    }
    fields.message = message
    return accept(fields, dated?.time)
  },
})
